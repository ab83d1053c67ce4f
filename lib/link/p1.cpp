#include "link/p1.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "apdu/ciphering_header.hpp"
#include "apdu/extent.hpp"
#include "apdu/tags.hpp"
#include "base/ascii.hpp"
#include "base/crc16.hpp"
#include "base/telegram.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongest = 16384;
constexpr std::size_t kLongestIdent = 128;

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

// Behind an acknowledgement of mode C (IEC 62056-21, 6.3.3), ACK V Z Y CR LF, that stands at `at`;
// else `at` itself.
std::size_t behind_acknowledgement(Bytes rest, std::size_t at) {
  constexpr std::uint8_t kAcknowledge = 0x06;
  constexpr std::size_t kSize = 6;
  if (rest.size() - at < kSize || rest[at] != kAcknowledge) return at;
  const bool is_one = is_printable(rest[at + 1]) && is_printable(rest[at + 2]) &&
                      is_printable(rest[at + 3]) && rest[at + 4] == '\r' && rest[at + 5] == '\n';
  return is_one ? at + kSize : at;
}

// Where the line ends that `at` is in: at its LF, or size().
std::size_t line_feed(Bytes rest, std::size_t at) {
  const void* found = std::memchr(rest.data() + at, '\n', rest.size() - at);
  return found == nullptr
             ? rest.size()
             : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
}

// The `!` that ends the line from `at` to `end`, a value, with which some meters end their answers;
// or `end`.
std::size_t mark_behind_line(Bytes rest, std::size_t at, std::size_t end) {
  if (end == rest.size()) return end;
  std::size_t last = end;
  if (last > at && rest[last - 1] == '\r') --last;
  return last >= at + 2 && rest[last - 1] == '!' && rest[last - 2] == ')' ? last - 1 : end;
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
  constexpr std::size_t kMostFill = 8;
  const std::size_t written = mark + 1 + written_crc(as_text(rest.subspan(mark + 1))).size();
  std::size_t at = written;
  while (at < rest.size() && at < written + kMostFill && is_telegram_fill(rest[at])) ++at;
  if (at == rest.size()) return at + 1;
  if (rest[at] == '\n') return at + 1;
  if (rest[at] != '\r') return written;
  if (at + 1 == rest.size()) return at + 2;
  return rest[at + 1] == '\n' ? at + 2 : at + 1;
}

// Whether most of the lines are CODE(value): nothing but a telegram looks like that.
bool speaks_for_itself(Bytes lines) {
  std::size_t good = 0, bad = 0;
  for (std::size_t at = 0; at < lines.size();) {
    std::size_t end = line_feed(lines, at);
    const Bytes line = lines.subspan(at, end - at);
    at = end + 1;
    end = line.size();
    while (end > 0 && line[end - 1] == '\r') --end;
    if (end == 0) continue;
    const bool is_good = line[end - 1] == ')' && is_printable(line[0]) &&
                         std::memchr(line.data(), '(', end) != nullptr;
    ++(is_good ? good : bad);
  }
  return good > bad;
}

// Whole: its last `!` is at `mark`, or there is none and that is its end. `data` is what it says:
// itself, or the ciphered APDU in it.
Probe telegram(Bytes rest, std::size_t mark, std::size_t end, Bytes data, bool check) {
  Probe probe{Probe::Answer::found};
  probe.frame.kind = FrameKind::p1;
  probe.frame.bytes = rest.first(end);
  probe.frame.data = data.empty() ? probe.frame.bytes : data;
  const Bytes told = rest.first(std::min(mark + 1, end));
  const std::string_view written = written_crc(as_text(rest.first(end).subspan(told.size())));
  if (!written.empty() && fits_telegram(told, written)) return probe;
  if (!written.empty() && check) {
    probe.answer = Probe::Answer::bad;
    probe.why = Error{Fault::bad_crc, 0, crc16_arc(told), packed_text(written)};
    probe.why_size = end;
    return probe;
  }
  probe.has_check = false;
  probe.is_weak = !data.empty() || !speaks_for_itself(told.subspan(line_feed(told, 0)));
  return probe;
}

Probe need_more(std::size_t size) {
  Probe more{Probe::Answer::need_more};
  more.needed = size;
  return more;
}

// The ciphered APDU behind the head, where one stands there. `end` may be more than there is.
struct Ciphered {
  std::size_t from, end;
};
std::optional<Ciphered> ciphered_behind(Bytes rest, std::size_t head) {
  std::size_t from = head;
  if (from < rest.size() && rest[from] == '\r') ++from;
  if (from < rest.size() && rest[from] == '\n') ++from;
  if (from == rest.size()) return std::nullopt;
  const Bytes body = rest.subspan(from);
  std::size_t size = 0;
  if (body[0] == 0) {
    size = apdu::untagged_size(body);
  } else if (body[0] == apdu::kGeneralGloCiphering || body[0] == apdu::kGeneralDedCiphering) {
    const apdu::Extent extent = apdu::extent_of(body);
    if (extent.answer != apdu::Extent::Answer::none) size = extent.size;
  }
  if (size == 0 || size > kLongest) return std::nullopt;
  return Ciphered{from, from + size};
}

// A head and a ciphered APDU: with the `!` and the CRC of any telegram, or with nothing behind it.
Probe ciphered_telegram(Bytes rest, const Ciphered& part, bool is_all, bool check) {
  if (part.end >= rest.size() && !is_all) return need_more(part.end + 1);
  if (part.end > rest.size()) return cut(rest, rest.size());
  const Bytes data = rest.subspan(part.from, part.end - part.from);
  std::size_t mark = part.end;
  while (mark < rest.size() && mark < part.end + 2 && (rest[mark] == '\r' || rest[mark] == '\n')) {
    ++mark;
  }
  if (mark == rest.size() && !is_all) return need_more(mark + 1);
  if (mark == rest.size() || rest[mark] != '!') {
    return telegram(rest, part.end, part.end, data, check);
  }
  const std::size_t behind = end_of_mark(rest, mark);
  if (behind > rest.size() && !is_all) return need_more(behind);
  return telegram(rest, mark, std::min(behind, rest.size()), data, check);
}

// An answer of mode C (IEC 62056-21, 6.3.5): its data stand between STX and ETX, and a BCC behind
// them, which is all bytes behind STX up to and with ETX, one exclusive-or the other.
//
//   /ISk5MT174-0002 CR LF  STX 1-0:1.8.0*255(0000502.853*kWh) CR LF ! CR LF ETX BCC
//
// The lines are separated by CR LF (6.4), so that the `!` may stand right behind the last of them.
// A line that hears both sides has what the reading device said before it, the acknowledgement
// ACK 0 5 0 CR LF, which is no part of the data.
//
// `mark`: where its `!` stands. Nothing: no ETX follows, and it is a telegram like any other.
std::optional<Probe> read_out(Bytes rest, std::size_t stx, std::size_t mark, bool is_all,
                              bool check) {
  constexpr std::uint8_t kEtx = 0x03;
  std::size_t etx = mark + 1;
  while (etx < rest.size() && etx < mark + 3 && (rest[etx] == '\r' || rest[etx] == '\n')) ++etx;
  if (etx + 1 >= rest.size() && !is_all) return need_more(etx + 2);
  if (etx + 1 >= rest.size() || rest[etx] != kEtx) return std::nullopt;
  std::uint8_t bcc = 0;
  for (const std::uint8_t byte : rest.subspan(stx + 1, etx - stx)) bcc ^= byte;
  const std::size_t end = etx + 2;
  Probe probe{Probe::Answer::found};
  probe.frame.kind = FrameKind::p1;
  probe.frame.bytes = probe.frame.data = rest.first(end);
  if (bcc == rest[etx + 1]) return probe;
  if (check) {
    probe.answer = Probe::Answer::bad;
    probe.why = Error{Fault::bad_bcc, 0, bcc, rest[etx + 1]};
    probe.why_size = end;
    return probe;
  }
  probe.has_check = false;
  probe.is_weak = !speaks_for_itself(rest.subspan(stx + 1, mark - stx - 1));
  return probe;
}

}  // namespace

bool are_sign_ons(Bytes run) {
  constexpr std::size_t kLongestDevice = 32;
  std::string_view rest = as_text(run);
  while (!rest.empty()) {
    if (rest.front() == '\r' || rest.front() == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    if (!rest.starts_with("/?")) return false;
    const std::size_t end = rest.find('!');
    if (end == std::string_view::npos || end > 2 + kLongestDevice) return false;
    if (!std::ranges::all_of(rest.substr(2, end - 2), [](char c) {
          return is_letter_or_digit(static_cast<unsigned char>(c)) || c == ' ';
        })) {
      return false;
    }
    rest.remove_prefix(end + 1);
  }
  return true;
}

void PlainLines::add(std::size_t from, std::size_t to) {
  if (from <= to_ && from_ <= to) {
    from_ = std::min(from_, from);
    to_ = std::max(to_, to);
  } else if (to > to_) {
    from_ = from;
    to_ = to;
  }
}

void PlainLines::shift(std::size_t size) {
  from_ -= std::min(from_, size);
  to_ -= std::min(to_, size);
}

Probe probe_p1(Bytes rest, bool at_end, bool check, std::size_t place, PlainLines& plain) {
  if (rest[0] != '/') return {Probe::Answer::bad};
  const bool is_too_long = rest.size() > kLongest;
  if (is_too_long) rest = rest.first(kLongest);
  const std::size_t ident = ident_size(rest);
  if (ident == 0) return {Probe::Answer::bad};
  if (ident > rest.size()) return {at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  const bool is_all = at_end || is_too_long;
  if (const auto part = ciphered_behind(rest, ident)) {
    return ciphered_telegram(rest, *part, is_all, check);
  }
  constexpr std::uint8_t kStx = 0x02;
  const std::size_t body = behind_acknowledgement(rest, ident);
  const bool is_answer = body < rest.size() && rest[body] == kStx;
  bool is_plain = true;
  for (std::size_t at = body; at < rest.size();) {
    const std::size_t end = line_feed(rest, at);
    if (rest[at] == '!' ||
        (is_answer && at == body && at + 1 < rest.size() && rest[at + 1] == '!')) {
      if (is_answer) {
        const std::size_t mark = rest[at] == '!' ? at : at + 1;
        if (const auto probe = read_out(rest, body, mark, is_all, check)) return *probe;
        at = mark;
      }
      const std::size_t behind = end_of_mark(rest, at);
      if (behind <= rest.size()) return telegram(rest, at, behind, {}, check);
      if (at_end) return telegram(rest, at, rest.size(), {}, check);
      break;
    }
    if (const std::size_t mark = mark_behind_line(rest, at, end); is_answer && mark != end) {
      if (const auto probe = read_out(rest, body, mark, is_all, check)) return *probe;
    }
    if (const std::size_t next = next_ident(rest, at, end); next != end) return cut(rest, next);
    is_plain &= mark_behind_line(rest, at, end) == end;
    at = end + 1;
    if (at >= rest.size()) break;  // the byte behind a line's end may matter
    if (is_plain) plain.add(place + body, place + at);
    at = std::max(at, plain.behind(place + at) - place);
  }
  if (!is_all) {
    constexpr std::size_t kUsualTelegram = 4096;
    return need_more(grown(rest.size(), kUsualTelegram));
  }
  return cut(rest, rest.size());
}

}  // namespace meterpipe::link
