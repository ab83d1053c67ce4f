// The weak frames of a framer: which wait as candidates, and what lets them go or rules them out.
#include <algorithm>
#include <optional>

#include "apdu/llc.hpp"
#include "apdu/tags.hpp"
#include "link/bare.hpp"
#include "link/framer.hpp"
#include "link/heads.hpp"
#include "link/mbus.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kMostCandidates = 64;
constexpr std::size_t kUsualBody = 4096;  // of what is walked anew for every byte
constexpr std::size_t kPorts = 6;         // version and ports of a wrapper frame
constexpr std::size_t kLongestHead = 24;  // of an HDLC frame with LLC, and to spare

bool is_line_end(Bytes bytes) {
  return bytes.size() <= Framer::kLeftOver &&
         std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
           return byte == '\r' || byte == '\n' || byte == '\0';
         });
}

// Whether an APDU that begins with it stands behind another. Those of ACSE say too little.
bool may_follow(std::uint8_t first) {
  const apdu::ApduTag* tag = apdu::find_apdu_tag(first);
  return tag != nullptr && tag->family != apdu::Family::acse;
}

}  // namespace

Probe Framer::probe_weak(std::size_t start, FrameKind kind, bool is_fresh, bool at_end) const {
  return probe_weak(seen().subspan(start), kind, is_fresh, at_end);
}

Probe Framer::probe_weak(Bytes rest, FrameKind kind, bool is_fresh, bool at_end) const {
  rest = rest.first(std::min(rest.size(), kLongest));
  switch (kind) {
    case FrameKind::mbus_short: return probe_mbus(rest, is_fresh, at_end);
    case FrameKind::p1: return probe_telegram(rest, at_end);
    case FrameKind::wrapper: return probe_wrapper(rest, is_fresh, at_end);
    default: return probe_bare(rest, kind, is_fresh, at_end);
  }
}

// True: a frame went out, and scan_ stands behind it.
bool Framer::add_candidates(bool at_end, FrameSink& sink) {
  const std::uint8_t first = buffer_[scan_];
  bool is_fresh = scan_ == fresh_;
  if (!is_fresh && (first == 0x00 || may_follow(first))) {
    // As good: behind a wrapper frame, behind an APDU of the same tag or one that tells itself.
    const FrameKind kind = first == 0x00 ? FrameKind::wrapper : FrameKind::bare;
    for (const Candidate& one : candidates_) {
      if (one.end != scan_ || one.kind != kind) continue;
      is_fresh |= buffer_[one.start] == first || (kind == FrameKind::bare && one.leads());
    }
  }
  const std::optional<FrameKind> kind = weak_kind(first);
  if (kind && wants(*kind)) return add_candidate(*kind, is_fresh, at_end, sink);
  if (is_fresh && wants(FrameKind::bare)) {
    return add_candidate(FrameKind::bare, is_fresh, at_end, sink);
  }
  return false;
}

// Whether the link that was asked for has frames of this kind without a check.
bool Framer::wants(FrameKind kind) const {
  switch (settings_.link) {
    case Link::automatic: return true;
    case Link::wrapper: return kind == FrameKind::wrapper;
    case Link::llc: return kind == FrameKind::llc;
    case Link::none: return kind == FrameKind::bare;
    default: return false;
  }
}

bool Framer::add_candidate(FrameKind kind, bool is_fresh, bool at_end, FrameSink& sink) {
  if (scan_ < damaged_ || scan_ < doubted_) return false;
  const bool is_first = is_fresh || begins_at(scan_, 0);
  const bool begins = is_first || begins_at(scan_, kLeftOver);
  const bool is_open = settings_.link == Link::automatic && is_bare(kind);
  const bool is_barred = is_open && has_checked_;
  const bool doubtful =
      (is_open && scan_ != fresh_ && is_doubtful(kind)) || (is_bare(kind) && is_plaintext(scan_));
  if (is_barred && doubtful) return false;
  const Probe probe = probe_weak(scan_, kind, is_fresh, at_end);
  if (probe.answer == Probe::Answer::bad || probe.needed > kLongest) {
    if (probe.why && is_first && !is_barred) note(scan_, probe);
    return false;
  }
  Candidate one{scan_,    0,        scan_ + probe.needed, kind, is_fresh, is_first, begins,
                doubtful, is_barred};
  if (probe.answer == Probe::Answer::found) {
    one.end = scan_ + probe.frame.bytes.size();
    one.is_telling = probe.is_telling;
    if (passes_at_once(one)) {
      emit(one, sink);
      return true;
    }
    if (doubtful) doubt(one);
  } else if (!at_end && foresee(one, probe.needed, sink)) {
    return true;
  }
  if (candidates_.size() == kMostCandidates) candidates_.erase(candidates_.begin());
  candidates_.push_back(one);
  return false;
}

// Whether the frame before makes clear how this one ends, if all of it is there: it would pass with
// its last byte, and nothing in it would have come before. True: it went out.
bool Framer::foresee(const Candidate& one, std::size_t needed, FrameSink& sink) {
  if (!candidates_.empty() || !passes_with_last(one)) return false;
  const Bytes rest = Bytes(buffer_).subspan(one.start);
  Probe probe = probe_weak(rest, one.kind, one.is_fresh, false);
  if (probe.answer != Probe::Answer::found) return false;
  const std::size_t size = probe.frame.bytes.size();
  if (size > kUsualBody && needed != size) return false;
  // Some end is only clear from the bytes behind it.
  if (size < rest.size()) probe = probe_weak(rest.first(size), one.kind, one.is_fresh, false);
  if (probe.answer != Probe::Answer::found || probe.frame.bytes.size() != size) return false;
  Candidate as_whole = one;
  as_whole.end = one.start + size;
  as_whole.is_telling = probe.is_telling;
  if (!is_plain(as_whole)) return false;
  sight_ = std::max(sight_, as_whole.end);
  emit(as_whole, sink);
  return true;
}

// Asks the candidates whose end is not known, now that there are more bytes. True: one of them
// went out, or all have to be asked once more. `ruled_out`: one of them is none.
bool Framer::ask_again(bool& ruled_out, FrameSink& sink) {
  for (auto one = candidates_.begin(); one != candidates_.end();) {
    if (one->end != 0 || one->due > sight_) {
      ++one;
      continue;
    }
    const Probe probe = probe_weak(one->start, one->kind, one->is_fresh, false);
    if (probe.answer == Probe::Answer::bad || probe.needed > kLongest) {
      one = candidates_.erase(one);
      ruled_out = true;
      continue;
    }
    one->due = one->start + probe.needed;
    if (probe.answer == Probe::Answer::found) {
      one->end = one->start + probe.frame.bytes.size();
      one->is_telling = probe.is_telling;
      if (passes_at_once(*one)) {
        emit(Candidate(*one), sink);
        return true;
      }
      if (one->is_doubtful) {  // what begins in it is its contents
        doubt(*one);
        candidates_.erase(one + 1, std::find_if(one + 1, candidates_.end(), [&](const auto& other) {
                            return other.start >= one->end;
                          }));
      }
    } else if (const std::size_t there = sight_ - one->start;
               there > kUsualBody && probe.needed == there + 1) {
      hold_ = std::max(hold_, one->start + grown(there, kUsualBody));
    }
    ++one;
  }
  return false;
}

void Framer::doubt(const Candidate& one) {
  if (one.end <= doubted_) return;
  doubted_from_ = one.start;
  doubted_ = one.end;
}

bool Framer::is_mark(std::size_t place) const {
  return std::binary_search(marks_.begin(), marks_.end(), place);
}

// The start, behind a silence, a frame, a whole candidate that begins so, or where a record or line
// begins; or so many bytes behind that at most.
bool Framer::begins_at(std::size_t place, std::size_t left_over) const {
  const std::size_t from = std::max(at_, place - std::min(place, left_over));
  const auto mark = std::lower_bound(marks_.begin(), marks_.end(), from);
  return (fresh_ >= from && fresh_ <= place) || (mark != marks_.end() && *mark <= place) ||
         std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& one) {
           return one.begins && one.end != 0 && one.end >= from && one.end <= place;
         });
}

// The frame before was like one of this kind that begins here.
bool Framer::is_settled(FrameKind kind, std::size_t start) const {
  return settled_.kind == kind && (kind != FrameKind::bare || settled_.tag == buffer_[start]);
}

// Whether the bytes before scan_ may be what is left of a strong frame's head, also where a record
// or a line ends behind it.
bool Framer::is_doubtful(FrameKind kind) const {
  return !is_settled(kind, scan_) && is_behind_head(scan_, kind == FrameKind::llc);
}
bool Framer::is_behind_head(std::size_t place, bool llc) const {
  // What ends a message is no head, however much it looks like one: a tag is any 12 bytes.
  for (const Candidate& one : candidates_) {
    if (one.end == place) return false;
  }
  std::size_t from = std::max(at_, place - std::min(place, kLongestHead));
  if (fresh_ != kNowhere) from = std::max(from, std::min(fresh_, place));
  return ends_in_head(Bytes(buffer_).subspan(from, place - from), llc);
}

// Whether it is what an authenticated or signed APDU holds: a new line does not make it a message.
bool Framer::is_plaintext(std::size_t place) const {
  for (const Candidate& one : candidates_) {
    if (one.end == place && one.leads()) return false;
  }
  const Bytes before = Bytes(buffer_).subspan(at_, place - at_);
  return ends_in_cipher_head(before) || ends_in_signing_head(before);
}

bool Framer::awaits_content(std::size_t size) const {
  return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& one) {
    const Bytes head = Bytes(buffer_).subspan(one.start);
    if (one.kind == FrameKind::llc) return head.size() == apdu::kLlcSize;
    return one.kind == FrameKind::wrapper && head.size() == kWrapperHead &&
           (std::size_t{head[6]} << 8 | head[7]) == size;
  });
}

// Like the frame before it and right behind it, or of the one kind that was asked for; and nothing
// inside that looks as if its length were wrong.
bool Framer::passes_at_once(const Candidate& one) const {
  return passes_with_last(one) && is_sound(one);
}
bool Framer::passes_with_last(const Candidate& one) const {
  if (one.start != fresh_ || one.is_barred || one.is_doubtful) return false;
  const bool is_forced = settings_.link != Link::automatic;
  return is_forced || is_settled(one.kind, one.start);
}

// Nothing inside looks as if its length were wrong.
bool Framer::is_sound(const Candidate& one) const {
  if (one.kind == FrameKind::p1) return true;
  const Bytes frame = Bytes(buffer_).subspan(one.start, one.end - one.start);
  const std::uint8_t own = frame[0];
  for (std::size_t i = 1; i < frame.size(); ++i) {
    const std::uint8_t byte = frame[i];
    if (byte == own && is_like(one, one.start + i)) return false;
    if (!kHeads.strong[byte]) continue;
    const Probe probe = probe_strong(frame.subspan(i), false, false);
    if (probe.answer == Probe::Answer::found && !probe.is_weak) return false;
  }
  return true;
}

// Sound, and nothing inside that would go out or count before its last byte has come.
bool Framer::is_plain(const Candidate& one) const {
  if (!is_sound(one)) return false;
  const Bytes frame = Bytes(buffer_).subspan(one.start, one.end - one.start);
  std::size_t open = 0;  // candidates of which nobody knew the end
  for (std::size_t i = 1; i < frame.size(); ++i) {
    const std::uint8_t byte = frame[i];
    if (!kHeads.any[byte] || (byte == 0 && i + 1 < frame.size() && frame[i + 1] != 1)) continue;
    const Bytes rest = frame.subspan(i);
    const Probe strong = probe_strong(rest, false, false);
    if (strong.answer == Probe::Answer::found || (strong.why && !strong.if_closed)) return false;
    const std::optional<FrameKind> kind = weak_kind(byte);
    if (!kind || !wants(*kind)) continue;
    const Probe weak = probe_weak(rest, *kind, false, false);
    const std::size_t size =
        weak.answer == Probe::Answer::found ? weak.frame.bytes.size() : rest.size();
    if (size < rest.size() || ++open == kMostCandidates / 2) return false;
  }
  return true;
}

// Whether the bytes at a place inside of it look like its own head.
bool Framer::is_like(const Candidate& one, std::size_t at) const {
  const Bytes head = Bytes(buffer_).subspan(one.start, one.end - one.start);
  const Bytes there = head.subspan(at - one.start);
  const auto same = [&](std::size_t from, std::size_t to) {
    return there.size() >= to && std::equal(head.begin() + static_cast<std::ptrdiff_t>(from),
                                            head.begin() + static_cast<std::ptrdiff_t>(to),
                                            there.begin() + static_cast<std::ptrdiff_t>(from));
  };
  if (one.kind == FrameKind::wrapper) return same(0, 6);                  // version and ports
  if (one.kind == FrameKind::bare && head[0] == 0x0f) return same(5, 8);  // behind the invoke-id
  return same(0, 4);
}

// What stands behind it ends a strong frame: FCS and flag, checksum and 16.
bool Framer::has_tail(const Candidate& one, std::size_t limit) const {
  if (settings_.link != Link::automatic || is_settled(one.kind, one.start)) return false;
  const std::size_t flag = one.end + 2, stop = one.end + 1;
  if (!is_bare(one.kind)) return false;
  if (flag < limit + 1 && flag < sight_ && buffer_[flag] == kHdlcFlag) return true;
  return one.kind == FrameKind::bare && stop < limit && buffer_[stop] == 0x16;
}

// A bare APDU of a tag that meters send by itself only where they are asked.
bool Framer::is_answer(const Candidate& one) const {
  return one.kind == FrameKind::bare && !apdu::tells_itself(buffer_[one.start]);
}

// What ends at `end` is confirmed from behind: the first one to begin goes out, one with a telling
// head before one without, which only a strong frame or a gap confirms, and its like: a wrapper
// frame from the same port to the same, an APDU of the same tag. True: one went out.
bool Framer::confirm_before(std::size_t end, bool by_strong, FrameSink& sink) {
  if (end == 0) return false;  // stands for an end that is not known
  const Bytes behind = seen().subspan(end);
  const Candidate* best = nullptr;
  for (const Candidate& one : candidates_) {
    if (one.end != end || one.is_barred || (one.is_doubtful && by_strong)) continue;
    const std::size_t same = one.kind == FrameKind::wrapper ? kPorts : 1;
    const bool is_alike = (one.kind == FrameKind::wrapper || is_answer(one)) &&
                          behind.size() >= same &&
                          std::equal(behind.begin(), behind.begin() + same,
                                     buffer_.begin() + static_cast<std::ptrdiff_t>(one.start));
    if (!one.is_telling && !by_strong && !is_alike) continue;
    if (best == nullptr || (one.is_telling && !best->is_telling)) best = &one;
  }
  if (best == nullptr) return false;
  emit(Candidate(*best), sink);
  return true;
}

// Candidates that end before `limit`, or there, with something left over behind them. One that
// begins where a message may goes out with a telling head; without one, at a gap or a mark
// (`by_place`), if nothing is left but the end of a line. True: one went out.
bool Framer::settle_begun(std::size_t limit, std::size_t most, bool by_place, FrameSink& sink) {
  for (const Candidate& each : candidates_) {
    const Candidate one = each;
    if (!one.begins || one.end == 0 || one.end > limit || limit - one.end > most) continue;
    if (is_inside(one) || !can_pass(one, limit)) continue;
    const Bytes left = Bytes(buffer_).subspan(one.end, limit - one.end);
    if (!one.is_telling && !(by_place && is_line_end(left))) continue;
    emit(one, sink);
    settle_begun(limit, most, by_place, sink);
    return true;
  }
  return false;
}

// Whether it begins a few bytes into another that can begin there: then those few bytes are none
// that were left over, and the longer one is asked first.
bool Framer::is_inside(const Candidate& one) const {
  return !one.is_first &&
         std::any_of(candidates_.begin(), candidates_.end(), [&one](const Candidate& other) {
           return other.begins && other.start < one.start &&
                  (other.end == 0 || other.end > one.start);
         });
}

// Whether a candidate may go out though other bytes stand behind it. A telegram says little before
// its CRC, and a short frame nothing.
bool Framer::can_pass(const Candidate& one, std::size_t limit) const {
  return !one.is_barred && !one.is_doubtful && one.kind != FrameKind::mbus_short &&
         one.kind != FrameKind::p1 && !has_tail(one, limit) && is_sound(one);
}

// At a gap or a mark.
void Framer::settle_all(std::size_t limit, FrameSink& sink) {
  while (settle_begun(limit, kNowhere, true, sink) || confirm_before(limit, true, sink)) {
  }
}

// Barred candidates that end here are told of.
void Framer::note_barred(std::size_t place) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate one = candidates_[i];
    if (!one.is_barred || one.end != place) continue;
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i--));
    if (!one.is_telling) continue;
    Probe barred{Probe::Answer::bad};
    barred.why_size = one.end - one.start;
    barred.why =
        Error{Fault::unframed_apdu, 0, one.kind == FrameKind::llc ? 1U : 0U, barred.why_size};
    note(one.start, barred);
  }
}

// Candidates that end at `place` are whole and clean. They confirm those that end where they begin,
// or a few bytes before it.
void Framer::settle_ended(std::size_t place, FrameSink& sink) {
  note_barred(place);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate one = candidates_[i];
    if (one.end != place) continue;
    const bool went =
        confirm_before(one.start, false, sink) ||
        (one.is_telling && is_weak(one.kind) && settle_begun(one.start, kLeftOver, false, sink));
    // What is left begins at its start or behind; the first of them may follow at once.
    const bool is_first = !candidates_.empty() && candidates_.front().start == one.start &&
                          candidates_.front().end == place;
    const bool is_close = one.is_telling && fresh_ != kNowhere && fresh_ < one.start &&
                          one.start - fresh_ <= kLeftOver;
    const bool follows =
        is_first && (is_close ? !one.is_barred && is_settled(one.kind, one.start) && is_sound(one)
                              : went && passes_at_once(one));
    if (follows) emit(one, sink);
    if (went || follows) i = static_cast<std::size_t>(-1);  // again from the start
  }
}

// What waited for a candidate that came to nothing is judged as if that one had never been there.
void Framer::settle_late(FrameSink& sink) {
  std::vector<std::size_t> ends;
  for (const Candidate& one : candidates_) {
    if (one.end != 0 && one.end < scan_) ends.push_back(one.end);
  }
  std::ranges::sort(ends);
  for (const std::size_t end : ends) settle_ended(end, sink);
  if (scan_ > 0) drop_unconfirmed(scan_ - 1, sink);
}

// At `place` stands no strong frame. Candidates that ended so far before it that what is left over
// cannot belong to them have nothing that confirms them. Those that need nothing go out.
void Framer::drop_unconfirmed(std::size_t place, FrameSink& sink) {
  for (std::size_t i = 0; i < candidates_.size();) {
    const Candidate one = candidates_[i++];
    if (one.end == 0 || one.end + kLeftOver > place) continue;
    const bool is_awaited =
        std::any_of(candidates_.begin(), candidates_.end(), [&one](const Candidate& other) {
          return other.start >= one.end && other.start <= one.end + kLeftOver;
        });
    if (is_awaited || is_inside(one)) continue;
    if (one.begins && one.is_telling && can_pass(one, place)) {
      emit(one, sink);
    } else {
      candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    i = 0;
  }
}

}  // namespace meterpipe::link
