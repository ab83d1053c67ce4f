// One message of a simulated meter, in every form that the layers of a reader see it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/faults.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {

struct Message {
  Seconds utc = 0;
  Seconds sent = 0;           // when it goes onto the line: utc, but for faults of the order
  std::uint32_t counter = 0;  // invocation counter; counts on where the meter does not cipher
  std::uint32_t invoke = 0;   // 24 bits
  Values values;
  ByteVector plain;  // the notification or the telegram
  ByteVector apdu;   // what is sent of it: ciphered, or the same
  std::vector<ByteVector> frames;

  // What the APDU says, where a fault makes it another than the meter's
  const Meter* meter = nullptr;  // lives as long as the simulator
  SystemTitle title{};
  std::optional<std::uint8_t> control;
  std::size_t whole_frames = 0;  // before any were lost

  std::uint64_t number = 0;  // from 0
  bool touched = false;      // by the faults that were asked for
  FaultNote fault;
};

}  // namespace meterpipe::sim
