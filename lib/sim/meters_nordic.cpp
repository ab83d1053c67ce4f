// Meters of Norway, Sweden and Denmark, and Kamstrup elsewhere.
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace nordic {

using namespace items;

// Kaifa: values by place, currents in mA.
constexpr Obis kListId{1, 1, 0, 2, 129, 255}, kType{0, 0, 96, 1, 7, 255};
constexpr Item kKfm = fixed_text(kListId, "KFM_001");
constexpr Item large(Item item) { return as(item, Tag::double_long_unsigned); }
constexpr Item kI1mA = scaled(large(kI1), -3), kI2mA = scaled(large(kI2), -3),
               kI3mA = scaled(large(kI3), -3);
constexpr auto kKaifa18 = by_place(kKfm, kSerial, fixed_text(kType, "MA304H3E"), kPlusP, kMinusP,
                                   kPlusQ, kMinusQ, kI1mA, kI2mA, kI3mA, large(kU1), large(kU2),
                                   large(kU3), kClock, kPlusA, kMinusA, kPlusR, kMinusR);
constexpr auto kKaifa14 =
    by_place(kKfm, kSerial, fixed_text(kType, "MA105H2E"), kPlusP, kMinusP, kPlusQ, kMinusQ, kI1mA,
             large(kU1), kClock, kPlusA, kMinusA, kPlusR, kMinusR);
constexpr auto kKaifa1 = by_place(kPlusP);

// Aidon
constexpr Item i16(Item item, std::int8_t scaler) { return scaled(as(item, Tag::long_), scaler); }
constexpr Item kI1Tenth = i16(kI1, -1), kI2Tenth = i16(kI2, -1), kI3Tenth = i16(kI3, -1);
constexpr auto kAidonSweden =
    list(kClock, kPlusP, kMinusP, kPlusQ, kMinusQ, kI1Tenth, kI2Tenth, kI3Tenth, kU1, kU2, kU3,
         kPlusP1, kMinusP1, kPlusQ1, kMinusQ1, kPlusP2, kMinusP2, kPlusQ2, kMinusQ2, kPlusP3,
         kMinusP3, kPlusQ3, kMinusQ3, kPlusA, kMinusA, kPlusR, kMinusR);
constexpr Item visible(Item item, std::uint8_t size = 0) {
  item.type = Tag::visible_string;
  item.size = size;
  return item;
}
constexpr Item tens(Item item) { return scaled(item, 1); }
constexpr auto kAidonNorway =
    list(visible(fixed_text(kListId, "AIDON_V0001")), visible(kSerial),
         visible(fixed_text(kType, "6525")), kPlusP, kMinusP, kPlusQ, kMinusQ, kI1Tenth, kI2Tenth,
         kI3Tenth, kU1, kU2, kU3, kClock, tens(kPlusA), tens(kMinusA), tens(kPlusR), tens(kMinusR));

// L+G: 06 09 for 09 06 before three codes, texts padded with NUL, counters under 0-0.
constexpr Item swapped(Item item) { return with(i16(item, -2), Code::swapped); }
constexpr Item counter(Item item, std::uint8_t c) { return at(item, {0, 0, c, 8, 0, 255}); }
constexpr auto kZmf100 =
    list(visible(fixed_text(kListId, "EMBRIQ_V1_1")), visible(kSerial, 16),
         visible(fixed_text(kType, "ZMF1")), kPlusP, kMinusP, kPlusQ, kMinusQ, swapped(kI1),
         swapped(kI2), swapped(kI3), kU1, kU2, kU3, kClock, counter(kPlusA, 1), counter(kMinusA, 2),
         counter(kPlusR, 3), counter(kMinusR, 4));

// Kamstrup: a list name, then pairs; voltage in V, counters in 10 Wh (in Sweden Wh).
constexpr Item k(Item item) { return at_1(item); }
constexpr Item kV0001 = without_code(visible(fixed_text(kListId, "Kamstrup_V0001")));
constexpr Item kKamU1 = k(scaled(kU1, 0)), kKamU2 = k(scaled(kU2, 0)), kKamU3 = k(scaled(kU3, 0));
constexpr Item kKamI1 = k(large(kI1)), kKamI2 = k(large(kI2)), kKamI3 = k(large(kI3));
constexpr Item kKamClock = k(kClock);
constexpr Item absent(Item item) { return as(item, Tag::null_data); }
constexpr Item factor(std::uint8_t c) { return u16(now(c, 1), Q::power_factor, -2); }

constexpr Item kKamId = visible(text({1, 1, 0, 0, 5, 255}, Q::serial));
constexpr Item kKamType = visible(fixed_text({1, 1, 96, 1, 1, 255}, "6841131BN245101090"));
constexpr auto kKamstrupNorway = list(kV0001, kKamId, kKamType, k(kPlusP), k(kMinusP), k(kPlusQ),
                                      k(kMinusQ), kKamI1, kKamI2, kKamI3, kKamU1, kKamU2, kKamU3);
constexpr auto kKamstrupOnePhase =
    list(kV0001, kKamId, kKamType, k(kPlusP), k(kMinusP), k(kPlusQ), k(kMinusQ), kKamI1,
         absent(kKamI2), absent(kKamI3), kKamU1, absent(kKamU2), absent(kKamU3));
constexpr auto kKamstrupSweden =
    list(kV0001, kKamId, kKamType, k(kPlusP), k(kMinusP), k(kPlusQ), k(kMinusQ), kKamI1, kKamI2,
         kKamI3, kKamU1, kKamU2, kKamU3, kKamClock, k(kPlusA), k(kMinusA), k(kPlusR), k(kMinusR));
constexpr Item kExported = u32(energy(2, 0, 1), Q::phase_export_energy, 1);
constexpr Item kImported = u32(energy(1, 0, 1), Q::phase_import_energy, 1);
constexpr auto kOmnipower = list(
    kV0001, k(tens(kPlusA)), k(tens(kMinusA)), k(tens(kPlusR)), k(tens(kMinusR)),
    fixed_number({1, 1, 0, 0, 1, 255}, Tag::double_long_unsigned, 29'900'022), k(kPlusP),
    k(kMinusP), k(kPlusQ), k(kMinusQ), kKamClock, kKamU1, kKamU2, kKamU3, kKamI1, kKamI2, kKamI3,
    k(kPlusP1), k(kPlusP2), k(kPlusP3), factor(33), factor(53), factor(73), factor(13), k(kMinusP1),
    k(kMinusP2), k(kMinusP3), in_phase(kExported, 1), in_phase(kExported, 2),
    in_phase(kExported, 3), in_phase(kImported, 1), in_phase(kImported, 2), in_phase(kImported, 3));

constexpr ClockForm no_clock(std::uint8_t hundredths) {
  return {.hundredths = hundredths, .deviation = false, .status = 0xff, .dst_bit = false};
}

constexpr std::string_view kNorway = "Norway, Sweden", kSweden = "Sweden";
constexpr House kThree{3, 0, 20'889'400, 0, 2'110, 5'402'000};
constexpr House kOne{1, 0, 8'110'023, 0, 1'024, 2'305'700};
constexpr std::string_view kSerialThree = "6970631499000001", kSerialOne = "6970631499000002";

constexpr Meter kaifa(std::string_view name, std::string_view description,
                      std::span<const Item> items, std::uint8_t number, std::string_view serial,
                      House house) {
  return like({.layout = Layout::positional,
               .control = std::nullopt,
               .time = TimeForm::tagged,
               .priority = 0x40000000,
               .counts_invoke = false,
               .clock = kNoZone,
               .link = hdlc({0x01}, {0x02, 0x01}, 0x10)},
              {name, kNorway, description, title("KFM", 0x2010895600 + number), serial}, items,
              house);
}
constexpr Meter aidon(std::uint8_t hundredths) {
  return {.layout = Layout::array,
          .control = std::nullopt,
          .time = TimeForm::none,
          .priority = 0x40000000,
          .counts_invoke = false,
          .clock = no_clock(hundredths),
          .link = hdlc({0x41}, {0x08, 0x83})};
}
constexpr Meter kamstrup(std::optional<std::uint8_t> control, LinkForm link,
                         unsigned length_width = 0) {
  return {.line = "2400-8N1",
          .layout = Layout::pairs,
          .control = control,
          .length_width = length_width,
          .counts_invoke = false,
          .clock = kNoZone,
          .link = link};
}
constexpr LinkForm kKamHdlc = hdlc({0x2b}, {0x21});
constexpr Meter kKamstrup = kamstrup(std::nullopt, kKamHdlc);

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
    like(aidon(0xff),
         {"aidon-norway", kNorway,
          "Aidon 6525: array with scaler and unit, counters in 10 Wh, not ciphered",
          title("AID", 0x2010895606), "7359992899000006"},
         kAidonNorway, kThree),
    like(aidon(0xff),
         {"aidon-sweden", kSweden, "Aidon: array with the powers of each phase, not ciphered",
          title("AID", 0x2010895607)},
         kAidonSweden, {3, 6000, 10'049'926, 1'208'009, 614'347, 850'101}),
    like(aidon(0),
         {"zmf100-norway", kNorway,
          "L+G ZMF100: array, 06 09 for 09 06 before three codes, not ciphered",
          title("LGZ", 0x2010895608), "04990008"},
         kZmf100, {3, 3000, 34'479, 95'334, 10'724, 1'499}),
    like(kKamstrup,
         {"kamstrup-norway", kNorway,
          "Kamstrup: Kamstrup_V0001 and pairs without scaler, not ciphered",
          title("KAM", 0x4501895609), "5706567299000009"},
         kKamstrupNorway, kThree),
    like(kKamstrup,
         {"kamstrup-1phase", kNorway, "Kamstrup: one phase, null-data for the absent ones",
          title("KAM", 0x450189560a), "5706567299000010"},
         kKamstrupOnePhase, kOne),
    like(kKamstrup,
         {"kamstrup-sweden", kSweden,
          "Kamstrup: the hourly list, counters in Wh under the same name",
          title("KAM", 0x450189560b), "5706567399000011"},
         kKamstrupSweden, {3, 6000, 12'049'926, 1'208'009, 614'347, 850'101}),
    like(kamstrup(0x30, hdlc({0x41}, {0x03})),
         {"kamstrup-denmark", "Denmark", "Kamstrup Omnipower: the long list, 30",
          title("KAM", 0x450189560c)},
         kOmnipower, {3, 6000, 63'074'980, 2'110'000, 3'263'600, 21'240'570}),
    like(kamstrup(0x30, kKamHdlc, 2),
         {"kamstrup-swiss", "Swiss DSOs",
          "Kamstrup: pairs, a length field longer than it needs to be, 30",
          title("KAM", 0x450189560d), "5706567499000013"},
         kKamstrupNorway, kThree)};

}  // namespace nordic

std::span<const Meter> nordic_meters() { return nordic::kMeters; }

}  // namespace meterpipe::sim
