// An asynchronous line as a signal: what one UART sends with its settings, as another samples it
// with its own. A wrong baud rate, parity or polarity can then be tried out on a simulated clock.
//
//   mark ──┐   ┌───┐       ┌───────┐ ┌──── mark
//          └───┘   └── … ──┘       └─┘
//          start  data, LSB first  parity, stop          one bit = 1 s / baud
//
// The receiver waits for a falling edge, looks half a bit later whether that is a start bit and
// then samples each bit in its middle. A wrong parity or a stop bit that is low marks the character
// (PARMRK); it is given as it was sampled.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::serial {

using Nanos = std::int64_t;

// The times at which the level changes; it is mark (high) before the first.
class Waveform {
 public:
  // Characters one behind the other from `start` on (at the end of what is there already, if that
  // is later); gives the time behind the last stop bit. Bits of `bytes` above data_bits are lost.
  Nanos add(Bytes bytes, const LineSettings& sender, Nanos start);
  // The level alone, as a short circuit or a fault has it.
  void add_level(bool high, Nanos from, Nanos to);

  const std::vector<Nanos>& edges() const { return edges_; }
  Nanos end() const { return end_; }
  // What is over can be forgotten: edges before `time`, in pairs, so that the level stays.
  void forget_before(Nanos time);

 private:
  void level(bool high, Nanos from, Nanos to);

  std::vector<Nanos> edges_;
  Nanos end_ = 0;
  bool high_ = true;  // behind the last edge
};

enum class Polarity : std::uint8_t { normal, inverted };

// What a UART does behind a stop bit that was low.
enum class Resync : std::uint8_t {
  edge,   // waits for mark and the next falling edge
  level,  // takes the low bit for the next start bit, unless all was low (a break), as a 16550 does
};

struct Sampled {
  ByteVector bytes;
  std::vector<std::size_t> marked;  // in bytes: parity or framing error
  std::vector<Nanos> ends;          // when each was complete
};

struct Receiving {
  LineSettings line;
  Polarity polarity = Polarity::normal;
  Resync resync = Resync::edge;
};

// All characters whose start bit lies in [from, to).
Sampled sample(const Waveform& wave, const Receiving& receiving, Nanos from, Nanos to);

// What arrives of `bytes` that were sent one behind the other into a silent line.
Sampled received(Bytes bytes, const LineSettings& sender, const Receiving& receiving);

}  // namespace meterpipe::serial
