// Iskraemeco's lists by place in Slovenia and Croatia, and what its AM550 sends there besides.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace iskra {

using namespace items;

constexpr auto k18 =
    by_place(kDevice, unnamed("28990018"), kPlusP, kMinusP, kPlusQ, kMinusQ, kU1, kU2, kU3, kI1,
             kI2, kI3, kPlusP1, kPlusP2, kPlusP3, kMinusP1, kMinusP2, kMinusP3);
constexpr auto k12Voltages = by_place(kDevice, unnamed("UP_3f"), kU1, kU2, kU3, kI1, kI2, kI3,
                                      kPlusP, kMinusP, kPlusQ, kMinusQ);
constexpr auto k12Energies =
    by_place(kDevice, unnamed("28990012"), unnamed(Tag::enum_, 1), unnamed("0001"), kPlusA, kPlusA1,
             kPlusA2, kMinusA, kMinusA1, kMinusA2, kPlusR, kMinusR);
constexpr auto k10 = by_place(kDevice, unnamed("28990010"), kPlusP, kMinusP, kPlusQ, kMinusQ, kU1,
                              kI1, kPlusP1, kMinusP1);
// The last two are known by place only.
constexpr auto k9 = by_place(kDevice, unnamed("ISK28990009"), kPlusP, kMinusP, kPlusQ, kMinusQ, kU1,
                             plain(kI1), plain(kFactor));
constexpr auto k9Energies =
    by_place(kDevice, kPlusP, kMinusP, kPlusA, kPlusA1, kPlusA2, kMinusA, kMinusA1, kMinusA2);

constexpr Item kNoLimit = unnamed(Tag::array, 0);
constexpr auto kIe5 =
    by_place(kSerial, kTime, kDate, kPlusA, kPlusA1, kPlusA2, kMinusA, kMinusA1, kMinusA2,
             u32(energy(5), Q::quadrant_1), u32(energy(6), Q::quadrant_2),
             u32(energy(7), Q::quadrant_3), u32(energy(8), Q::quadrant_4), kPlusP, kMinusP, kFactor,
             kPlusP1, kPlusP2, kPlusP3, kMinusP1, kMinusP2, kMinusP3, kU1, kU2, kU3, kI1, kI2, kI3,
             fixed_number({0, 0, 17, 0, 0, 255}, Tag::double_long_unsigned, 17'250), kNoLimit,
             kNoLimit, kNoLimit, fixed_number({0, 0, 96, 3, 10, 255}, Tag::boolean, 1));

// A number of six characters behind an OBIS code is no OBIS code.
constexpr auto kNamed =
    list(kSerial, fixed_text({0, 0, 96, 1, 1, 255}, "160899"), kPlusP, kMinusP, kPlusA, kMinusA,
         kU1, kU2, kU3, kI1, kI2, kI3, kPlusA1, kPlusA2, kMinusA1, kMinusA2);

constexpr auto kTelegram =
    list(kDsmr5, kClock, fixed_text({0, 0, 96, 1, 1, 255}, "313833303839393032"),
         kilo_hours(kPlusA1), kilo_hours(kPlusA2), kilo_hours(kMinusA1), kilo_hours(kMinusA2),
         kilowatts(kPlusP), kilowatts(kMinusP), volts(kU1), volts(kU2), volts(kU3));

constexpr Meter kind(Layout layout, LinkForm link) {
  return {.line = "115200-8N1", .layout = layout, .control = std::nullopt, .link = link};
}
constexpr LinkForm kHdlc = hdlc_iskra(154, 0x03);
constexpr Meter kPlaces = kind(Layout::positional, kHdlc);
constexpr Meter kTelegrams = [] {
  Meter meter = kind(Layout::telegram, kBare);
  meter.telegram_crc = false;
  return meter;
}();

constexpr std::string_view kSlovenia = "Slovenian DSOs";
constexpr House kHouse{3, 5000, 261'927, 63'832, 12'055, 84'101};

constexpr Meter places(std::string_view name, std::string_view description,
                       std::span<const Item> items, std::uint8_t number,
                       std::string_view device_name, unsigned phases = 3) {
  House house = kHouse;
  house.phases = phases;
  return like(
      kPlaces,
      {name, kSlovenia, description, title("ISK", 0x6974895700 + number), device_name, device_name},
      items, house);
}

constexpr std::array kMeters{
    like(kind(Layout::structures, kHdlc),
         {"am550-slovenia", kSlovenia,
          "Iskraemeco AM550: structures with scaler and unit, HDLC segments",
          title("ISK", 0x6974895701), "84899001"},
         kNamed, kHouse),
    places("iskra-18", "Iskraemeco: 18 values by place, powers of each phase", k18, 2,
           "ISK1030789000002"),
    places("iskra-12u", "Iskraemeco: 12 values by place, voltages and currents", k12Voltages, 3,
           "ISK1030789000003"),
    places("iskra-12e", "Iskraemeco: 12 values by place, counters", k12Energies, 4,
           "ISK1030789000004"),
    places("iskra-10", "Iskraemeco: 10 values by place, one phase", k10, 5, "ISK1030789000005", 1),
    places("iskra-9", "Iskraemeco: 9 values by place, one phase, a list name that begins ISK", k9,
           6, "ISK1030789000006", 1),
    places("iskra-9e", "Iskraemeco: 9 values by place, powers and counters", k9Energies, 7,
           "ISK1030789000007"),
    like(kTelegrams,
         {"am550-p1", kSlovenia, "Iskraemeco AM550: a P1 telegram without checksum",
          title("ISK", 0x6974895708), "", "ISK5\\2M550T-1099"},
         kTelegram, kHouse),
    like(kPlaces,
         {"ie5-croatia", "HEP, Croatia",
          "Iskraemeco IE.5: 33 values by place, arrays and a breaker among them",
          title("ISK", 0x6974895709), "38990009"},
         kIe5, {3, 5000, 3'120'662, 811'520, 90'114, 1'201'733})};

}  // namespace iskra

std::span<const Meter> iskra_meters() { return iskra::kMeters; }

}  // namespace meterpipe::sim
