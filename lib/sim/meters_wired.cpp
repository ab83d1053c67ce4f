// Meters with a wire or an infrared head that do not speak DLMS: heat, water, gas and electricity
// on M-Bus, Siemens TD-351x, SML, read-outs of IEC 62056-21. What stands for a record's DIB and VIB
// is taken from answers of real ones, its OBIS code from EN 13757-1 and OMS where those have one.
#include "sim/items.hpp"
#include "sim/wired.hpp"

namespace meterpipe::sim {
namespace wired_ones {

using namespace items;

// A record: DIB and VIB, which quantity in which power of ten of which unit; its code, if it has
// one.
constexpr Item record(std::string_view key, Q quantity, std::int8_t scaler, std::string_view unit,
                      Obis obis = {}, std::uint8_t part = 0) {
  return {.obis = obis,
          .quantity = quantity,
          .part = part,
          .type = Tag::double_long_unsigned,
          .scaler = scaler,
          .text = unit,
          .record = key};
}
constexpr Item time_record(std::string_view key, Q quantity, Obis obis = {}) {
  return {.obis = obis, .quantity = quantity, .record = key};
}
constexpr Item zero(std::string_view key, std::string_view unit = "", Obis obis = {}) {
  return record(key, Q::constant, 0, unit, obis);
}
constexpr Item kNumber = time_record("0c78", Q::serial);
constexpr Item kMinutes = time_record("046d", Q::clock);
constexpr Item kNextTelegram{.record = "1f"};
constexpr Obis code(std::uint8_t a, std::uint8_t c, std::uint8_t d = 0, std::uint8_t e = 0) {
  return {a, 0, c, d, e, 255};
}
constexpr Obis errors(std::uint8_t a) { return {a, 0, 97, 97, 0, 255}; }

// As Engelmann SensoStar, its older values in a second telegram.
constexpr auto kHeat =
    list(kNumber, kMinutes, record("0406", Q::heat, 3, "Wh", code(6, 1)),
         record("0414", Q::heat_volume, -2, "m3", code(6, 2)),
         record("043b", Q::heat_flow, -3, "m3/h", code(6, 9)),
         record("042b", Q::heat_power, 0, "W", code(6, 8)),
         record("025a", Q::flow_temperature, -1, "°C", code(6, 10)),
         record("025e", Q::return_temperature, -1, "°C", code(6, 11)),
         record("0262", Q::temperature_difference, -1, "K", code(6, 12)),
         record("0223", Q::days_on, 0, "d"), zero("01fd17", "", errors(6)), kNextTelegram,
         time_record("426c", Q::month_begin), record("4406", Q::heat, 3, "Wh", {}, 1));
// BCD, as Kamstrup and Landis+Gyr have it
constexpr auto kHeatBcd =
    list(record("0c06", Q::heat, 3, "Wh", code(6, 1)),
         record("0c13", Q::heat_volume, -3, "m3", code(6, 2)),
         record("0b3b", Q::heat_flow, -3, "m3/h", code(6, 9)),
         record("0c2b", Q::heat_power, 0, "W", code(6, 8)),
         record("0a5a", Q::flow_temperature, -1, "°C", code(6, 10)),
         record("0a5e", Q::return_temperature, -1, "°C", code(6, 11)), kMinutes);
constexpr auto kWater =
    list(kNumber, kMinutes, record("0413", Q::water, -3, "m3", code(8, 1)),
         record("023b", Q::water_flow, -3, "m3/h"), time_record("426c", Q::month_begin),
         record("4413", Q::water, -3, "m3", {}, 1), zero("02fd17", "", errors(8)));
constexpr auto kGasRecords =
    list(kNumber, record("0c13", Q::gas, -3, "m3", code(7, 3)), zero("01fd17", "", errors(7)));
constexpr auto kElectricity =
    list(kNumber, record("0e04", Q::import_energy, 1, "Wh", {1, 0, 1, 8, 0, 255}),
         record("8e1004", Q::import_energy, 1, "Wh", {1, 0, 1, 8, 1, 255}, 1),
         record("8e2004", Q::import_energy, 1, "Wh", {1, 0, 1, 8, 2, 255}, 2),
         record("0e843c", Q::export_energy, 1, "Wh", {1, 0, 2, 8, 0, 255}),
         record("042b", Q::import_power, 0, "W"), record("04ab3c", Q::export_power, 0, "W"),
         record("04fdc8fc01", Q::voltage, -1, "V", {}, 1),
         record("04fdc8fc02", Q::voltage, -1, "V", {}, 2),
         record("04fdc8fc03", Q::voltage, -1, "V", {}, 3));
// Netz Oberösterreich, specification of the customer interface, 2.4.2.
constexpr auto kAmis =
    list(time_record("066d", Q::clock, {0, 0, 1, 0, 0, 255}),
         record("0403", Q::import_energy, 0, "Wh", {1, 0, 1, 8, 0, 255}),
         record("04833c", Q::export_energy, 0, "Wh", {1, 0, 2, 8, 0, 255}),
         record("8410fb8273", Q::reactive_import_energy, 0, "varh", {1, 0, 3, 8, 1, 255}),
         record("8410fb82f33c", Q::reactive_export_energy, 0, "varh", {1, 0, 4, 8, 1, 255}),
         record("042b", Q::import_power, 0, "W", {1, 0, 1, 7, 0, 255}),
         record("04ab3c", Q::export_power, 0, "W", {1, 0, 2, 7, 0, 255}),
         record("04fb14", Q::reactive_import_power, 0, "var", {1, 0, 3, 7, 0, 255}),
         record("04fb943c", Q::reactive_export_power, 0, "var", {1, 0, 4, 7, 0, 255}),
         zero("0483ff04", "Wh", {1, 0, 1, 128, 0, 255}));

// SML: the counter alone and without decimals where nobody has entered a PIN.
constexpr Item kMaker = fixed_text({1, 0, 96, 50, 1, 1}, "EBZ");
constexpr Item kNet = value(now(16), Q::net_power, Tag::double_long);
constexpr Item kServer = text({1, 0, 96, 1, 0, 255}, Q::serial);
constexpr auto kSml =
    list(kMaker, kServer, scaled(kPlusA, -1), scaled(kPlusA1, -1), scaled(kPlusA2, -1),
         scaled(kMinusA, -1), kNet, kU1, kU2, kU3, kI1, kI2, kI3);
constexpr auto kSmlNoPin = list(kMaker, kServer, scaled(kPlusA, 3), scaled(kMinusA, 3));

constexpr Item kNumberText = text({1, 0, 96, 1, 0, 255}, Q::serial);
constexpr auto kPushed = list(kNumberText, kilo_hours(kPlusA), kilo_hours(kMinusA),
                              line(kPlusP, "W", 5, 0), volts(kU1), volts(kU2), volts(kU3));
constexpr auto kAsked = list(kNumberText, kilo_hours(kPlusA), kilo_hours(kPlusA1),
                             kilo_hours(kPlusA2), kilo_hours(kMinusA));
constexpr auto kBrief =
    list(fixed_text({1, 0, 97, 97, 0, 255}, "00"), text({1, 0, 96, 1, 0, 255}, Q::serial),
         kilo_hours(kPlusA1), kilo_hours(kPlusA2), kilo_hours(kPlusA));

// Title and serial of a meter on M-Bus: maker, number (BCD), version, medium.
constexpr SystemTitle address(std::string_view maker, std::uint32_t id, std::uint8_t version,
                              std::uint8_t medium) {
  unsigned letters = 0;
  for (const char c : maker) letters = letters << 5 | static_cast<unsigned>(c - 64);
  SystemTitle title{static_cast<std::uint8_t>(letters), static_cast<std::uint8_t>(letters >> 8)};
  for (std::size_t i = 2; i < 6; ++i, id >>= 8) title[i] = static_cast<std::uint8_t>(id);
  title[6] = version;
  title[7] = medium;
  return title;
}

constexpr Meter kAnswers{.line = "2400-8E1",
                         .layout = Layout::records,
                         .control = std::nullopt,
                         .time = TimeForm::none,
                         .counts_invoke = false,
                         .link = {.link = Link::mbus}};
constexpr Meter amis() {
  Meter kind = kAnswers;
  kind.line = "9600-8E1";
  kind.oms = true;
  return kind;
}
constexpr Meter kSmlMeter{.line = "9600-8N1",
                          .layout = Layout::sml,
                          .control = std::nullopt,
                          .time = TimeForm::none,
                          .counts_invoke = false,
                          .link = kBare};
constexpr Meter read_out(ReadOut form) {
  return {.line = "9600-7E1",
          .layout = Layout::telegram,
          .control = std::nullopt,
          .time = TimeForm::none,
          .counts_invoke = false,
          .telegram_crc = false,
          .read_out = form,
          .link = kBare};
}
constexpr std::string_view kOnBus = "wired M-Bus", kGermany = "Germany (SML)",
                           kHeads = "infrared heads (IEC 62056-21)";

constexpr House of_heat(std::uint64_t wh) { return {.pv_peak = 0, .heat_at_start = wh}; }

constexpr std::array kMeters{
    like(kAnswers,
         {"mbus-heat", kOnBus, "a heat meter: two telegrams, integers, last month's energy",
          address("EFE", 0x31990001, 1, 0x04), "31990001"},
         kHeat, of_heat(41'200'000)),
    like(kAnswers,
         {"mbus-heat-bcd", kOnBus, "a heat meter: one telegram, BCD",
          address("LUG", 0x66990002, 7, 0x04), "66990002"},
         kHeatBcd, of_heat(8'730'000)),
    like(kAnswers,
         {"mbus-water", kOnBus, "a water meter with last month's volume",
          address("ZRI", 0x12990003, 0x88, 0x07), "12990003"},
         kWater, {.pv_peak = 0, .water_at_start = 155'000}),
    like(kAnswers,
         {"mbus-gas", kOnBus, "a gas meter", address("ACW", 0x13990004, 0x14, 0x03), "13990004"},
         kGasRecords, {.pv_peak = 0, .gas_at_start = 3'481'220}),
    like(kAnswers,
         {"mbus-electricity", kOnBus, "an electricity meter of two tariffs, with voltages",
          address("GAV", 0x20990005, 1, 0x02), "20990005"},
         kElectricity, {3, 5000, 3'204'117, 988'012, 0, 0}),
    like(amis(),
         {"amis", "Netz Oberösterreich, Linz",
          "Siemens TD-351x: OMS mode 5, each message wants an acknowledgement",
          address("SAM", 0, 1, 0x0e), "00000000"},
         kAmis, {3, 5000, 6'845'440, 1'294'120, 357'918, 81'446}),
    like(kSmlMeter,
         {"sml-ebz", kGermany, "eBZ DD3 with PIN: power, voltages and currents",
          title("EBZ", 0x0100990006), "1EBZ0100990006"},
         kSml, {3, 5000, 4'418'302, 1'202'118, 0, 0}),
    like(kSmlMeter,
         {"sml-no-pin", kGermany, "a meter without PIN: counters in kWh alone",
          title("EBZ", 0x0100990007), "1EBZ0100990007"},
         kSmlNoPin, {3, 5000, 12'418'302, 3'202'118, 0, 0}),
    like(read_out(ReadOut::pushed),
         {"readout-push", kHeads, "mode D: it sends by itself", title("EBZ", 0x0100990008),
          "1EBZ0100990008", "EBZ5DD3BZ06ETA_107"},
         kPushed, {3, 5000, 3'118'420, 702'552, 0, 0}),
    like(read_out(ReadOut::asked),
         {"readout-asked", kHeads, "mode C: it answers a sign-on", title("ISK", 0x0100990009),
          "0100990009", "ISk5MT174-0002"},
         kAsked, {3, 5000, 502'853, 98'697'318, 0, 0}),
    like(read_out(ReadOut::brief),
         {"readout-brief", kHeads, "mode C with codes as 1.8.0 and C.1.0",
          title("LGZ", 0x0100990010), "12990010", "LGZ4ZMF100AC.M26"},
         kBrief, {3, 0, 191'340, 0, 0, 0}),
};

}  // namespace wired_ones

std::span<const Meter> wired_meters() { return wired_ones::kMeters; }

}  // namespace meterpipe::sim
