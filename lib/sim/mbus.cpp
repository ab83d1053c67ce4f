#include "sim/mbus.hpp"

#include <algorithm>
#include <initializer_list>

namespace meterpipe::sim {
namespace {

constexpr std::size_t kHead = 5;  // C A CI STSAP DTSAP
constexpr std::size_t kMostSegments = 16;

struct Frame {
  ByteVector& out;
  std::uint8_t sum = 0;

  void begin(std::size_t length) {
    const auto l = static_cast<std::uint8_t>(length);
    for (const std::uint8_t byte : {std::uint8_t{0x68}, l, l, std::uint8_t{0x68}}) {
      out.push_back(byte);
    }
  }
  void add(std::initializer_list<std::uint8_t> head) {
    for (const std::uint8_t byte : head) {
      sum = static_cast<std::uint8_t>(sum + byte);
      out.push_back(byte);
    }
  }
  void add(Bytes bytes) {
    for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
    append(out, bytes);
  }
  void end() {
    out.push_back(sum);
    out.push_back(0x16);
  }
};

}  // namespace

void add_long_frame(ByteVector& out, std::uint8_t c, std::uint8_t a, std::uint8_t ci, Bytes data) {
  Frame frame{out};
  frame.begin(data.size() + 3);
  frame.add({c, a, ci});
  frame.add(data);
  frame.end();
}

Result<void> to_segments(const MbusForm& form, Bytes apdu, std::vector<ByteVector>& frames) {
  const std::size_t room = form.length - kHead;
  const std::size_t count = std::max<std::size_t>(1, (apdu.size() + room - 1) / room);
  if (count > kMostSegments) return fail(Fault::message_too_long, 0, 0, apdu.size());
  frames.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes part = apdu.subspan(i * room, std::min(room, apdu.size() - i * room));
    const auto ci = static_cast<std::uint8_t>(i | (i + 1 == count ? 0x10 : 0x00));
    frames[i].clear();
    Frame frame{frames[i]};
    frame.begin(part.size() + kHead);
    frame.add({form.c, form.a, ci, form.stsap, form.dtsap});
    frame.add(part);
    frame.end();
  }
  return {};
}

}  // namespace meterpipe::sim
