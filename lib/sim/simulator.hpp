// A meter at work: message by message, each one push period later, in every form that the layers
// of a reader see it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.hpp"
#include "sim/fault_frames.hpp"
#include "sim/fault_meter.hpp"
#include "sim/faults.hpp"
#include "sim/message.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {

// The simulated time that can be asked for: counters are counted from 2020 on.
inline constexpr Seconds kFirstStart = 1'577'836'800;  // 2020-01-01T00:00:00Z
inline constexpr Seconds kLastStart = 4'102'444'800;   // 2100-01-01T00:00:00Z

struct SimSettings {
  const Meter* meter = nullptr;
  std::uint64_t seed = 1;
  Seconds start = 0;
  std::uint32_t period = 5;             // seconds
  std::optional<std::uint8_t> control;  // security control; none: plain APDUs
  CipherKeys keys;
  std::optional<LinkForm> link;  // in place of the meter's own
  Faults faults = {};            // those that apply to the meter, see fault_check.hpp
};

class Simulator {
 public:
  // Throws std::invalid_argument where the keys do not fit the security control.
  explicit Simulator(const SimSettings& settings);

  const SimSettings& settings() const { return settings_; }
  // The message stays until the next call.
  Result<const Message*> next();

 private:
  Result<Message*> make();

  SimSettings settings_;
  Household household_;
  std::optional<Cipherer> cipherer_;
  LinkForm link_;
  Message message_;
  MeterFaults meter_faults_;
  FrameFaults frame_faults_;
  MessageOrder order_;
};

}  // namespace meterpipe::sim
