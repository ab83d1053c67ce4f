// Meters of Norway, Sweden and Denmark, and Kamstrup elsewhere.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace nordic {

using namespace items;

// Kaifa: values by place, currents in mA.
constexpr Obis kListId{1, 1, 0, 2, 129, 255}, kType{0, 0, 96, 1, 7, 255};
constexpr Item kKfm = fixed_text(kListId, "KFM_001");
constexpr Item kI1mA = u32(now(31), Q::current_1, -3), kI2mA = u32(now(51), Q::current_2, -3),
               kI3mA = u32(now(71), Q::current_3, -3);
constexpr Item kU1Large = u32(now(32), Q::voltage_1, -1), kU2Large = u32(now(52), Q::voltage_2, -1),
               kU3Large = u32(now(72), Q::voltage_3, -1);
constexpr std::array kKaifa18 = without_codes(std::array{
    kKfm, kSerial, fixed_text(kType, "MA304H3E"), kPlusP, kMinusP, kPlusQ, kMinusQ, kI1mA, kI2mA,
    kI3mA, kU1Large, kU2Large, kU3Large, kClock, kPlusA, kMinusA, kPlusR, kMinusR});
constexpr std::array kKaifa14 =
    without_codes(std::array{kKfm, kSerial, fixed_text(kType, "MA105H2E"), kPlusP, kMinusP, kPlusQ,
                             kMinusQ, kI1mA, kU1Large, kClock, kPlusA, kMinusA, kPlusR, kMinusR});
constexpr std::array kKaifa1 = without_codes(std::array{kPlusP});

// Aidon
constexpr Item i16(Item item, std::int8_t scaler) {
  item.type = Tag::long_;
  item.scaler = scaler;
  return item;
}
constexpr Item kI1Tenth = i16(kI1, -1), kI2Tenth = i16(kI2, -1), kI3Tenth = i16(kI3, -1);
constexpr std::array kAidonSweden{
    kClock,   kPlusP,  kMinusP,  kPlusQ,   kMinusQ,  kI1Tenth, kI2Tenth, kI3Tenth, kU1,
    kU2,      kU3,     kPlusP1,  kMinusP1, kPlusQ1,  kMinusQ1, kPlusP2,  kMinusP2, kPlusQ2,
    kMinusQ2, kPlusP3, kMinusP3, kPlusQ3,  kMinusQ3, kPlusA,   kMinusA,  kPlusR,   kMinusR};
constexpr Item visible(Item item, std::uint8_t size = 0) {
  item.type = Tag::visible_string;
  item.size = size;
  return item;
}
constexpr Item tens(Item item) {
  item.scaler = 1;
  return item;
}
constexpr std::array kAidonNorway{visible(fixed_text(kListId, "AIDON_V0001")),
                                  visible(kSerial),
                                  visible(fixed_text(kType, "6525")),
                                  kPlusP,
                                  kMinusP,
                                  kPlusQ,
                                  kMinusQ,
                                  kI1Tenth,
                                  kI2Tenth,
                                  kI3Tenth,
                                  kU1,
                                  kU2,
                                  kU3,
                                  kClock,
                                  tens(kPlusA),
                                  tens(kMinusA),
                                  tens(kPlusR),
                                  tens(kMinusR)};

// L+G: 06 09 for 09 06 before three codes, texts padded with NUL, counters under 0-0.
constexpr Item counter(Item item, std::uint8_t c) { return at(item, {0, 0, c, 8, 0, 255}); }
constexpr std::array kZmf100{visible(fixed_text(kListId, "EMBRIQ_V1_1")),
                             visible(kSerial, 16),
                             visible(fixed_text(kType, "ZMF1")),
                             kPlusP,
                             kMinusP,
                             kPlusQ,
                             kMinusQ,
                             with(i16(kI1, -2), Code::swapped),
                             with(i16(kI2, -2), Code::swapped),
                             with(i16(kI3, -2), Code::swapped),
                             kU1,
                             kU2,
                             kU3,
                             kClock,
                             counter(kPlusA, 1),
                             counter(kMinusA, 2),
                             counter(kPlusR, 3),
                             counter(kMinusR, 4)};

// Kamstrup: a list name, then pairs; voltage in V, counters in 10 Wh (in Sweden Wh).
constexpr Item k(Item item) {
  item.obis[1] = 1;
  return item;
}
constexpr Item kV0001 = without_code(visible(fixed_text(kListId, "Kamstrup_V0001")));
constexpr Item kKamU1 = u16(now(32, 1), Q::voltage_1), kKamU2 = u16(now(52, 1), Q::voltage_2),
               kKamU3 = u16(now(72, 1), Q::voltage_3);
constexpr Item kKamI1 = k(as(kI1, Tag::double_long_unsigned)),
               kKamI2 = k(as(kI2, Tag::double_long_unsigned)),
               kKamI3 = k(as(kI3, Tag::double_long_unsigned));
constexpr Item kKamClock = at(kClock, {0, 1, 1, 0, 0, 255});
constexpr Item absent(Item item) { return as(item, Tag::null_data); }
constexpr Item factor(std::uint8_t c) { return u16(now(c, 1), Q::power_factor, -2); }

constexpr Item kKamId = visible(text({1, 1, 0, 0, 5, 255}, Q::serial));
constexpr Item kKamType = visible(fixed_text({1, 1, 96, 1, 1, 255}, "6841131BN245101090"));
constexpr std::array kKamstrupNorway{kV0001,    kKamId,     kKamType, k(kPlusP), k(kMinusP),
                                     k(kPlusQ), k(kMinusQ), kKamI1,   kKamI2,    kKamI3,
                                     kKamU1,    kKamU2,     kKamU3};
constexpr std::array kKamstrupOnePhase{
    kV0001, kKamId,         kKamType,       k(kPlusP), k(kMinusP),     k(kPlusQ),     k(kMinusQ),
    kKamI1, absent(kKamI2), absent(kKamI3), kKamU1,    absent(kKamU2), absent(kKamU3)};
constexpr std::array kKamstrupSweden{
    kV0001, kKamId, kKamType, k(kPlusP), k(kMinusP), k(kPlusQ), k(kMinusQ), kKamI1,    kKamI2,
    kKamI3, kKamU1, kKamU2,   kKamU3,    kKamClock,  k(kPlusA), k(kMinusA), k(kPlusR), k(kMinusR)};
constexpr Item phase_energy(Q quantity, std::uint8_t c) {
  return u32(energy(c, 0, 1), quantity, 1);
}
constexpr std::array kOmnipower{
    kV0001,
    k(tens(kPlusA)),
    k(tens(kMinusA)),
    k(tens(kPlusR)),
    k(tens(kMinusR)),
    fixed_number({1, 1, 0, 0, 1, 255}, Tag::double_long_unsigned, 29'900'022),
    k(kPlusP),
    k(kMinusP),
    k(kPlusQ),
    k(kMinusQ),
    kKamClock,
    kKamU1,
    kKamU2,
    kKamU3,
    kKamI1,
    kKamI2,
    kKamI3,
    k(kPlusP1),
    k(kPlusP2),
    k(kPlusP3),
    factor(33),
    factor(53),
    factor(73),
    factor(13),
    k(kMinusP1),
    k(kMinusP2),
    k(kMinusP3),
    phase_energy(Q::export_energy_1, 22),
    phase_energy(Q::export_energy_2, 42),
    phase_energy(Q::export_energy_3, 62),
    phase_energy(Q::import_energy_1, 21),
    phase_energy(Q::import_energy_2, 41),
    phase_energy(Q::import_energy_3, 61)};

constexpr LinkForm hdlc(HdlcAddress to, HdlcAddress from, std::uint8_t control = 0x13) {
  return {.link = Link::hdlc, .hdlc = {.destination = to, .source = from, .control = control}};
}
constexpr LinkForm kKaifa = hdlc({0x01}, {0x02, 0x01}, 0x10);
constexpr LinkForm kAidon = hdlc({0x41}, {0x08, 0x83});

constexpr ClockForm kNoZone{.hundredths = 0xff, .deviation = false, .dst_bit = false};
constexpr ClockForm kNothing{
    .hundredths = 0xff, .deviation = false, .status = 0xff, .dst_bit = false};

constexpr std::string_view kNorway = "Norway, Sweden", kSweden = "Sweden";

constexpr Meter kaifa(std::string_view name, std::string_view description,
                      std::span<const Item> items, std::uint8_t number, std::string_view serial,
                      House house) {
  return {.name = name,
          .operators = kNorway,
          .description = description,
          .title = {'K', 'F', 'M', 0x20, 0x10, 0x89, 0x56, number},
          .serial = serial,
          .layout = Layout::positional,
          .items = items,
          .house = house,
          .control = std::nullopt,
          .time = TimeForm::tagged,
          .priority = 0x40000000,
          .counts_invoke = false,
          .clock = kNoZone,
          .link = kKaifa};
}
constexpr House kThree{3, 0, 20'889'400, 0, 2'110, 5'402'000};
constexpr House kOne{1, 0, 8'110'023, 0, 1'024, 2'305'700};
constexpr std::string_view kSerialThree = "6970631499000001", kSerialOne = "6970631499000002";

constexpr std::array kMeters{
    kaifa("kaifa-norway", "Kaifa MA304: KFM_001, 13 values by place, time as 09 0C, not ciphered",
          std::span(kKaifa18).first(13), 1, kSerialThree, kThree),
    kaifa("kaifa-norway-18", "Kaifa MA304: the hourly list, with clock and counters", kKaifa18, 2,
          kSerialThree, kThree),
    kaifa("kaifa-norway-9", "Kaifa MA105: one phase, 9 values by place",
          std::span(kKaifa14).first(9), 3, kSerialOne, kOne),
    kaifa("kaifa-norway-14", "Kaifa MA105: one phase, the hourly list", kKaifa14, 4, kSerialOne,
          kOne),
    kaifa("kaifa-norway-1", "Kaifa: the short list, the power alone", kKaifa1, 5, "", kThree),
    Meter{
        .name = "aidon-norway",
        .operators = kNorway,
        .description = "Aidon 6525: array with scaler and unit, counters in 10 Wh, not ciphered",
        .title = {'A', 'I', 'D', 0x20, 0x10, 0x89, 0x56, 0x06},
        .serial = "7359992899000006",
        .layout = Layout::array,
        .items = kAidonNorway,
        .house = kThree,
        .control = std::nullopt,
        .time = TimeForm::none,
        .priority = 0x40000000,
        .counts_invoke = false,
        .clock = kNothing,
        .link = kAidon,
    },
    Meter{
        .name = "aidon-sweden",
        .operators = kSweden,
        .description = "Aidon: array with the powers of each phase, not ciphered",
        .title = {'A', 'I', 'D', 0x20, 0x10, 0x89, 0x56, 0x07},
        .layout = Layout::array,
        .items = kAidonSweden,
        .house = {3, 6000, 10'049'926, 1'208'009, 614'347, 850'101},
        .control = std::nullopt,
        .time = TimeForm::none,
        .priority = 0x40000000,
        .counts_invoke = false,
        .clock = kNothing,
        .link = kAidon,
    },
    Meter{
        .name = "zmf100-norway",
        .operators = kNorway,
        .description = "L+G ZMF100: array, 06 09 for 09 06 before three codes, not ciphered",
        .title = {'L', 'G', 'Z', 0x20, 0x10, 0x89, 0x56, 0x08},
        .serial = "04990008",
        .layout = Layout::array,
        .items = kZmf100,
        .house = {3, 3000, 34'479, 95'334, 10'724, 1'499},
        .control = std::nullopt,
        .time = TimeForm::none,
        .priority = 0x40000000,
        .counts_invoke = false,
        .clock = {.hundredths = 0, .deviation = false, .status = 0xff, .dst_bit = false},
        .link = kAidon,
    },
    Meter{
        .name = "kamstrup-norway",
        .operators = kNorway,
        .description = "Kamstrup: Kamstrup_V0001 and pairs without scaler, not ciphered",
        .line = "2400-8N1",
        .title = {'K', 'A', 'M', 0x45, 0x01, 0x89, 0x56, 0x09},
        .serial = "5706567299000009",
        .layout = Layout::pairs,
        .items = kKamstrupNorway,
        .house = kThree,
        .control = std::nullopt,
        .counts_invoke = false,
        .clock = kNoZone,
        .link = hdlc({0x2b}, {0x21}),
    },
    Meter{
        .name = "kamstrup-1phase",
        .operators = kNorway,
        .description = "Kamstrup: one phase, null-data for the absent ones",
        .line = "2400-8N1",
        .title = {'K', 'A', 'M', 0x45, 0x01, 0x89, 0x56, 0x0a},
        .serial = "5706567299000010",
        .layout = Layout::pairs,
        .items = kKamstrupOnePhase,
        .house = kOne,
        .control = std::nullopt,
        .counts_invoke = false,
        .clock = kNoZone,
        .link = hdlc({0x2b}, {0x21}),
    },
    Meter{
        .name = "kamstrup-sweden",
        .operators = kSweden,
        .description = "Kamstrup: the hourly list, counters in Wh under the same name",
        .line = "2400-8N1",
        .title = {'K', 'A', 'M', 0x45, 0x01, 0x89, 0x56, 0x0b},
        .serial = "5706567399000011",
        .layout = Layout::pairs,
        .items = kKamstrupSweden,
        .house = {3, 6000, 12'049'926, 1'208'009, 614'347, 850'101},
        .control = std::nullopt,
        .counts_invoke = false,
        .clock = kNoZone,
        .link = hdlc({0x2b}, {0x21}),
    },
    Meter{
        .name = "kamstrup-denmark",
        .operators = "Denmark",
        .description = "Kamstrup Omnipower: the long list, 30",
        .line = "2400-8N1",
        .title = {'K', 'A', 'M', 0x45, 0x01, 0x89, 0x56, 0x0c},
        .layout = Layout::pairs,
        .items = kOmnipower,
        .house = {3, 6000, 63'074'980, 2'110'000, 3'263'600, 21'240'570},
        .control = 0x30,
        .counts_invoke = false,
        .clock = kNoZone,
        .link = hdlc({0x41}, {0x03}),
    },
    Meter{
        .name = "kamstrup-swiss",
        .operators = "Swiss DSOs",
        .description = "Kamstrup: pairs, a length field longer than it needs to be, 30",
        .line = "2400-8N1",
        .title = {'K', 'A', 'M', 0x45, 0x01, 0x89, 0x56, 0x0d},
        .serial = "5706567499000013",
        .layout = Layout::pairs,
        .items = kKamstrupNorway,
        .house = kThree,
        .control = 0x30,
        .length_width = 2,
        .counts_invoke = false,
        .clock = kNoZone,
        .link = hdlc({0x2b}, {0x21}),
    },
};

}  // namespace nordic

std::span<const Meter> nordic_meters() { return nordic::kMeters; }

}  // namespace meterpipe::sim
