// Meters of Switzerland: the push-object-list says what the values behind it are.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace swiss {

using namespace items;

constexpr Obis kPush8{0, 8, 25, 9, 0, 255}, kPush6{0, 6, 25, 9, 0, 255},
    kPush11{0, 11, 25, 9, 0, 255};
// The list itself (attribute 2), and its own name as a value (attribute 1).
constexpr Item push_list(Obis obis) { return text(obis, Q::logical_name); }
constexpr Item list_name(Obis obis) { return of(push_list(obis), 40, 1); }
constexpr Item kNumber = text({0, 0, 96, 1, 1, 255}, Q::serial);

constexpr Item total(Q quantity, std::uint8_t c) { return u32(energy(c, 0, 1), quantity); }
constexpr Item kPlusA0 = total(Q::import_energy, 1), kMinusA0 = total(Q::export_energy, 2),
               kPlusR0 = total(Q::reactive_import_energy, 3),
               kMinusR0 = total(Q::reactive_export_energy, 4), kFirst = total(Q::quadrant_1, 5),
               kSecond = total(Q::quadrant_2, 6), kThird = total(Q::quadrant_3, 7),
               kFourth = total(Q::quadrant_4, 8);

constexpr auto kE450 =
    list(push_list(kPush8), list_name(kPush8), kDevice, kNumber, kClock, kPlusP, kMinusP, kPlusQ,
         kMinusQ, kPlusA0, kMinusA0, kFirst, kSecond, kThird, kFourth, kFactor);
constexpr auto kE450Short = list(push_list(kPush8), list_name(kPush8), kSerial, kPlusP, kMinusP,
                                 kPlusA0, kMinusA0, kFirst, kSecond, kThird, kFourth);

constexpr Item channel(std::uint8_t b) {
  return {.obis = {0, b, 96, 1, 0, 255}, .text = std::string_view("\0", 1)};
}
constexpr Item no_gas(std::uint8_t b) {
  return of(fixed_number({0, b, 24, 2, 1, 255}, Tag::double_long, 0), 4);
}
constexpr auto kChannels =
    list(push_list(kPush11), list_name(kPush11), at(kSerial, {0, 1, 96, 1, 0, 255}), channel(2),
         channel(3), channel(4), of(value({0, 1, 24, 2, 1, 255}, Q::gas, Tag::double_long, -2), 4),
         no_gas(2), no_gas(3), no_gas(4));

constexpr Item i64(Item item) { return as(item, Tag::long64); }
// In whole volts and amperes.
constexpr Item i64_whole(Item item) { return i64(scaled(item, 0)); }
constexpr Item u64(Item item) { return as(item, Tag::long64_unsigned); }
constexpr auto kE570 = list(push_list(kPush8), list_name(kPush8), kDevice, kClock, i64(kPlusP),
                            i64(kMinusP), i64(kPlusQ), i64(kMinusQ), u64(kPlusA0), u64(kMinusA0),
                            u64(kFirst), u64(kSecond), u64(kThird), u64(kFourth), i64_whole(kI1),
                            i64_whole(kI2), i64_whole(kI3), as(kFactor, Tag::long_));
constexpr auto kE570Load =
    list(push_list(kPush8), kDevice, u64(kPlusA0), u64(kMinusA0), u64(kPlusR0), u64(kMinusR0),
         i64(kPlusP), i64(kMinusP), i64_whole(kU1), i64_whole(kU2), i64_whole(kU3), i64_whole(kI1),
         i64_whole(kI2), i64_whole(kI3));
// U3 before U2, as sent.
constexpr auto kE360 = list(push_list(kPush6), kDevice, kPlusA0, kMinusA0, kPlusR0, kMinusR0,
                            kPlusP, kMinusP, kU1, kU3, kU2, kI1, kI2, kI3);

constexpr auto kAm550 =
    list(push_list(kPush6), list_name(kPush6), kDevice, kNumber, kClock, at_1(kPlusP),
         at_1(kMinusP), at_1(kPlusQ), at_1(kMinusQ), kPlusA0, at_1(kPlusA1), at_1(kPlusA2),
         kMinusA0, at_1(kMinusA1), at_1(kMinusA2), kFirst, at_rate(kFirst, 1), at_rate(kFirst, 2),
         kSecond, at_rate(kSecond, 1), at_rate(kSecond, 2), kThird, at_rate(kThird, 1),
         at_rate(kThird, 2), kFourth, at_rate(kFourth, 1), at_rate(kFourth, 2), kFactor);

constexpr std::string_view kDsos = "Swiss DSOs";
constexpr Meter landis(std::uint8_t address, std::optional<std::uint8_t> control = {},
                       BlockForm blocks = kE450Blocks) {
  return {.layout = Layout::objects,
          .control = control,
          .clock = kNoZone,
          .link = hdlc_landis(address, blocks)};
}
constexpr Meter kE450Doubtful = [] {
  Meter meter = landis(0xff);
  meter.body_clock = kNoZoneInvalid;
  return meter;
}();
// Not ciphered, at a rate of their own.
constexpr Meter fast(LinkForm link, ClockForm clock = {}) {
  return {.line = "115200-8N1",
          .layout = Layout::objects,
          .control = std::nullopt,
          .clock = clock,
          .link = link};
}

constexpr std::array kMeters{
    like(kE450Doubtful,
         {"e450-swiss", kDsos, "L+G E450: object list, block transfer over HDLC, not ciphered",
          title("LGZ", 0x6773895501), "1990001", "LGZ1030699000017"},
         kE450, {3, 3000, 886'977, 120'400, 1'018, 291'341}),
    like(landis(0xff, 0x30),
         {"e450-swiss-30", kDsos, "L+G E450: a shorter object list, 30", title("LGZ", 0x6773895502),
          "44990002"},
         kE450Short, {3, 9000, 25'149'419, 4'422'366, 3'132'846, 15'745'368}),
    like(landis(0xff),
         {"e450-swiss-gas", kDsos, "L+G E450: the counters of its M-Bus channels, one of them gas",
          title("LGZ", 0x6773895503), "24990003"},
         kChannels, {.gas_at_start = 305'450}),
    like(landis(0x9b, 0x20, {.size = 0x74}),
         {"e570-swiss", kDsos, "L+G E570: object list with 64-bit values, block transfer, 20",
          title("LGZ", 0x6774895504), "", "LGZ1030799000018"},
         kE570, {3, 9000, 862'055, 641'361, 595'211, 78'751}),
    like(landis(0x95),
         {"e570-swiss-plain", kDsos, "L+G E570: another object list, voltages in V, not ciphered",
          title("LGZ", 0x6774895505), "", "LGZ1030799000019"},
         kE570Load, {3, 9000, 2'607'383, 641'338, 956'364, 2'329'593}),
    like(fast(hdlc({0xcf}, {0x03}), {.hundredths = 0x12}),
         {"e360-swiss", kDsos, "L+G E360: object list in one HDLC frame, not ciphered",
          title("LGZ", 0x6775895506), "", "LGZ1030199000020"},
         kE360, {3, 3000, 21'956, 4'547, 27'256, 4'432}),
    like(fast(hdlc_iskra(154)),
         {"am550-swiss", kDsos, "Iskraemeco AM550: object list in HDLC segments, not ciphered",
          title("ISK", 0x6974895507), "1899007", "ISK1030799000021"},
         kAm550, {3, 3000, 6'229'669, 98'312, 345'989, 68'343})};

}  // namespace swiss

std::span<const Meter> swiss_meters() { return swiss::kMeters; }

}  // namespace meterpipe::sim
