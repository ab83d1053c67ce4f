#include "doctor/frame_scan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "apdu/extent.hpp"
#include "apdu/llc.hpp"
#include "base/ascii.hpp"
#include "base/crc16.hpp"
#include "link/hdlc.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kMostHeads = 20000;

// DB 08 and three letters, where most of them are there.
void add_apdu_checks(Bytes apdu, Head& head) {
  constexpr std::size_t kChecks = 5;
  if (apdu.size() < kChecks) return;
  const std::array<bool, kChecks> fits{apdu[0] == 0xdb, apdu[1] == 0x08, is_upper(apdu[2]),
                                       is_upper(apdu[3]), is_upper(apdu[4])};
  const auto count = std::ranges::count(fits, true);
  if (count + fits[0] + fits[1] < 4) return;  // the first two count twice
  head.checked = static_cast<std::uint8_t>(head.checked + kChecks);
  head.wrong = static_cast<std::uint8_t>(head.wrong + std::ssize(fits) - count);
}

// A frame with data of EN 13757-3: RSP_UD with CI 72, 73, 76 or 7A, or what a TD-351x sends (CI
// 5B).
std::optional<Head> wired_head(Bytes rest) {
  constexpr std::size_t kHead = 7;
  if (rest.size() < kHead || rest[0] != 0x68 || rest[3] != 0x68 || rest[1] != rest[2] ||
      rest[1] < kHead) {
    return std::nullopt;
  }
  const bool answers = (rest[4] & 0xcf) == 0x08, sends = (rest[4] & 0xdf) == 0x53;
  const std::uint8_t ci = rest[6];
  const bool is_answer = answers && (ci == 0x72 || ci == 0x73 || ci == 0x76 || ci == 0x7a);
  if (!is_answer && !(sends && ci == 0x5b)) return std::nullopt;
  return Head{0, rest[1] + 6U, HeadKind::mbus, kHead, 0};
}

std::optional<Head> mbus_head(Bytes rest) {
  constexpr std::size_t kHead = 9, kPlaces = 8, kEnough = 5;
  if (const auto wired = wired_head(rest)) return wired;
  if (rest.size() < kHead) return std::nullopt;
  const std::array<bool, kPlaces> fits{
      rest[0] == 0x68, rest[3] == 0x68, rest[1] == rest[2], (rest[4] & 0xdf) == 0x53,
      rest[5] == 0xff, rest[6] < 0x20,  rest[7] == 0x01,    rest[8] == 0x67};
  const auto count = static_cast<std::size_t>(std::ranges::count(fits, true));
  const bool is_framed = fits[0] && fits[1] && fits[2];
  // A control segment of another kind has the first four right and nothing else.
  if (count < kEnough && !(is_framed && count >= 4)) return std::nullopt;
  Head head{0, 0, HeadKind::mbus, 9, static_cast<std::uint8_t>(kPlaces - count)};
  // Neither 68 nor two lengths, and all the rest: what stands there is the end of another.
  const bool has_rest = fits[3] && fits[4] && fits[5] && fits[6] && fits[7];
  if (!fits[0] && !fits[2] && has_rest) {
    head.is_headless = true;
    head.wrong = 0;
  }
  if (fits[6] && fits[7] && (rest[6] & 0x0f) == 0) add_apdu_checks(rest.subspan(kHead), head);
  if (fits[2]) {
    std::size_t length = rest[1];
    const auto stops = [&](std::size_t size) {
      return rest.size() >= size && rest[size - 1] == 0x16;
    };
    if (length < 3 || (!stops(length + 6) && stops(length + 262) && length < 8)) length += 256;
    head.size = length + 6;
  }
  return head;
}

std::optional<Head> hdlc_head(Bytes rest) {
  if (rest.size() < 10 || rest[0] != 0x7e || (rest[1] & 0xf0) != 0xa0) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(rest[1] & 7) << 8 | rest[2];
  if (length < 10) return std::nullopt;
  const std::size_t size = length + 2;
  std::size_t at = 3;
  int addresses = 0;
  for (; addresses < 2 && at < 11 && at < rest.size(); ++at) addresses += rest[at] & 1;
  if (addresses < 2 || at + 6 > rest.size()) return std::nullopt;
  const std::size_t header = at + 1;  // with control
  if (header + 5 > rest.size()) return std::nullopt;
  const std::uint16_t sum = crc16_x25(rest.subspan(1, header - 1));
  const bool has_sum = (rest[header] | rest[header + 1] << 8) == sum;
  const Bytes llc = rest.subspan(header + 2, 3);
  const bool has_llc = apdu::has_llc(llc);
  const bool has_end = rest.size() >= size && rest[size - 1] == 0x7e;
  if (!has_sum && !has_llc && !has_end) return std::nullopt;
  Head head{0, size, HeadKind::hdlc, static_cast<std::uint8_t>(header + 1), 0};
  head.wrong = static_cast<std::uint8_t>(!has_sum);
  // The first segment of a message, which has an LLC header.
  const int llc_fits =
      (llc[0] == 0xe6 ? 1 : 0) + ((llc[1] & 0xfe) == 0xe6 ? 1 : 0) + (llc[2] == 0 ? 1 : 0);
  // A single frame has one; where the head is damaged one byte of it may be all that is left.
  const bool is_single = (rest[1] & 0x08) == 0;
  if (llc_fits >= 2 || (is_single && !has_sum && llc_fits == 1)) {
    head.checked = static_cast<std::uint8_t>(head.checked + 3);
    head.wrong = static_cast<std::uint8_t>(head.wrong + 3 - llc_fits);
    add_apdu_checks(rest.subspan(header + 5), head);
  }
  return head;
}

std::optional<Head> wrapper_head(Bytes rest) {
  if (rest.size() < 9 || rest[0] != 0 || rest[1] != 1) return std::nullopt;
  const int source = rest[2] << 8 | rest[3], destination = rest[4] << 8 | rest[5];
  const std::size_t length = static_cast<std::size_t>(rest[6] << 8 | rest[7]);
  if (source == 0 || source > 0x200 || destination == 0 || destination > 0x200 || length < 10 ||
      length > 4096) {
    return std::nullopt;
  }
  constexpr std::array<std::uint8_t, 7> kTags{0x0f, 0xc2, 0xdb, 0xdc, 0xdd, 0xe0, 0xca};
  if (std::ranges::find(kTags, rest[8]) == kTags.end()) return std::nullopt;
  return Head{0, length + 8, HeadKind::wrapper};
}

std::optional<Head> ciphered_head(Bytes rest) {
  if (rest.size() < 14 || (rest[0] != 0xdb && rest[0] != 0xdc) || rest[1] != 8) return std::nullopt;
  if (!is_upper(rest[2]) || !is_upper(rest[3]) || !is_upper(rest[4])) return std::nullopt;
  std::size_t at = 10, length = rest[at++];
  if (length == 0x81) {
    length = rest[at++];
  } else if (length == 0x82) {
    length = static_cast<std::size_t>(rest[at] << 8 | rest[at + 1]);
    at += 2;
  } else if (length > 0x82) {
    return std::nullopt;
  }
  return Head{0, at + length, HeadKind::ciphered};
}

std::optional<Head> plain_head(Bytes rest) {
  if (rest.size() < 20 || rest[0] != 0x0f) return std::nullopt;
  std::size_t at = 5;
  if (rest[at] == 0x09) ++at;
  if (rest[at] == 0x0c) {
    at += 13;
  } else if (rest[at] == 0 && at == 5) {
    ++at;
  } else {
    return std::nullopt;
  }
  if (at + 2 >= rest.size() || (rest[at] != 1 && rest[at] != 2) || rest[at + 1] == 0) {
    return std::nullopt;
  }
  // What an element can begin with: a structure, a string, a number.
  constexpr std::array<std::uint8_t, 7> kTags{0x01, 0x02, 0x06, 0x09, 0x0a, 0x12, 0x16};
  if (std::ranges::find(kTags, rest[at + 2]) == kTags.end()) return std::nullopt;
  return Head{0, 0, HeadKind::plain};
}

std::optional<Head> telegram_head(Bytes rest) {
  if (rest.size() < 6 || rest[0] != '/' || !is_letter(rest[1]) || !is_letter(rest[2]) ||
      !is_letter(rest[3]) || rest[4] < '0' || rest[4] > '9') {
    return std::nullopt;
  }
  return Head{0, 0, HeadKind::telegram};
}

std::optional<Head> head_at(Bytes rest) {
  if (auto head = mbus_head(rest)) return head;
  switch (rest[0]) {
    case 0x7e: return hdlc_head(rest);
    case 0x00: return wrapper_head(rest);
    case 0xdb:
    case 0xdc: return ciphered_head(rest);
    case 0x0f: return plain_head(rest);
    case '/': return telegram_head(rest);
    default: return std::nullopt;
  }
}

// Where a telegram's last line ends, within `rest`; 0: nowhere.
std::size_t telegram_end(Bytes rest) {
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] != '!' || rest[at - 1] != '\n') continue;
    while (at < rest.size() && rest[at] != '\n') ++at;
    return at;
  }
  return 0;
}

// How far a telegram without an end goes: to where most bytes cannot stand in a text.
std::size_t text_size(Bytes rest) {
  constexpr int kMost = 24;
  int score = 0;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const std::uint8_t byte = rest[at];
    const bool is_text = (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n';
    score = is_text ? std::max(0, score - 1) : score + 2;
    if (score > kMost) return at - kMost / 2;
  }
  return rest.size();
}

// Bytes of `rest` that belong to the head's frame.
std::size_t covered_by(const Head& head, Bytes rest) {
  constexpr std::size_t kLongest = 4096;  // where it does not say
  if (head.size != 0) return std::min(rest.size(), head.size);
  rest = rest.first(std::min(rest.size(), kLongest));
  return head.kind == HeadKind::telegram ? text_size(rest) : rest.size();
}

Verdict verdict_of(const Head& head, Bytes sample, std::size_t limit, bool at_end) {
  if (head.is_headless) return Verdict::cut;
  const Bytes rest = sample.subspan(head.at, limit - head.at);
  // HDLC frames may share a flag: then the next one begins with this one's last byte.
  const bool shares = head.kind == HeadKind::hdlc && !at_end && rest.size() + 1 == head.size &&
                      rest.back() != 0x7e && sample[limit] == 0x7e;
  const bool is_whole = head.kind == HeadKind::telegram ? telegram_end(rest) != 0
                        : head.kind == HeadKind::plain
                            ? apdu::extent_of(rest).answer != apdu::Extent::Answer::need_more
                            : rest.size() >= head.size || shares;
  if (is_whole) return Verdict::damaged;
  return at_end ? Verdict::edge : Verdict::cut;
}

}  // namespace

double Scan::damage_per_frame() const {
  if (checked == 0 || heads.empty()) return 0;
  const double size = static_cast<double>(bytes) / static_cast<double>(heads.size());
  return size * static_cast<double>(wrong) / static_cast<double>(checked);
}

bool Scan::is_half_a_message() const {
  constexpr std::size_t kLongest = 1024;  // where the head does not say
  if (all_heads != 1 || heads.size() != 1 || edges != 1) return false;
  const Head& head = heads.front();
  return head.wrong == 0 && head.at < (head.size == 0 ? kLongest : head.size) &&
         head.at + head.there == sampled;
}

bool Scan::is_noisy() const {
  // One in eleven, nearly in every head: two bits turned over in a frame seldom hit that often.
  const std::uint64_t few = std::min<std::uint64_t>(3, heads.size() + 1);
  if (wrong >= few && wrong * 11 >= checked && wrong * 5 >= heads.size() * 4) return true;
  // What is counted is chance, too: less by its usual error it still has to be too much.
  const double sure = static_cast<double>(wrong) - std::sqrt(static_cast<double>(wrong));
  return wrong >= 4 && damage_per_frame() * sure > 4 * static_cast<double>(wrong);
}

Scan scan_frames(Bytes sample, std::span<const Place> good, std::span<const std::size_t> bursts) {
  Scan scan;
  scan.sampled = sample.size();
  // An acknowledge (E5) has no head, and one in 256 ends of messages begins with that byte.
  scan.all_heads = std::ranges::count_if(good, [](const Place& place) { return place.size > 1; });
  std::size_t next_good = 0;
  for (std::size_t at = 0; at < sample.size() && scan.heads.size() < kMostHeads;) {
    if (next_good < good.size() && good[next_good].at <= at) {
      at = std::max(at, good[next_good].at + good[next_good].size);
      ++next_good;
      continue;
    }
    const std::size_t limit = next_good < good.size() ? good[next_good].at : sample.size();
    const auto head = head_at(sample.subspan(at, limit - at));
    if (!head) {
      ++at;
      continue;
    }
    scan.heads.push_back(*head);
    scan.heads.back().at = at;
    // A ciphered APDU in a frame whose own head was seen is no frame of its own.
    // Behind a head that is cut short the next one may begin at once.
    at += head->wrong == 0 ? 8 : 4;
  }
  // Inside of frames that are as long as they say there are no others.
  std::vector<Head> kept;
  for (const Head& head : scan.heads) {
    if (!kept.empty() && (head.kind == HeadKind::ciphered || head.kind == HeadKind::plain)) {
      const Head& outer = kept.back();
      const std::size_t inside = head.at - outer.at;
      const bool is_link = outer.kind == HeadKind::mbus || outer.kind == HeadKind::hdlc ||
                           outer.kind == HeadKind::wrapper;
      if (is_link && (inside <= 24 || inside < outer.size)) continue;
    }
    kept.push_back(head);
  }
  // Nor on a line of M-Bus or HDLC: there they are what is left of a frame whose head is gone.
  const auto has_link = [](const Head& head) {
    return head.kind == HeadKind::mbus || head.kind == HeadKind::hdlc;
  };
  const bool is_linked =
      std::ranges::any_of(kept, has_link) || std::ranges::any_of(good, [&](const Place& place) {
        if (place.at >= sample.size() || place.size < 8) return false;
        const std::uint8_t first = sample[place.at];
        return first == 0x68 || first == 0x7e || (first & 0xf0) == 0xa0;
      });
  if (is_linked) {
    std::erase_if(kept, [](const Head& head) {
      return head.kind == HeadKind::ciphered || head.kind == HeadKind::plain;
    });
  }
  scan.heads = std::move(kept);
  scan.all_heads += scan.heads.size();

  for (std::size_t i = 0; i < scan.heads.size(); ++i) {
    Head& head = scan.heads[i];
    std::size_t limit = i + 1 < scan.heads.size() ? scan.heads[i + 1].at : sample.size();
    const auto frame =
        std::upper_bound(good.begin(), good.end(), head.at,
                         [](std::size_t place, const Place& other) { return place < other.at; });
    if (frame != good.end()) limit = std::min(limit, frame->at);
    // Before the first byte of a headless one stands the end of another piece.
    const auto burst = std::ranges::upper_bound(bursts, head.at + (head.is_headless ? 4 : 0));
    if (burst != bursts.end()) limit = std::min(limit, *burst);
    head.there = covered_by(head, sample.subspan(head.at, limit - head.at));
    scan.bytes += head.there;
    scan.checked += head.checked;
    scan.wrong += head.wrong;
    const Verdict verdict = verdict_of(head, sample, limit, limit == sample.size());
    if (verdict == Verdict::damaged && head.size != 0 && head.at + head.size <= sample.size() &&
        (head.kind == HeadKind::mbus || head.kind == HeadKind::hdlc)) {
      ++scan.checked;
      scan.wrong += sample[head.at + head.size - 1] != (head.kind == HeadKind::mbus ? 0x16 : 0x7e);
    }
    ++(verdict == Verdict::cut       ? scan.cut
       : verdict == Verdict::damaged ? scan.damaged
                                     : scan.edges);
  }
  return scan;
}

namespace {

// HDLC with both flags, DB and a title: of as many bytes as there are, and so many more before.
bool is_whole_behind(Bytes piece, std::size_t missing) {
  constexpr std::size_t kLeast = 12, kOfHdlc = 3, kOfCiphered = 2;
  const std::size_t size = piece.size() + missing;
  if (size < kLeast) return false;
  if (missing <= kOfHdlc && size - 2 < 0x800 && piece.back() == 0x7e) {
    const std::size_t length = size - 2;
    const std::array<std::uint8_t, kOfHdlc> start{0x7e, static_cast<std::uint8_t>(length >> 8),
                                                  static_cast<std::uint8_t>(length)};
    for (const unsigned format : {0xa0U, 0xa8U}) {
      ByteVector frame(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(missing));
      if (missing > 1) frame[1] = static_cast<std::uint8_t>(frame[1] | format);
      append(frame, piece);
      const link::Probe probe = link::probe_hdlc(frame, false, true, true);
      if (probe.answer == link::Probe::Answer::found && probe.frame.bytes.size() == size) {
        return true;
      }
    }
  }
  if (missing > kOfCiphered) return false;
  ByteVector apdu{0xdb, 0x08};
  apdu.resize(missing);
  append(apdu, piece);
  const auto head = ciphered_head(apdu);
  return head && head->size == size;
}

}  // namespace

std::uint64_t frames_without_start(Bytes sample, std::span<const std::size_t> bursts) {
  constexpr std::size_t kMost = 200, kMissing = 3;
  std::uint64_t count = 0, pieces = 0;
  for (std::size_t i = 0; i < bursts.size() && pieces < kMost; ++i) {
    const std::size_t end = i + 1 < bursts.size() ? bursts[i + 1] : sample.size();
    if (bursts[i] >= end || end > sample.size()) continue;
    const Bytes piece = sample.subspan(bursts[i], end - bursts[i]);
    ++pieces;
    for (std::size_t missing = 1; missing <= kMissing; ++missing) {
      if (!is_whole_behind(piece, missing)) continue;
      ++count;
      break;
    }
  }
  return count >= 2 && count * 5 >= pieces * 4 ? count : 0;
}

}  // namespace meterpipe::doctor
