// The line between the meter and its reader: what the reader's port gives of the frames, when, and
// what was wrong with single bytes. Without a fault that is the frames, one behind the other.
#pragma once

#include <cstdint>
#include <vector>

#include "serial/line_settings.hpp"
#include "sim/faults.hpp"
#include "sim/message.hpp"

namespace meterpipe::sim {

// Bytes without silence between them.
struct Burst {
  ByteVector bytes;
  std::vector<std::uint32_t> marked;  // offsets with a parity or framing error
  std::int64_t begin = 0;             // microseconds from the message's first byte to the burst's
  std::int64_t lasts = 0;             // from the first byte to the last
  std::vector<std::int64_t> times;    // of each byte from `begin`, where they are not evenly spaced

  std::int64_t time_of(std::size_t byte) const {
    if (!times.empty()) return begin + times[byte];
    const auto steps = static_cast<std::int64_t>(bytes.size()) - 1;
    return steps < 1 ? begin : begin + lasts * static_cast<std::int64_t>(byte) / steps;
  }
};

class FaultyLine {
 public:
  // `seed` as of the meter; `sender`: the meter's settings.
  FaultyLine(const Faults& faults, const serial::LineSettings& sender, std::uint64_t seed);

  // The settings that bytes are read with.
  const serial::LineSettings& reader() const { return reader_; }
  // The bursts of a message; what the line did is added to `note`.
  void send(const Message& message, bool checked, FaultNote& note, std::vector<Burst>& bursts);

 private:
  void add_noise(const Message& message, bool checked, FaultNote& note);
  void set_parity(ParityFault how, FaultNote& note);
  void sample(FaultNote& note);

  Faults faults_;
  serial::LineSettings sender_, reader_;
  std::uint64_t seed_;
  std::vector<Burst> bursts_;
};

}  // namespace meterpipe::sim
