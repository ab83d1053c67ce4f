// The meters that meter-sim plays. Layouts, lengths and quirks follow messages of real ones; names,
// numbers, titles and keys are the simulator's own.
#include <algorithm>

#include "sim/meter.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint8_t kW = 27, kWh = 30, kVarh = 32, kA = 33, kV = 35, kNone = 255;

constexpr Item text(Obis obis, Quantity quantity) { return {obis, quantity}; }
constexpr Item small(Obis obis, Quantity quantity, std::int8_t scaler, std::uint8_t unit) {
  return {obis, quantity, axdr::Tag::long_unsigned, scaler, unit};
}
constexpr Item large(Obis obis, Quantity quantity, std::uint8_t unit) {
  return {obis, quantity, axdr::Tag::double_long_unsigned, 0, unit};
}

constexpr Item kClock = text({0, 0, 1, 0, 0, 255}, Quantity::clock);
constexpr Item kSerial = text({0, 0, 96, 1, 0, 255}, Quantity::serial);
constexpr Item kDevice = text({0, 0, 42, 0, 0, 255}, Quantity::device_name);
constexpr Item kU1 = small({1, 0, 32, 7, 0, 255}, Quantity::voltage_1, -1, kV);
constexpr Item kU2 = small({1, 0, 52, 7, 0, 255}, Quantity::voltage_2, -1, kV);
constexpr Item kU3 = small({1, 0, 72, 7, 0, 255}, Quantity::voltage_3, -1, kV);
constexpr Item kI1 = small({1, 0, 31, 7, 0, 255}, Quantity::current_1, -2, kA);
constexpr Item kI2 = small({1, 0, 51, 7, 0, 255}, Quantity::current_2, -2, kA);
constexpr Item kI3 = small({1, 0, 71, 7, 0, 255}, Quantity::current_3, -2, kA);
constexpr Item kPlusP = large({1, 0, 1, 7, 0, 255}, Quantity::import_power, kW);
constexpr Item kMinusP = large({1, 0, 2, 7, 0, 255}, Quantity::export_power, kW);
constexpr Item kPlusA = large({1, 0, 1, 8, 0, 255}, Quantity::import_energy, kWh);
constexpr Item kMinusA = large({1, 0, 2, 8, 0, 255}, Quantity::export_energy, kWh);
constexpr Item kPlusR = large({1, 0, 3, 8, 0, 255}, Quantity::reactive_import_energy, kVarh);
constexpr Item kMinusR = large({1, 0, 4, 8, 0, 255}, Quantity::reactive_export_energy, kVarh);
constexpr Item kFactor = small({1, 0, 13, 7, 0, 255}, Quantity::power_factor, -3, kNone);

constexpr std::array kSalzburg{kClock, kSerial, kDevice, kU1,    kU2,     kU3,    kI1,    kI2,
                               kI3,    kPlusP,  kMinusP, kPlusA, kMinusA, kPlusR, kMinusR};
constexpr std::array kOnePhase{kClock,  kSerial, kDevice, kU1,    kI1,    kPlusP,
                               kMinusP, kPlusA,  kMinusA, kPlusR, kMinusR};
constexpr std::array kEvn{kClock, kPlusA, kMinusA, kPlusP, kMinusP, kU1,    kU2,
                          kU3,    kI1,    kI2,     kI3,    kFactor, kSerial};

constexpr MbusForm kOverflow{.length = 257};

constexpr std::array<Meter, 4> kMeters{{
    {
        .name = "kaifa-salzburg",
        .description = "Kaifa MA309M, Salzburg Netz: three phases, nested list, 21",
        .title = {'K', 'F', 'M', 0x10, 0x20, 0x89, 0x54, 0x41},
        .serial = "1KFM0209000001",
        .device_name = "KFM1200209000001",
        .layout = Layout::nested,
        .items = kSalzburg,
        .house = {3, 5000, 1'243'817, 310'462, 8'229, 402'351},
        .control = 0x21,
    },
    {
        .name = "kaifa-evn",
        .description = "Kaifa MA309M, Netz NÖ (EVN): three phases, flat triples, 20",
        .title = {'K', 'F', 'M', 0x67, 0x50, 0x89, 0x54, 0x43},
        .serial = "181299000003",
        .layout = Layout::triples,
        .items = kEvn,
        .house = {3, 0, 2'875'143, 0, 12'084, 733'290},
        .control = 0x20,
        .priority = 0x80000000,
    },
    {
        .name = "sagemcom-t210d",
        .description =
            "Sagemcom T210-D, Netz NÖ (EVN): as kaifa-evn, first segment of L = 257 sent as 01",
        .title = {'S', 'A', 'G', 0x59, 0x05, 0x89, 0x54, 0x44},
        .serial = "178299000004",
        .layout = Layout::triples,
        .items = kEvn,
        .house = {3, 8000, 6'120'738, 5'483'196, 41'372, 1'902'645},
        .control = 0x20,
        .priority = 0x80000000,
        .clock_status = 0x02,
        .mbus = kOverflow,
    },
    {
        .name = "kaifa-1phase",
        .description = "Kaifa MA110M, Salzburg Netz: one phase, nested list, 21",
        .title = {'K', 'F', 'M', 0x10, 0x10, 0x89, 0x54, 0x42},
        .serial = "1KFM0109000002",
        .device_name = "KFM1100109000002",
        .layout = Layout::nested,
        .items = kOnePhase,
        .house = {1, 800, 418'926, 9'681, 2'117, 96'403},
        .control = 0x21,
    },
}};

}  // namespace

std::span<const Meter> meters() { return kMeters; }

const Meter* find_meter(std::string_view name) {
  const auto found = std::find_if(kMeters.begin(), kMeters.end(),
                                  [&](const Meter& meter) { return meter.name == name; });
  return found == kMeters.end() ? nullptr : &*found;
}

CipherKeys own_keys(const Meter& meter, std::uint8_t control) {
  std::uint64_t seed = 0;
  for (const std::uint8_t byte : meter.title) seed = seed << 8 | byte;
  const auto key = [&](std::uint64_t which) {
    ByteVector bytes;
    for (std::uint64_t i = 0; bytes.size() < key_length(control); ++i) {
      const std::uint64_t word = mix(mix(seed + which) + key_length(control) + i);
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(word >> shift));
      }
    }
    return bytes;
  };
  return {key(1), key(2), key(3)};
}

}  // namespace meterpipe::sim
