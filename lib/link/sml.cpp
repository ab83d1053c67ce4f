#include "link/sml.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/crc16.hpp"

namespace meterpipe::link {
namespace {

constexpr std::array<std::uint8_t, 8> kSmlStart{0x1b, 0x1b, 0x1b, 0x1b, 0x01, 0x01, 0x01, 0x01};
constexpr std::size_t kLongestSml = 16'384;
constexpr std::uint8_t kSmlEnd = 0x1a, kMostFillBytes = 3;
constexpr std::size_t kSmlTail = 4;  // 1A FILL CRC CRC

Probe cut_sml(Bytes rest, std::size_t size) {
  Probe probe{Probe::Answer::bad};
  probe.why = Error{Fault::truncated_sml, 0, 0, std::min(size, rest.size())};
  probe.why_size = size;
  return probe;
}

Probe whole_sml(Bytes file) {
  Probe probe{Probe::Answer::found};
  probe.frame.kind = FrameKind::sml;
  probe.frame.bytes = probe.frame.data = file;
  if (fits_sml(file)) return probe;
  const std::uint16_t crc = crc16_x25(file.first(file.size() - 2));
  const auto sent = static_cast<std::uint16_t>(file[file.size() - 1] << 8 | file[file.size() - 2]);
  probe.answer = Probe::Answer::bad;
  probe.why = Error{Fault::bad_sml_crc, 0, crc, sent};
  probe.why_size = file.size();
  return probe;
}

}  // namespace

Probe probe_sml(Bytes rest, bool at_end) {
  const std::size_t head = std::min(rest.size(), kSmlStart.size());
  if (!std::ranges::equal(rest.first(head), Bytes(kSmlStart).first(head))) {
    return {Probe::Answer::bad};
  }
  if (head < kSmlStart.size()) {
    return {at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  }
  const bool is_too_long = rest.size() > kLongestSml;
  if (is_too_long) rest = rest.first(kLongestSml);
  for (std::size_t at = head; at < rest.size();) {
    const void* found = std::memchr(rest.data() + at, kSmlEscape, rest.size() - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
    std::size_t end = at;
    while (end < rest.size() && rest[end] == kSmlEscape) ++end;
    if (end == rest.size()) break;  // the run may go on
    const bool is_escape = (end - at) % 8 >= 4;
    at = end;
    if (!is_escape) continue;
    if (rest[end] == kSmlEnd) {
      if (rest.size() - end < kSmlTail) break;
      if (rest[end + 1] > kMostFillBytes) return cut_sml(rest, end + kSmlTail);
      return whole_sml(rest.first(end + kSmlTail));
    }
    // Another file begins, or what no file has.
    return cut_sml(rest, end - 4);
  }
  if (at_end || is_too_long) return cut_sml(rest, rest.size());
  constexpr std::size_t kUsualFile = 2048;
  Probe more{Probe::Answer::need_more};
  more.needed = grown(rest.size(), kUsualFile);
  return more;
}

}  // namespace meterpipe::link
