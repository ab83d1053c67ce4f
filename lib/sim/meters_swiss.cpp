// Meters of Switzerland: the push-object-list says what the values behind it are.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace swiss {

using namespace items;

constexpr Obis kPush8{0, 8, 25, 9, 0, 255}, kPush6{0, 6, 25, 9, 0, 255},
    kPush11{0, 11, 25, 9, 0, 255};
// The list itself (attribute 2), and its own name as a value (attribute 1).
constexpr Item list(Obis obis) { return text(obis, Q::logical_name); }
constexpr Item list_name(Obis obis) { return of(list(obis), 40, 1); }
constexpr Item kNumber = text({0, 0, 96, 1, 1, 255}, Q::serial);

constexpr Item of_rate(Q quantity, std::uint8_t c, std::uint8_t e = 0) {
  return u32(energy(c, e, 1), quantity);
}
constexpr Item kPlusA0 = of_rate(Q::import_energy, 1), kMinusA0 = of_rate(Q::export_energy, 2),
               kPlusR0 = of_rate(Q::reactive_import_energy, 3),
               kMinusR0 = of_rate(Q::reactive_export_energy, 4), kFirst = of_rate(Q::quadrant_1, 5),
               kSecond = of_rate(Q::quadrant_2, 6), kThird = of_rate(Q::quadrant_3, 7),
               kFourth = of_rate(Q::quadrant_4, 8);

constexpr std::array kE450{
    list(kPush8), list_name(kPush8), kDevice,  kNumber, kClock,  kPlusP, kMinusP, kPlusQ,
    kMinusQ,      kPlusA0,           kMinusA0, kFirst,  kSecond, kThird, kFourth, kFactor};

constexpr std::array kE450Short{list(kPush8), list_name(kPush8), kSerial, kPlusP,  kMinusP,
                                kPlusA0,      kMinusA0,          kFirst,  kSecond, kThird,
                                kFourth};

constexpr Item channel(std::uint8_t b) {
  return {.obis = {0, b, 96, 1, 0, 255}, .text = std::string_view("\0", 1)};
}
constexpr Item no_gas(std::uint8_t b) {
  return of(fixed_number({0, b, 24, 2, 1, 255}, Tag::double_long, 0), 4);
}
constexpr std::array kChannels{list(kPush11),
                               list_name(kPush11),
                               at(kSerial, {0, 1, 96, 1, 0, 255}),
                               channel(2),
                               channel(3),
                               channel(4),
                               of(value({0, 1, 24, 2, 1, 255}, Q::gas, Tag::double_long, -2), 4),
                               no_gas(2),
                               no_gas(3),
                               no_gas(4)};

constexpr Item i64(Item item) { return as(item, Tag::long64); }
// In whole amperes.
constexpr Item i64_amperes(Item item) {
  item.scaler = 0;
  return i64(item);
}
constexpr Item u64(Item item) { return as(item, Tag::long64_unsigned); }
constexpr std::array kE570{list(kPush8),     list_name(kPush8), kDevice,
                           kClock,           i64(kPlusP),       i64(kMinusP),
                           i64(kPlusQ),      i64(kMinusQ),      u64(kPlusA0),
                           u64(kMinusA0),    u64(kFirst),       u64(kSecond),
                           u64(kThird),      u64(kFourth),      i64_amperes(kI1),
                           i64_amperes(kI2), i64_amperes(kI3),  as(kFactor, Tag::long_)};
constexpr std::array kE570Load{list(kPush8),
                               kDevice,
                               u64(kPlusA0),
                               u64(kMinusA0),
                               u64(kPlusR0),
                               u64(kMinusR0),
                               i64(kPlusP),
                               i64(kMinusP),
                               i64(u16(now(32), Q::voltage_1)),
                               i64(u16(now(52), Q::voltage_2)),
                               i64(u16(now(72), Q::voltage_3)),
                               i64_amperes(kI1),
                               i64_amperes(kI2),
                               i64_amperes(kI3)};
// U3 before U2, as sent.
constexpr std::array kE360{list(kPush6), kDevice, kPlusA0, kMinusA0, kPlusR0, kMinusR0, kPlusP,
                           kMinusP,      kU1,     kU3,     kU2,      kI1,     kI2,      kI3};

constexpr Item at_1(Item item) {
  item.obis[1] = 1;
  return item;
}
constexpr std::array kAm550{list(kPush6),
                            list_name(kPush6),
                            kDevice,
                            kNumber,
                            kClock,
                            at_1(kPlusP),
                            at_1(kMinusP),
                            at_1(kPlusQ),
                            at_1(kMinusQ),
                            kPlusA0,
                            of_rate(Q::import_energy_t1, 1, 1),
                            of_rate(Q::import_energy_t2, 1, 2),
                            kMinusA0,
                            of_rate(Q::export_energy_t1, 2, 1),
                            of_rate(Q::export_energy_t2, 2, 2),
                            kFirst,
                            of_rate(Q::quadrant_1_t1, 5, 1),
                            of_rate(Q::quadrant_1_t2, 5, 2),
                            kSecond,
                            of_rate(Q::quadrant_2_t1, 6, 1),
                            of_rate(Q::quadrant_2_t2, 6, 2),
                            kThird,
                            of_rate(Q::quadrant_3_t1, 7, 1),
                            of_rate(Q::quadrant_3_t2, 7, 2),
                            kFourth,
                            of_rate(Q::quadrant_4_t1, 8, 1),
                            of_rate(Q::quadrant_4_t2, 8, 2),
                            kFactor};

constexpr LinkForm landis(std::uint8_t address, BlockForm blocks) {
  return {.link = Link::hdlc,
          .hdlc = {.destination = {0xce, address}, .source = {0x03}},
          .blocks = blocks};
}
constexpr BlockForm kE450Blocks{.size = 0x7a, .free_behind = 6, .less_in_first = 3};

constexpr ClockForm kNoZone{.hundredths = 0xff, .deviation = false, .dst_bit = false};
constexpr ClockForm kNoZoneInvalid{.hundredths = 0xff, .deviation = false, .status = 0x01};

constexpr std::string_view kDsos = "Swiss DSOs";

constexpr std::array kMeters{
    Meter{
        .name = "e450-swiss",
        .operators = kDsos,
        .description = "L+G E450: object list, block transfer over HDLC, not ciphered",
        .title = {'L', 'G', 'Z', 0x67, 0x73, 0x89, 0x55, 0x01},
        .serial = "1990001",
        .device_name = "LGZ1030699000017",
        .layout = Layout::objects,
        .items = kE450,
        .house = {3, 3000, 886'977, 120'400, 1'018, 291'341},
        .control = std::nullopt,
        .clock = kNoZone,
        .body_clock = kNoZoneInvalid,
        .link = landis(0xff, kE450Blocks),
    },
    Meter{
        .name = "e450-swiss-30",
        .operators = kDsos,
        .description = "L+G E450: a shorter object list, 30",
        .title = {'L', 'G', 'Z', 0x67, 0x73, 0x89, 0x55, 0x02},
        .serial = "44990002",
        .layout = Layout::objects,
        .items = kE450Short,
        .house = {3, 9000, 25'149'419, 4'422'366, 3'132'846, 15'745'368},
        .control = 0x30,
        .clock = kNoZone,
        .link = landis(0xff, kE450Blocks),
    },
    Meter{
        .name = "e450-swiss-gas",
        .operators = kDsos,
        .description = "L+G E450: the counters of its M-Bus channels, one of them gas",
        .title = {'L', 'G', 'Z', 0x67, 0x73, 0x89, 0x55, 0x03},
        .serial = "24990003",
        .layout = Layout::objects,
        .items = kChannels,
        .house = {.gas_at_start = 305'450},
        .control = std::nullopt,
        .clock = kNoZone,
        .link = landis(0xff, kE450Blocks),
    },
    Meter{
        .name = "e570-swiss",
        .operators = kDsos,
        .description = "L+G E570: object list with 64-bit values, block transfer, 20",
        .title = {'L', 'G', 'Z', 0x67, 0x74, 0x89, 0x55, 0x04},
        .device_name = "LGZ1030799000018",
        .layout = Layout::objects,
        .items = kE570,
        .house = {3, 9000, 862'055, 641'361, 595'211, 78'751},
        .control = 0x20,
        .clock = kNoZone,
        .link = landis(0x9b, {.size = 0x74}),
    },
    Meter{
        .name = "e570-swiss-plain",
        .operators = kDsos,
        .description = "L+G E570: another object list, voltages in V, not ciphered",
        .title = {'L', 'G', 'Z', 0x67, 0x74, 0x89, 0x55, 0x05},
        .device_name = "LGZ1030799000019",
        .layout = Layout::objects,
        .items = kE570Load,
        .house = {3, 9000, 2'607'383, 641'338, 956'364, 2'329'593},
        .control = std::nullopt,
        .clock = kNoZone,
        .link = landis(0x95, kE450Blocks),
    },
    Meter{
        .name = "e360-swiss",
        .operators = kDsos,
        .description = "L+G E360: object list in one HDLC frame, not ciphered",
        .line = "115200-8N1",
        .title = {'L', 'G', 'Z', 0x67, 0x75, 0x89, 0x55, 0x06},
        .device_name = "LGZ1030199000020",
        .layout = Layout::objects,
        .items = kE360,
        .house = {3, 3000, 21'956, 4'547, 27'256, 4'432},
        .control = std::nullopt,
        .clock = {.hundredths = 0x12},
        .link = {.link = Link::hdlc, .hdlc = {.destination = {0xcf}, .source = {0x03}}},
    },
    Meter{
        .name = "am550-swiss",
        .operators = kDsos,
        .description = "Iskraemeco AM550: object list in HDLC segments, not ciphered",
        .line = "115200-8N1",
        .title = {'I', 'S', 'K', 0x69, 0x74, 0x89, 0x55, 0x07},
        .serial = "1899007",
        .device_name = "ISK1030799000021",
        .layout = Layout::objects,
        .items = kAm550,
        .house = {3, 3000, 6'229'669, 98'312, 345'989, 68'343},
        .control = std::nullopt,
        .link = {.link = Link::hdlc,
                 .hdlc = {.destination = {0xcf}, .source = {0x02, 0x23}, .room = 154}},
    },
};

}  // namespace swiss

std::span<const Meter> swiss_meters() { return swiss::kMeters; }

}  // namespace meterpipe::sim
