#include "link/framer.hpp"

#include <algorithm>
#include <limits>

#include "apdu/llc.hpp"
#include "base/telegram.hpp"
#include "link/bare.hpp"
#include "link/hdlc.hpp"
#include "link/mbus.hpp"
#include "link/p1.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongestRun = 1024;  // of skipped bytes in one report, if they are noise
constexpr std::size_t kCompactAt = 8192;
constexpr std::size_t kMostCandidates = 64;
constexpr std::size_t kMostNotes = 4096;
constexpr std::size_t kSlowly =
    4096;  // a body that is walked anew for every byte: not from here on
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
constexpr int kDamaged = 3;
constexpr std::size_t kPorts = 6;         // version and ports of a wrapper frame
constexpr std::size_t kLongestHead = 24;  // of an HDLC frame with LLC, and to spare

// Which reason says more about bytes that were dropped.
int weight(Fault fault) {
  switch (fault) {
    case Fault::bad_checksum:
    case Fault::bad_fcs:
    case Fault::bad_hcs:
    case Fault::bad_crc: return kDamaged;
    case Fault::noise: return 0;
    case Fault::unframed_apdu: return 1;
    default: return 2;
  }
}

bool is_bare(FrameKind kind) { return kind == FrameKind::llc || kind == FrameKind::bare; }

bool is_weak(FrameKind kind) {
  return kind == FrameKind::wrapper || kind == FrameKind::p1 || is_bare(kind);
}

bool is_line_end(Bytes bytes) {
  return bytes.size() <= Framer::kLeftOver &&
         std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
           return byte == '\r' || byte == '\n' || byte == '\0';
         });
}

// C A CI of a DLMS push.
bool is_push(Bytes fields) { return link::is_push(fields[0], fields[2]); }

// Whether the last bytes are 68 L L 68 C A CI [STSAP DTSAP], one of them wrong or the first four
// missing.
bool ends_in_mbus_head(Bytes before) {
  constexpr std::size_t kFields = 4, kSaps = 2, kLong = 9;
  for (const std::size_t size : {kLong, kLong - kSaps}) {
    if (before.size() < size) continue;
    const Bytes head = before.last(size);
    const int right = (head[0] == 0x68) + (head[3] == 0x68) + (head[1] == head[2]) +
                      is_push(head.subspan(kFields));
    if (right >= 3) return true;
  }
  return before.size() >= kLong - kFields && is_push(before.last(kLong - kFields));
}

// Whether what began as a strong frame and was cut is one: an HDLC header has its HCS, an M-Bus
// frame has the fields of a push.
bool is_cut_frame(Bytes rest, const Error& why) {
  constexpr std::size_t kWithFields = 7;
  if (why.fault != Fault::truncated_frame) return false;
  return rest[0] == kHdlcFlag || rest.size() < kWithFields || is_push(rest.subspan(4));
}

// The same of flag, format, addresses, control and HCS.
bool ends_in_hdlc_head(Bytes before) {
  constexpr std::size_t kLeastHead = 8, kMostHead = 14;
  for (std::size_t size = kLeastHead; size <= std::min(kMostHead, before.size()); ++size) {
    const Bytes head = before.last(size);
    if (head[0] == kHdlcFlag && ((head[1] & 0xf0) == 0xa0 || hdlc_head_size(head) == size)) {
      return true;
    }
  }
  return ends_in_hcs(before);
}

// Whether these bytes end in the head of an M-Bus or HDLC frame, so that the APDU behind them is
// that frame's. `llc`: an LLC header stands behind them.
bool ends_in_head(Bytes before, bool llc) {
  if (ends_in_mbus_head(before) || (llc && ends_in_hdlc_head(before))) return true;
  return !llc && before.size() >= apdu::kLlcSize && apdu::has_llc(before.last(apdu::kLlcSize)) &&
         ends_in_hdlc_head(before.first(before.size() - apdu::kLlcSize));
}

}  // namespace

std::string_view link_name(FrameKind kind) {
  switch (kind) {
    case FrameKind::hdlc:
    case FrameKind::hdlc_fill: return "hdlc";
    case FrameKind::wrapper: return "wrapper";
    case FrameKind::p1: return "p1";
    case FrameKind::llc: return "llc";
    case FrameKind::bare: return "none";
    default: return "mbus";
  }
}

void Framer::push(Bytes bytes, FrameSink& sink) {
  append(buffer_, bytes);
  scan(false, sink);
  compact();
}

void Framer::mark_end(FrameSink& sink) {
  if (at_ == buffer_.size()) marks_.clear();
  if (marks_.empty() || marks_.back() != buffer_.size()) marks_.push_back(buffer_.size());
  if (candidates_.empty() || scan_ != buffer_.size()) return;
  settle_all(scan_, sink);
  skip_to(candidates_.empty() ? scan_ : candidates_.front().start, sink);
  compact();
}

void Framer::gap(FrameSink& sink) {
  scan(true, sink);
  for (const Candidate& one : candidates_) {
    if (one.end != 0 || !one.is_first || one.is_barred) continue;
    const Probe probe = probe_weak(one.start, one.kind, one.is_fresh, true);
    if (probe.why) note(one.start, probe);
  }
  std::erase_if(candidates_, [](const Candidate& one) { return one.end == 0; });
  settle_all(buffer_.size(), sink);
  candidates_.clear();
  skip_to(buffer_.size(), sink);
  give_skipped(sink);
  fresh_ = scan_ = look_;
  damaged_ = doubted_ = 0;
  compact();
}

void Framer::compact() {
  if (at_ != buffer_.size() && at_ <= kCompactAt) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  base_ += at_;
  if (!marks_.empty()) {
    std::erase_if(marks_, [this](std::size_t place) { return place < at_; });
    for (std::size_t& place : marks_) place -= at_;
  }
  for (std::size_t* place : {&look_, &scan_, &wait_, &hold_, &damaged_, &doubted_from_, &doubted_})
    *place -= std::min(*place, at_);
  fresh_ = fresh_ == kNowhere || fresh_ < at_ ? kNowhere : fresh_ - at_;
  for (Candidate& one : candidates_) {
    one.start -= at_;
    if (one.end != 0) one.end -= at_;
    one.due -= at_;
  }
  const auto shift = [this](Note& note) {
    note.at -= std::min(note.at, at_);
    note.end -= std::min(note.end, at_);
  };
  for (Note& note : notes_) shift(note);
  for (Note& note : closed_) shift(note);
  if (why_) shift(*why_);
  at_ = 0;
}

void Framer::scan(bool at_end, FrameSink& sink) {
  if (!at_end && buffer_.size() < hold_) return;
  bool ruled_out = false;
  while (!candidates_.empty() && ask_again(ruled_out, sink)) {
  }
  if (ruled_out) settle_late(sink);
  while (scan_ < buffer_.size() && (at_end || buffer_.size() >= wait_)) {
    if (!candidates_.empty()) {
      settle_ended(scan_, sink);
      if (!marks_.empty() && is_mark(scan_)) settle_all(scan_, sink);
    }
    Probe probe = probe_strong(Bytes(buffer_).subspan(scan_), at_end);
    if (probe.answer == Probe::Answer::need_more) {
      wait_ = scan_ + probe.needed;
      break;
    }
    if (probe.answer == Probe::Answer::found && !probe.is_weak) {
      if (!candidates_.empty() && !confirm_before(scan_, true, sink)) {
        settle_begun(scan_, kNowhere, false, sink);
      }
      candidates_.clear();
      has_checked_ |= probe.has_check &&
                      probe.frame.kind != FrameKind::mbus_short &&  // five bytes and one are little
                      probe.frame.kind != FrameKind::mbus_ack;
      emit(probe.frame, scan_, sink);
      continue;
    }
    if (probe.why) {
      note(scan_, probe);
      const bool is_frame = weight(probe.why->fault) == kDamaged
                                ? !probe.if_closed
                                : is_cut_frame(Bytes(buffer_).subspan(scan_), *probe.why);
      if (is_frame) damaged_ = std::max(damaged_, scan_ + probe.why_size);
    }
    if (probe.answer == Probe::Answer::found) {
      if (add_candidate(probe.frame.kind, scan_ == fresh_, at_end, sink)) continue;
    } else if (add_candidates(at_end, sink)) {
      continue;
    }
    if (!candidates_.empty()) drop_unconfirmed(scan_, sink);
    ++scan_;
    if (candidates_.empty() && scan_ - look_ >= kLongestRun) skip_to(scan_, sink);
  }
  if (!candidates_.empty() && scan_ == buffer_.size()) settle_ended(scan_, sink);
  skip_to(candidates_.empty() ? scan_ : candidates_.front().start, sink);
}

// Something to say about the bytes at a place, if no frame holds them.
void Framer::note(std::size_t place, const Probe& probe) {
  if (notes_.size() == kMostNotes) return;
  const auto behind =
      std::upper_bound(notes_.begin(), notes_.end(), place,
                       [](std::size_t at, const Note& other) { return at < other.at; });
  notes_.insert(behind, {place, place + probe.why_size, *probe.why, probe.if_closed});
}

// M-Bus, HDLC and P1 begin with bytes that nothing else begins with, but for a frame behind a flag
// that it shares, and 10 for an APDU that nobody sends alone.
Probe Framer::probe_strong(Bytes rest, bool at_end) const {
  const Link link = settings_.link;
  const bool any = link == Link::automatic;
  const bool is_fresh = scan_ == fresh_;
  switch (rest[0]) {
    case 0x68:
    case 0x10:
    case 0xe5:
      if (any || link == Link::mbus) return probe_mbus(rest, is_fresh, at_end);
      break;
    case '/':
      if (any || link == Link::p1) return probe_p1(rest, at_end, settings_.check_fcs);
      break;
    default:
      if ((rest[0] == kHdlcFlag || (is_fresh && flag_before_)) && (any || link == Link::hdlc)) {
        return probe_hdlc(rest, is_fresh && flag_before_, settings_.check_fcs, at_end);
      }
  }
  return {Probe::Answer::bad};
}

Probe Framer::probe_weak(std::size_t start, FrameKind kind, bool is_fresh, bool at_end) const {
  Bytes rest = Bytes(buffer_).subspan(start);
  rest = rest.first(std::min(rest.size(), kLongest));
  switch (kind) {
    case FrameKind::mbus_short: return probe_mbus(rest, is_fresh, at_end);
    case FrameKind::p1: return probe_p1(rest, at_end, settings_.check_fcs);
    case FrameKind::wrapper: return probe_wrapper(rest, is_fresh, at_end);
    default: return probe_bare(rest, kind, is_fresh, at_end);
  }
}

// True: a frame went out, and scan_ stands behind it.
bool Framer::add_candidates(bool at_end, FrameSink& sink) {
  const Link link = settings_.link;
  const std::uint8_t first = buffer_[scan_];
  bool is_fresh = scan_ == fresh_;
  if (!is_fresh && (first == 0x00 || first == 0x0f || first >= 0xdb)) {
    // As good: behind one of the same tag, or behind a wrapper frame.
    const FrameKind kind = first == 0x00 ? FrameKind::wrapper : FrameKind::bare;
    for (const Candidate& one : candidates_) {
      is_fresh |= one.end == scan_ && one.kind == kind && buffer_[one.start] == first;
    }
  }
  const auto wants = [link](Link kind) { return link == Link::automatic || link == kind; };
  if (first == 0x00 && wants(Link::wrapper)) {
    return add_candidate(FrameKind::wrapper, is_fresh, at_end, sink);
  }
  if (first == 0xe6 && wants(Link::llc))
    return add_candidate(FrameKind::llc, is_fresh, at_end, sink);
  const bool may_tell = first == 0xdb || first == 0xdc || first == 0x0f;
  if ((may_tell || is_fresh) && wants(Link::none)) {
    return add_candidate(FrameKind::bare, is_fresh, at_end, sink);
  }
  return false;
}

bool Framer::add_candidate(FrameKind kind, bool is_fresh, bool at_end, FrameSink& sink) {
  if (scan_ < damaged_ || scan_ < doubted_) return false;
  const bool is_first = is_fresh || begins_at(scan_, 0);
  const bool begins = is_first || begins_at(scan_, kLeftOver);
  const bool is_open = settings_.link == Link::automatic && is_bare(kind);
  const bool is_barred = is_open && has_checked_;
  const bool doubtful = is_open && !is_first && is_doubtful(kind);
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
  }
  if (candidates_.size() == kMostCandidates) candidates_.erase(candidates_.begin());
  candidates_.push_back(one);
  return false;
}

// Asks the candidates whose end is not known, now that there are more bytes. True: one of them
// went out, or all have to be asked once more. `ruled_out`: one of them is none.
bool Framer::ask_again(bool& ruled_out, FrameSink& sink) {
  for (auto one = candidates_.begin(); one != candidates_.end();) {
    if (one->end != 0 || one->due > buffer_.size()) {
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
    } else if (const std::size_t there = buffer_.size() - one->start;
               there > kSlowly && probe.needed == there + 1) {
      hold_ = std::max(hold_, buffer_.size() + there / 16);
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
  const std::size_t from = place - std::min(place, left_over);
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

// Whether the bytes before scan_ may be what is left of a strong frame's head.
bool Framer::is_doubtful(FrameKind kind) const {
  if (is_settled(kind, scan_)) return false;
  for (const Candidate& one : candidates_) {
    if (one.end == scan_) return false;
  }
  std::size_t from = scan_ - std::min(scan_, kLongestHead);
  if (fresh_ != kNowhere) from = std::max(from, std::min(fresh_, scan_));
  const auto mark = std::upper_bound(marks_.begin(), marks_.end(), scan_);
  if (mark != marks_.begin()) from = std::max(from, *(mark - 1));
  return ends_in_head(Bytes(buffer_).subspan(from, scan_ - from), kind == FrameKind::llc);
}

// Like the frame before it and right behind it, or of the one kind that was asked for; and nothing
// inside that looks as if its length were wrong.
bool Framer::passes_at_once(const Candidate& one) const {
  if (one.start != fresh_ || one.is_barred || one.is_doubtful) return false;
  const bool is_forced = settings_.link != Link::automatic;
  return (is_forced || is_settled(one.kind, one.start)) && is_sound(one);
}

// Nothing inside looks as if its length were wrong.
bool Framer::is_sound(const Candidate& one) const {
  if (one.kind == FrameKind::p1) return true;
  const Bytes frame = Bytes(buffer_).subspan(one.start, one.end - one.start);
  for (std::size_t i = 1; i < frame.size(); ++i) {
    const Bytes rest = frame.subspan(i);
    switch (rest[0]) {
      case 0x68:
      case kHdlcFlag:
      case '/': {
        const Probe probe = probe_strong(rest, false);
        if (probe.answer == Probe::Answer::found && !probe.is_weak) return false;
        break;
      }
      default:
        if (rest[0] == frame[0] && is_like(one, one.start + i)) return false;
    }
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
  if (flag < limit + 1 && flag < buffer_.size() && buffer_[flag] == kHdlcFlag) return true;
  return one.kind == FrameKind::bare && stop < limit && buffer_[stop] == 0x16;
}

// What ends at `end` is confirmed from behind: the first one to begin goes out, one with a telling
// head before one without, which only a strong frame or a gap confirms, and a wrapper frame one
// from the same port to the same. True: one went out.
bool Framer::confirm_before(std::size_t end, bool by_strong, FrameSink& sink) {
  if (end == 0) return false;  // stands for an end that is not known
  const Bytes behind = Bytes(buffer_).subspan(end);
  const Candidate* best = nullptr;
  for (const Candidate& one : candidates_) {
    if (one.end != end || one.is_barred || (one.is_doubtful && by_strong)) continue;
    const bool is_alike = one.kind == FrameKind::wrapper && behind.size() >= kPorts &&
                          std::equal(behind.begin(), behind.begin() + kPorts,
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

void Framer::emit(const Candidate& one, FrameSink& sink) {
  Probe probe = probe_weak(one.start, one.kind, one.is_fresh, true);
  emit(probe.frame, one.start, sink);
}

void Framer::emit(Frame& frame, std::size_t start, FrameSink& sink) {
  // Those before it that need nothing behind them. They may have waited for a candidate that this
  // frame rules out.
  if (!candidates_.empty()) settle_begun(start, kNowhere, false, sink);
  const std::size_t end = start + frame.bytes.size();
  skip_to(start, sink);
  give_skipped(sink);
  std::erase_if(candidates_, [end](const Candidate& one) { return one.start < end; });
  std::erase_if(notes_, [end](const Note& note) { return note.at < end; });
  at_ = look_ = fresh_ = end;
  wait_ = hold_ = 0;
  if (damaged_ <= end) damaged_ = 0;
  if (doubted_from_ < end) doubted_ = 0;
  scan_ = std::max(scan_, end);
  flag_before_ = frame.kind == FrameKind::hdlc && frame.bytes.back() == kHdlcFlag;
  settled_ = {frame.kind, is_weak(frame.kind) ? frame.bytes[0] : std::uint8_t{0}};
  frame.offset = base_ + start;
  sink.on_frame(frame);
}

// Of skipped bytes in one report: a damaged frame is one loss, however long it is.
std::size_t Framer::longest_run() const {
  return why_ && why_->end > at_ ? std::max(kLongestRun, why_->end - at_) : kLongestRun;
}

// The bytes up to `place` belong to no frame.
void Framer::skip_to(std::size_t place, FrameSink& sink) {
  std::size_t next = 0;
  while (look_ < place) {
    const bool has_note = next < notes_.size() && notes_[next].at < place;
    const std::size_t stop = has_note ? std::max(look_, notes_[next].at) : place;
    while (stop - at_ >= longest_run()) {
      look_ = at_ + longest_run();
      give_skipped(sink);
    }
    look_ = stop;
    if (!has_note) break;
    const Note& note = notes_[next++];
    if (note.if_closed) {
      closed_.push_back(note);
    } else {
      // A second broken frame behind the first is a loss of its own.
      if (why_ && why_->end <= look_) give_skipped(sink);
      if (!why_ || weight(note.error.fault) > weight(why_->error.fault)) why_ = note;
    }
  }
  if (next != 0) notes_.erase(notes_.begin(), notes_.begin() + static_cast<std::ptrdiff_t>(next));
}

// The bytes from at_ to look_ belong to no frame.
void Framer::give_skipped(FrameSink& sink) {
  if (at_ == look_) return;
  const Bytes run = Bytes(buffer_).subspan(at_, look_ - at_);
  const std::uint64_t offset = base_ + at_;
  for (const Note& note : closed_) {  // the closing flag may open the next frame
    if (why_ && weight(why_->error.fault) >= weight(note.error.fault)) break;
    if (note.at >= at_ && note.end <= look_ + 1 && note.end <= buffer_.size() &&
        buffer_[note.end - 1] == kHdlcFlag) {
      why_ = note;
    }
  }
  closed_.clear();
  Skipped skipped{run, offset, Error{Fault::noise, 0, 0, run.size()}};
  if (why_ && why_->at >= at_) {
    skipped.why = why_->error;
    skipped.why.offset = why_->at - at_;
  }
  why_.reset();
  const bool is_flags =
      settings_.link != Link::mbus &&
      std::ranges::all_of(run, [](std::uint8_t byte) { return byte == kHdlcFlag; });
  const bool is_lines = settled_.kind == FrameKind::p1 && at_ == fresh_ &&
                        std::ranges::all_of(run, [](std::uint8_t byte) {
                          return byte == '\r' || byte == '\n' || is_telegram_fill(byte);
                        });
  at_ = look_;
  flag_before_ = is_flags;
  if (!is_flags && !is_lines) return sink.on_skipped(skipped);
  Frame fill{};
  fill.kind = FrameKind::hdlc_fill;
  fill.bytes = run;
  fill.offset = offset;
  sink.on_frame(fill);
}

}  // namespace meterpipe::link
