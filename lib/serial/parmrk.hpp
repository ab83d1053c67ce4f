// Undoes what a tty does to its input under PARMRK (termios(3)):
//
//   FF FF     a good byte FF
//   FF 00 X   the byte X, which came with a parity or framing error (X = 00: perhaps a break)
//   X         the byte X
//
// Anything else behind an FF does not occur; both bytes are then given as they are, so that none is
// lost. A pty has no line errors: FF 00 written into its other end arrives as FF FF 00, that is, as
// two good bytes; marked bytes cannot be made with one.
#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::serial {

class Unmarker {
 public:
  // Appends the bytes to `to` and, for each bad one, its place in `to` to `marked`. An escape may
  // be cut anywhere between two calls.
  void push(Bytes escaped, ByteVector& to, std::vector<std::size_t>& marked);
  // The end: half an escape is given as it is.
  void finish(ByteVector& to);

 private:
  enum class State : std::uint8_t { plain, ff, ff00 };
  State state_ = State::plain;
};

}  // namespace meterpipe::serial
