#include "link/p1.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "base/telegram.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongest = 16384;
constexpr std::size_t kLongestIdent = 128;
constexpr std::size_t kDigits = 4;

bool is_printable(std::uint8_t c) { return c >= 0x20 && c < 0x7f; }

// How far it is an identification line: 0 if it is none, its size with the line's end, or one more
// than there is.
std::size_t ident_size(Bytes rest) {
  if (rest[0] != '/') return 0;
  for (std::size_t i = 1; i < std::min(rest.size(), kLongestIdent); ++i) {
    if (i <= 3) {
      if (!is_letter(rest[i])) return 0;
    } else if (rest[i] == '\n') {
      return i + 1;
    } else if (rest[i] == '\r') {
      if (i + 1 < rest.size()) return rest[i + 1] == '\n' ? i + 2 : 0;
    } else if (!is_printable(rest[i])) {
      return 0;
    }
  }
  return rest.size() < kLongestIdent ? rest.size() + 1 : 0;
}

// Where the line ends that `at` is in: at its LF, or size().
std::size_t line_feed(Bytes rest, std::size_t at) {
  const void* found = std::memchr(rest.data() + at, '\n', rest.size() - at);
  return found == nullptr
             ? rest.size()
             : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
}

// Where another telegram begins in the line from `at` to `end`, or `end`: an identification line at
// the line's start, or in it and followed by an empty line.
std::size_t next_ident(Bytes rest, std::size_t at, std::size_t end) {
  for (std::size_t place = at; place < end; ++place) {
    const void* found = std::memchr(rest.data() + place, '/', end - place);
    if (found == nullptr) return end;
    place = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
    const std::size_t behind = place + ident_size(rest.subspan(place));
    if (behind == place || behind > rest.size()) continue;
    if (place == at) return place;
    if (behind < rest.size() && (rest[behind] == '\r' || rest[behind] == '\n')) return place;
  }
  return end;
}

Probe cut(Bytes rest, std::size_t size) {
  Probe probe{Probe::Answer::bad};
  probe.why = Error{Fault::truncated_telegram, 0, 0, std::min(size, rest.size())};
  probe.why_size = size;
  return probe;
}

// Behind the line that begins with the `!` at `mark`; more than there is if that cannot be told.
// The line's end may be missing or damaged.
std::size_t end_of_mark(Bytes rest, std::size_t mark) {
  std::size_t at = mark + 1;
  while (at < rest.size() && at <= mark + kDigits && rest[at] != '\r' && rest[at] != '\n' &&
         rest[at] != '/') {
    ++at;
  }
  if (at == rest.size()) return at + 1;
  if (rest[at] == '\n') return at + 1;
  if (rest[at] != '\r') return at;
  if (at + 1 == rest.size()) return at + 2;
  return rest[at + 1] == '\n' ? at + 2 : at + 1;
}

// Whole: `mark` is at its `!`, `end` behind its last line's end.
Probe telegram(Bytes rest, std::size_t mark, std::size_t end) {
  const Bytes told = rest.first(mark + 1);
  std::size_t digits = 0;
  std::uint16_t written = 0;
  bool is_hex = true;
  for (std::size_t i = mark + 1; i < end && rest[i] != '\r' && rest[i] != '\n'; ++i, ++digits) {
    const int value = hex_digit(static_cast<char>(rest[i]));
    is_hex &= value >= 0;
    written = static_cast<std::uint16_t>(written << 4 | (value & 0x0f));
  }
  Probe probe{Probe::Answer::found};
  probe.is_weak = digits == 0;
  if (digits != 0) {
    if (digits != kDigits || !is_hex || !fits_telegram(told, written)) {
      probe.answer = Probe::Answer::bad;
      probe.why = Error{Fault::bad_crc, 0, crc16_arc(told), written};
      probe.why_size = end;
      return probe;
    }
  }
  probe.frame.kind = FrameKind::p1;
  probe.frame.bytes = probe.frame.data = rest.first(end);
  return probe;
}

}  // namespace

Probe probe_p1(Bytes rest, bool at_end) {
  if (rest[0] != '/') return {Probe::Answer::bad};
  const bool is_too_long = rest.size() > kLongest;
  if (is_too_long) rest = rest.first(kLongest);
  const std::size_t ident = ident_size(rest);
  if (ident == 0) return {Probe::Answer::bad};
  if (ident > rest.size()) return {at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  for (std::size_t at = ident; at < rest.size();) {
    const std::size_t end = line_feed(rest, at);
    if (rest[at] == '!') {
      const std::size_t behind = end_of_mark(rest, at);
      if (behind <= rest.size()) return telegram(rest, at, behind);
      if (at_end) return telegram(rest, at, rest.size());
      break;
    }
    if (const std::size_t next = next_ident(rest, at, end); next != end) return cut(rest, next);
    at = end + 1;
  }
  if (!at_end && !is_too_long) {
    // It is gone through anew each time; telegrams are shorter than this.
    constexpr std::size_t kSlowly = 4096;
    Probe more{Probe::Answer::need_more};
    more.needed = rest.size() + (rest.size() > kSlowly ? rest.size() / 16 : 1);
    return more;
  }
  return cut(rest, rest.size());
}

}  // namespace meterpipe::link
