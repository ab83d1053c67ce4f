// Iskraemeco's lists by place in Slovenia and Croatia, and what its AM550 sends there besides.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace iskra {

using namespace items;

constexpr Item list_id(std::string_view value) { return with(fixed_text({}, value), Code::none); }
constexpr Item some_number(Tag type, std::uint32_t number) {
  return with(fixed_number({}, type, number), Code::none);
}

constexpr std::array k18 = without_codes(
    std::array{kDevice, list_id("28990018"), kPlusP, kMinusP, kPlusQ, kMinusQ, kU1, kU2, kU3, kI1,
               kI2, kI3, kPlusP1, kPlusP2, kPlusP3, kMinusP1, kMinusP2, kMinusP3});
constexpr std::array k12Voltages = without_codes(std::array{
    kDevice, list_id("UP_3f"), kU1, kU2, kU3, kI1, kI2, kI3, kPlusP, kMinusP, kPlusQ, kMinusQ});
constexpr std::array k12Energies = without_codes(
    std::array{kDevice, list_id("28990012"), some_number(Tag::enum_, 1), list_id("0001"), kPlusA,
               kPlusA1, kPlusA2, kMinusA, kMinusA1, kMinusA2, kPlusR, kMinusR});
constexpr std::array k10 = without_codes(std::array{kDevice, list_id("28990010"), kPlusP, kMinusP,
                                                    kPlusQ, kMinusQ, kU1, kI1, kPlusP1, kMinusP1});
// The last two are known by place only.
constexpr std::array k9 =
    without_codes(std::array{kDevice, list_id("ISK28990009"), kPlusP, kMinusP, kPlusQ, kMinusQ, kU1,
                             with(kI1, Code::none), with(kFactor, Code::none)});
constexpr std::array k9Energies = without_codes(
    std::array{kDevice, kPlusP, kMinusP, kPlusA, kPlusA1, kPlusA2, kMinusA, kMinusA1, kMinusA2});

constexpr Item limit(Tag type, std::uint32_t number) { return some_number(type, number); }
constexpr std::array kIe5 =
    without_codes(std::array{kSerial,
                             kTime,
                             kDate,
                             kPlusA,
                             kPlusA1,
                             kPlusA2,
                             kMinusA,
                             kMinusA1,
                             kMinusA2,
                             u32(energy(5), Q::quadrant_1),
                             u32(energy(6), Q::quadrant_2),
                             u32(energy(7), Q::quadrant_3),
                             u32(energy(8), Q::quadrant_4),
                             kPlusP,
                             kMinusP,
                             kFactor,
                             kPlusP1,
                             kPlusP2,
                             kPlusP3,
                             kMinusP1,
                             kMinusP2,
                             kMinusP3,
                             kU1,
                             kU2,
                             kU3,
                             kI1,
                             kI2,
                             kI3,
                             fixed_number({0, 0, 17, 0, 0, 255}, Tag::double_long_unsigned, 17'250),
                             limit(Tag::array, 0),
                             limit(Tag::array, 0),
                             limit(Tag::array, 0),
                             fixed_number({0, 0, 96, 3, 10, 255}, Tag::boolean, 1)});

// A number of six characters behind an OBIS code is no OBIS code.
constexpr std::array kNamed{kSerial,  fixed_text({0, 0, 96, 1, 1, 255}, "160899"),
                            kPlusP,   kMinusP,
                            kPlusA,   kMinusA,
                            kU1,      kU2,
                            kU3,      kI1,
                            kI2,      kI3,
                            kPlusA1,  kPlusA2,
                            kMinusA1, kMinusA2};

constexpr Item line(Item item, std::string_view unit, std::uint8_t size, std::uint8_t decimals) {
  item.text = unit;
  item.size = size;
  item.decimals = decimals;
  return item;
}
constexpr Item kilo_hours(Item item) { return line(item, "kWh", 9, 3); }
constexpr Item kilowatts(Item item) { return line(item, "kW", 5, 3); }
constexpr std::array kTelegram{fixed_text({1, 3, 0, 2, 8, 255}, "50"),
                               kClock,
                               fixed_text({0, 0, 96, 1, 1, 255}, "313833303839393032"),
                               kilo_hours(kPlusA1),
                               kilo_hours(kPlusA2),
                               kilo_hours(kMinusA1),
                               kilo_hours(kMinusA2),
                               kilowatts(kPlusP),
                               kilowatts(kMinusP),
                               line(kU1, "V", 4, 1),
                               line(kU2, "V", 4, 1),
                               line(kU3, "V", 4, 1)};

constexpr LinkForm kHdlc{
    .link = Link::hdlc,
    .hdlc = {.destination = {0xcf}, .source = {0x02, 0x23}, .segment_control = 0x03, .room = 154}};

constexpr std::string_view kSlovenia = "Slovenian DSOs";

constexpr Meter by_place(std::string_view name, std::string_view description,
                         std::span<const Item> items, std::uint8_t number,
                         std::string_view device_name, unsigned phases = 3) {
  return {.name = name,
          .operators = kSlovenia,
          .description = description,
          .line = "115200-8N1",
          .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x57, number},
          .serial = device_name,
          .device_name = device_name,
          .layout = Layout::positional,
          .items = items,
          .house = {phases, 5000, 261'927, 63'832, 12'055, 84'101},
          .control = std::nullopt,
          .link = kHdlc};
}

constexpr std::array kMeters{
    Meter{
        .name = "am550-slovenia",
        .operators = kSlovenia,
        .description = "Iskraemeco AM550: structures with scaler and unit, HDLC segments",
        .line = "115200-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x57, 0x01},
        .serial = "84899001",
        .layout = Layout::structures,
        .items = kNamed,
        .house = {3, 5000, 261'927, 63'832, 12'055, 84'101},
        .control = std::nullopt,
        .link = kHdlc,
    },
    by_place("iskra-18", "Iskraemeco: 18 values by place, powers of each phase", k18, 2,
             "ISK1030789000002"),
    by_place("iskra-12u", "Iskraemeco: 12 values by place, voltages and currents", k12Voltages, 3,
             "ISK1030789000003"),
    by_place("iskra-12e", "Iskraemeco: 12 values by place, counters", k12Energies, 4,
             "ISK1030789000004"),
    by_place("iskra-10", "Iskraemeco: 10 values by place, one phase", k10, 5, "ISK1030789000005",
             1),
    by_place("iskra-9", "Iskraemeco: 9 values by place, one phase, a list name that begins ISK", k9,
             6, "ISK1030789000006", 1),
    by_place("iskra-9e", "Iskraemeco: 9 values by place, powers and counters", k9Energies, 7,
             "ISK1030789000007"),
    Meter{
        .name = "am550-p1",
        .operators = kSlovenia,
        .description = "Iskraemeco AM550: a P1 telegram without checksum",
        .line = "115200-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x57, 0x08},
        .device_name = "ISK5\\2M550T-1099",
        .layout = Layout::telegram,
        .items = kTelegram,
        .house = {3, 5000, 261'927, 63'832, 12'055, 84'101},
        .control = std::nullopt,
        .telegram_crc = false,
        .link = {.link = Link::none},
    },
    Meter{
        .name = "ie5-croatia",
        .operators = "HEP, Croatia",
        .description = "Iskraemeco IE.5: 33 values by place, arrays and a breaker among them",
        .line = "115200-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x57, 0x09},
        .serial = "38990009",
        .layout = Layout::positional,
        .items = kIe5,
        .house = {3, 5000, 3'120'662, 811'520, 90'114, 1'201'733},
        .control = std::nullopt,
        .link = kHdlc,
    },
};

}  // namespace iskra

std::span<const Meter> iskra_meters() { return iskra::kMeters; }

}  // namespace meterpipe::sim
