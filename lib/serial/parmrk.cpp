#include "serial/parmrk.hpp"

namespace meterpipe::serial {

void Unmarker::push(Bytes escaped, ByteVector& to, std::vector<std::size_t>& marked) {
  for (const std::uint8_t byte : escaped) {
    switch (state_) {
      case State::plain:
        if (byte == 0xff) {
          state_ = State::ff;
        } else {
          to.push_back(byte);
        }
        break;
      case State::ff:
        if (byte == 0x00) {
          state_ = State::ff00;
          break;
        }
        to.push_back(0xff);
        if (byte != 0xff) to.push_back(byte);
        state_ = State::plain;
        break;
      case State::ff00:
        marked.push_back(to.size());
        to.push_back(byte);
        state_ = State::plain;
        break;
    }
  }
}

void Unmarker::finish(ByteVector& to) {
  if (state_ != State::plain) to.push_back(0xff);
  if (state_ == State::ff00) to.push_back(0x00);
  state_ = State::plain;
}

}  // namespace meterpipe::serial
