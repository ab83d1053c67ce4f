#include "doctor/changed_bytes.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "base/counted.hpp"
#include "base/crc16.hpp"
#include "base/utf8.hpp"
#include "doctor/line_evidence.hpp"
#include "link/framer.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kLooked = 32768;

constexpr std::string_view kBinary =
    "A program between the port and here takes the bytes for text. Let it hand them on as they "
    "are (opened as binary, nothing decoded, no lines), or write them as hex; or read the port "
    "with mbus-read.";
constexpr std::string_view kRaw =
    "The port or a terminal in between is not raw: stty -F PORT raw -echo, or read it with "
    "mbus-read, which sets all of that. A file that was copied as text is to be copied as binary.";
constexpr std::string_view kFlow =
    "Software flow control takes them: stty -F PORT raw -ixon -ixoff (XON/XOFF off in the program "
    "or the converter), or read the port with mbus-read.";
constexpr std::string_view kMarks =
    "The port marks errors (PARMRK) and the program that reads it hands the marks on as bytes: "
    "stty -F PORT -parmrk, or read the port with mbus-read.";
constexpr std::string_view kTwice =
    "What wrote the capture writes each byte two times: an echo on the line, two programs that "
    "write into one file.";
constexpr std::string_view kOrder =
    "What wrote the capture takes the first bit for the highest: a UART sends the lowest first "
    "(LSB first in the analyser's settings).";

// How much of a stream is frames.
class Frames final : public link::FrameSink {
 public:
  explicit Frames(Bytes bytes) {
    link::LinkSettings settings;
    settings.sml = true;
    link::Framer framer(settings);
    framer.push(bytes, *this);
    framer.gap(*this);
  }
  void on_frame(const link::Frame& frame) override {
    using link::FrameKind;
    if (frame.kind == FrameKind::mbus_short || frame.kind == FrameKind::mbus_ack ||
        frame.kind == FrameKind::hdlc_fill) {
      return;
    }
    const bool is_checked = frame.kind == FrameKind::mbus_long || frame.kind == FrameKind::hdlc ||
                            frame.kind == FrameKind::sml;
    verified += is_checked ? 1 : 0;
    ++count;
    covered += frame.bytes.size();
  }
  void on_skipped(const link::Skipped&) override {}

  std::uint64_t count = 0, verified = 0, covered = 0;
};

// One of text has nearly none of these.
bool has_controls(const LineEvidence& line) {
  std::uint64_t controls = 0;
  for (std::size_t byte = 0; byte < 0x20; ++byte) {
    if (byte != '\t' && byte != '\r' && byte != '\n') controls += line.histogram[byte];
  }
  return controls * 50 >= line.total;
}

// Bytes from 80 on that are in sequences of UTF-8, and those that are in none.
struct Sequences {
  std::uint64_t latin = 0, replaced = 0, others = 0, outside = 0;
};

Sequences sequences_in(Bytes bytes) {
  Sequences out;
  const std::string_view text = as_text(bytes);
  for (std::size_t at = 0; at < text.size();) {
    if (bytes[at] < 0x80) {
      ++at;
      continue;
    }
    const std::size_t size = utf8_sequence(text, at);
    if (size == 0) {
      // A sequence may be cut at the edges.
      const bool is_edge = at < 3 || at + 4 > text.size();
      out.outside += is_edge ? 0 : 1;
      ++at;
      continue;
    }
    const std::string_view sequence = text.substr(at, size);
    ++(sequence == "\xef\xbf\xbd" ? out.replaced : bytes[at] <= 0xc3 ? out.latin : out.others);
    at += size;
  }
  return out;
}

std::optional<ChangedBytes> find_text(const LineEvidence& line, Bytes sample) {
  constexpr std::uint64_t kEnough = 8;
  if (!has_controls(line)) return std::nullopt;
  const std::uint64_t high =
      std::accumulate(line.histogram.begin() + 0x80, line.histogram.end(), std::uint64_t{0});
  const std::uint64_t marks = line.histogram['?'];
  if (high == 0 && marks >= kEnough && marks * 25 >= line.total) {
    return ChangedBytes{"question-marks",
                        fmt::format("no byte above 7F in {}, and {} of them are question marks "
                                    "(3F): they stand in place of the bytes from 80 on, which are "
                                    "lost",
                                    line.total, marks),
                        kBinary, 0.9};
  }
  const Sequences found = sequences_in(sample);
  const std::uint64_t all = found.latin + found.replaced + found.others;
  if (all < kEnough || found.outside > 0) return std::nullopt;
  if (found.replaced >= 4) {
    return ChangedBytes{"utf-8-replaced",
                        fmt::format("all bytes from 80 on are UTF-8, {} times EF BF BD: it stands "
                                    "in place of the bytes from 80 on, which are lost",
                                    found.replaced),
                        kBinary, 0.98};
  }
  return ChangedBytes{"utf-8",
                      fmt::format("all bytes from 80 on are pairs of UTF-8 ({} of C2 80 to C3 BF): "
                                  "each was one byte",
                                  found.latin),
                      kBinary, 0.98};
}

std::optional<ChangedBytes> find_twice(Bytes sample) {
  constexpr std::size_t kPairs = 32, kKinds = 8;
  const std::size_t pairs = sample.size() / 2;
  if (pairs < kPairs) return std::nullopt;
  std::array<bool, 256> seen{};
  for (std::size_t i = 0; i < pairs; ++i) {
    if (sample[2 * i] != sample[2 * i + 1]) return std::nullopt;
    seen[sample[2 * i]] = true;
  }
  if (static_cast<std::size_t>(std::ranges::count(seen, true)) < kKinds) return std::nullopt;
  return ChangedBytes{"twice", fmt::format("each of {} bytes comes two times", pairs), kTwice,
                      0.99};
}

ByteVector without_cr_before_lf(Bytes bytes) {
  ByteVector out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
    out.push_back(bytes[i]);
  }
  return out;
}

// A telegram's lines end with 0D 0A, so that they come with 0A 0A.
ByteVector with_cr_for_first_lf(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i] != '\n' || out[i + 1] != '\n') continue;
    out[i] = '\r';
    ++i;
  }
  return out;
}

// As they came where FF stand alone: levels between the messages are no marks.
ByteVector without_marks(Bytes bytes) {
  ByteVector out;
  std::size_t alone = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == 0xff && i + 1 < bytes.size() && bytes[i + 1] == 0xff) {
      ++i;
    } else if (bytes[i] == 0xff && i + 2 < bytes.size() && bytes[i + 1] == 0x00) {
      i += 2;
    } else if (bytes[i] == 0xff) {
      ++alone;
    }
    out.push_back(bytes[i]);
  }
  if (alone > 1) return {bytes.begin(), bytes.end()};  // one may be the end of a pair
  return out;
}

ByteVector with_bits_turned(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  for (std::uint8_t& byte : out) {
    unsigned turned = 0;
    for (int bit = 0; bit < 8; ++bit) turned |= (byte >> bit & 1U) << (7 - bit);
    byte = static_cast<std::uint8_t>(turned);
  }
  return out;
}

struct Undo {
  std::string_view change, words, advice;
  ByteVector (*undo)(Bytes);
};
constexpr std::array<Undo, 4> kUndos{
    Undo{"crlf", "0D 0A is taken for 0A", kRaw, without_cr_before_lf},
    Undo{"lf-lf", "0A 0A is taken for 0D 0A", kRaw, with_cr_for_first_lf},
    Undo{"marks", "FF FF is taken for FF, and FF 00 for a mark", kMarks, without_marks},
    Undo{"bits", "the bits of each byte are turned around", kOrder, with_bits_turned},
};

std::optional<ChangedBytes> find_undone(Bytes sample) {
  const Frames before(sample);
  for (const Undo& one : kUndos) {
    const ByteVector undone = one.undo(sample);
    if (same(Bytes(undone), sample)) continue;
    const Frames after(undone);
    const std::uint64_t more = after.verified - std::min(before.verified, after.verified);
    // Frames without a check have to be nearly all of the stream.
    const bool is_all = after.count >= 2 && after.covered * 10 >= undone.size() * 9 &&
                        before.covered * 2 < sample.size();
    // One frame more may be chance, unless nothing was right before, or all is right now.
    const bool is_enough = before.verified == 0 || after.covered * 50 >= undone.size() * 49;
    if (!is_all && more < (is_enough ? 1U : 2U)) continue;
    return ChangedBytes{one.change,
                        fmt::format("{} where {}, {} as the bytes are",
                                    counted(after.count, "whole frame"), one.words, before.count),
                        one.advice, more >= 2 || is_all ? 0.98 : 0.8};
  }
  return std::nullopt;
}

// Whether the check of a frame fits once some of its 0A are 0D.
bool fits_with_cr(Bytes frame, HeadKind kind) {
  constexpr std::size_t kMost = 10;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    if (frame[i] == '\n') places.push_back(i);
  }
  if (places.empty()) return false;
  if (kind == HeadKind::mbus) {
    const Bytes summed = frame.subspan(4, frame.size() - 6);
    const unsigned sum = std::accumulate(summed.begin(), summed.end(), 0U);
    const unsigned missing = (frame[frame.size() - 2] - sum) & 0xffU;
    return missing % 3 == 0 && missing > 0 && missing / 3 <= places.size();
  }
  if (places.size() > kMost) return false;
  ByteVector tried(frame.begin(), frame.end());
  for (unsigned which = 1; which < 1U << places.size(); ++which) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      tried[places[i]] = (which >> i & 1U) != 0 ? '\r' : '\n';
    }
    const std::uint16_t sum = crc16_x25(Bytes(tried).subspan(1, tried.size() - 4));
    if ((tried[tried.size() - 3] | tried[tried.size() - 2] << 8) == sum) return true;
  }
  return false;
}

std::optional<ChangedBytes> find_lf_for_cr(const LineEvidence& line, const Scan& scan) {
  if (line.histogram['\r'] != 0) return std::nullopt;
  std::uint64_t tried = 0, solved = 0;
  for (const Head& head : scan.heads) {
    const bool has_check = head.kind == HeadKind::mbus || head.kind == HeadKind::hdlc;
    if (!has_check || head.size < 12 || head.at + head.size > line.sample().size()) continue;
    const Bytes frame = line.sample().subspan(head.at, head.size);
    if (frame.back() != (head.kind == HeadKind::mbus ? 0x16 : 0x7e)) continue;
    ++tried;
    solved += fits_with_cr(frame, head.kind) ? 1 : 0;
    if (tried >= 200) break;
  }
  if (solved < 2 || solved * 4 < tried * 3) return std::nullopt;
  return ChangedBytes{"lf-for-cr",
                      fmt::format("no byte 0D in {}, and {} of {} damaged frames verify with 0D in "
                                  "place of a 0A",
                                  line.total, solved, tried),
                      kRaw, 0.97};
}

struct Removed {
  std::string_view change, bytes, advice;
};
constexpr std::array<Removed, 4> kRemoved{
    Removed{"flow-control", "\x11\x13", kFlow},
    Removed{"nul", std::string_view("\0", 1), kBinary},
    Removed{"cr", "\r", kRaw},
    Removed{"terminal", "\x03\x04\x15\x7f", kRaw},
};

// Ciphered bytes are all alike often; where values never come that should have come often, and no
// others are missing, somebody takes them out.
std::optional<ChangedBytes> find_removed(const LineEvidence& line) {
  constexpr std::uint64_t kSure = 18;  // chance leaves out what comes so often once in 60 million
  std::array<std::uint64_t, 256> sorted = line.histogram;
  std::ranges::nth_element(sorted, sorted.begin() + 128);
  const std::uint64_t usual = sorted[128];
  const auto missing = static_cast<std::size_t>(std::ranges::count(line.histogram, 0U));
  for (const Removed& one : kRemoved) {
    const Bytes bytes = as_bytes(one.bytes);
    const bool is_gone =
        std::ranges::all_of(bytes, [&](std::uint8_t byte) { return line.histogram[byte] == 0; });
    if (!is_gone || usual * bytes.size() < kSure || missing > bytes.size() + 2) continue;
    std::string names;
    for (const std::uint8_t byte : bytes) {
      if (!names.empty()) names += byte == bytes.back() ? " and " : ", ";
      names += fmt::format("{:02X}", byte);
    }
    return ChangedBytes{one.change,
                        fmt::format("no {} in {} bytes, where each other value comes about {} "
                                    "times: taken out",
                                    names, line.total, usual),
                        one.advice, 0.95};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ChangedBytes> find_changes(const LineEvidence& line, const Scan& scan) {
  const Bytes sample = line.sample().first(std::min(line.sample().size(), kLooked));
  if (auto found = find_text(line, sample)) return found;
  if (auto found = find_twice(sample)) return found;
  if (auto found = find_lf_for_cr(line, scan)) return found;
  if (auto found = find_undone(sample)) return found;
  return find_removed(line);
}

}  // namespace meterpipe::doctor
