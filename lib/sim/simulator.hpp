// A meter at work: message by message, each one push period later, in every form that the layers
// of a reader see it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {

// The simulated time that can be asked for: counters are counted from 2020 on.
inline constexpr Seconds kFirstStart = 1'577'836'800;  // 2020-01-01T00:00:00Z
inline constexpr Seconds kLastStart = 4'102'444'800;   // 2100-01-01T00:00:00Z

struct Settings {
  const Meter* meter = nullptr;
  std::uint64_t seed = 1;
  Seconds start = 0;
  std::uint32_t period = 5;             // seconds
  std::optional<std::uint8_t> control;  // security control; none: plain APDUs
  CipherKeys keys;
  std::optional<LinkForm> link;  // in place of the meter's own
};

struct Message {
  Seconds utc = 0;
  std::uint32_t counter = 0;  // invocation counter; counts on where the meter does not cipher
  std::uint32_t invoke = 0;   // 24 bits
  Values values;
  ByteVector plain;  // the notification or the telegram
  ByteVector apdu;   // what is sent of it: ciphered, or the same
  std::vector<ByteVector> frames;
};

class Simulator {
 public:
  // Throws std::invalid_argument where the keys do not fit the security control.
  explicit Simulator(const Settings& settings);

  const Settings& settings() const { return settings_; }
  // The message stays until the next call.
  Result<const Message*> next();

 private:
  Settings settings_;
  Household household_;
  std::optional<Cipherer> cipherer_;
  LinkForm link_;
  Message message_;
};

}  // namespace meterpipe::sim
