#include "link/framer.hpp"

#include <algorithm>
#include <limits>

#include "link/bare.hpp"
#include "link/hdlc.hpp"
#include "link/mbus.hpp"
#include "link/p1.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongestRun = 1024;  // of skipped bytes in one report
constexpr std::size_t kCompactAt = 8192;
constexpr std::size_t kMostCandidates = 64;
constexpr std::size_t kMostNotes = 4096;
constexpr std::size_t kSlowly =
    4096;  // a body that is walked anew for every byte: not from here on
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
constexpr int kDamaged = 2;

// Which reason says more about bytes that were dropped.
int weight(Fault fault) {
  switch (fault) {
    case Fault::bad_checksum:
    case Fault::bad_fcs:
    case Fault::bad_hcs:
    case Fault::bad_crc: return kDamaged;
    case Fault::noise: return 0;
    default: return 1;
  }
}

bool is_weak(FrameKind kind) {
  return kind == FrameKind::wrapper || kind == FrameKind::p1 || kind == FrameKind::llc ||
         kind == FrameKind::bare;
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

void Framer::gap(FrameSink& sink) {
  scan(true, sink);
  for (const Candidate& one : candidates_) {
    if (one.end != 0) continue;
    const Probe probe = probe_weak(one.start, one.kind, one.is_fresh, true);
    if (probe.why) note(one.start, probe);
  }
  confirm_before(buffer_.size(), true, sink);
  candidates_.clear();
  skip_to(buffer_.size(), sink);
  give_skipped(sink);
  fresh_ = scan_ = look_;
  compact();
}

void Framer::compact() {
  if (at_ != buffer_.size() && at_ <= kCompactAt) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  base_ += at_;
  for (std::size_t* place : {&look_, &scan_, &wait_, &hold_, &damaged_})
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
  while (!candidates_.empty() && ask_again(sink)) {
  }
  while (scan_ < buffer_.size() && (at_end || buffer_.size() >= wait_)) {
    if (!candidates_.empty()) settle_ended(sink);
    Probe probe = probe_strong(Bytes(buffer_).subspan(scan_), at_end);
    if (probe.answer == Probe::Answer::need_more) {
      wait_ = scan_ + probe.needed;
      break;
    }
    if (probe.answer == Probe::Answer::found && !probe.is_weak) {
      if (!candidates_.empty()) confirm_before(scan_, true, sink);
      candidates_.clear();
      emit(probe.frame, scan_, sink);
      continue;
    }
    if (probe.why) {
      note(scan_, probe);
      if (weight(probe.why->fault) == kDamaged && !probe.if_closed) {
        damaged_ = std::max(damaged_, scan_ + probe.why_size);
      }
    }
    if (probe.answer == Probe::Answer::found) {
      if (add_candidate(probe.frame.kind, scan_ == fresh_, at_end, sink)) continue;
    } else if (add_candidates(at_end, sink)) {
      continue;
    }
    if (!candidates_.empty()) drop_unconfirmed();
    ++scan_;
    if (candidates_.empty() && scan_ - look_ >= kLongestRun) skip_to(scan_, sink);
  }
  if (!candidates_.empty() && scan_ == buffer_.size()) settle_ended(sink);
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
      if (any || link == Link::p1) return probe_p1(rest, at_end);
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
    case FrameKind::p1: return probe_p1(rest, at_end);
    case FrameKind::wrapper: return probe_wrapper(rest, is_fresh, at_end);
    default: return probe_bare(rest, kind, is_fresh, at_end);
  }
}

// True: a frame went out, and scan_ stands behind it.
bool Framer::add_candidates(bool at_end, FrameSink& sink) {
  const Link link = settings_.link;
  const std::uint8_t first = buffer_[scan_];
  bool is_fresh = scan_ == fresh_;
  if (!is_fresh && (first == 0x0f || first >= 0xdb)) {  // as good: behind one of the same tag
    for (const Candidate& one : candidates_) {
      is_fresh |= one.end == scan_ && one.kind == FrameKind::bare && buffer_[one.start] == first;
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
  if (scan_ < damaged_) return false;
  const Probe probe = probe_weak(scan_, kind, is_fresh, at_end);
  if (probe.answer == Probe::Answer::bad || probe.needed > kLongest) {
    if (probe.why) note(scan_, probe);
    return false;
  }
  Candidate one{scan_, 0, scan_ + probe.needed, kind, is_fresh};
  if (probe.answer == Probe::Answer::found) {
    one.end = scan_ + probe.frame.bytes.size();
    one.is_telling = probe.is_telling;
    if (passes_at_once(one)) {
      emit(one, sink);
      return true;
    }
  }
  if (candidates_.size() == kMostCandidates) candidates_.erase(candidates_.begin());
  candidates_.push_back(one);
  return false;
}

// Asks the candidates whose end is not known, now that there are more bytes. True: one of them
// went out, or all have to be asked once more.
bool Framer::ask_again(FrameSink& sink) {
  for (auto one = candidates_.begin(); one != candidates_.end();) {
    if (one->end != 0 || one->due > buffer_.size()) {
      ++one;
      continue;
    }
    const Probe probe = probe_weak(one->start, one->kind, one->is_fresh, false);
    if (probe.answer == Probe::Answer::bad || probe.needed > kLongest) {
      one = candidates_.erase(one);
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
    } else if (const std::size_t there = buffer_.size() - one->start;
               there > kSlowly && probe.needed == there + 1) {
      hold_ = std::max(hold_, buffer_.size() + there / 16);
    }
    ++one;
  }
  return false;
}

// Like the frame before it and right behind it, or of the one kind that was asked for; and nothing
// inside that looks as if its length were wrong.
bool Framer::passes_at_once(const Candidate& one) const {
  if (one.start != fresh_) return false;
  const bool is_settled = settled_.kind == one.kind &&
                          (one.kind != FrameKind::bare || settled_.tag == buffer_[one.start]);
  const bool is_forced = settings_.link != Link::automatic;
  if (!is_settled && !is_forced) return false;
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

// What ends at `end` is confirmed from behind: the first one to begin goes out, one with a telling
// head before one without, which only a strong frame or a gap confirms.
void Framer::confirm_before(std::size_t end, bool by_strong, FrameSink& sink) {
  if (end == 0) return;  // stands for an end that is not known
  const Candidate* best = nullptr;
  for (const Candidate& one : candidates_) {
    if (one.end != end || (!one.is_telling && !by_strong)) continue;
    if (best == nullptr || (one.is_telling && !best->is_telling)) best = &one;
  }
  if (best != nullptr) emit(Candidate(*best), sink);
}

// Candidates that end here are whole and clean. They confirm those that end where they begin.
void Framer::settle_ended(FrameSink& sink) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].end != scan_) continue;
    const std::size_t start = candidates_[i].start;
    const std::size_t before = candidates_.size();
    confirm_before(start, false, sink);
    if (candidates_.size() == before) continue;
    // What is left begins at `start` or behind; the first of them may follow at once.
    if (!candidates_.empty() && candidates_.front().start == start &&
        candidates_.front().end == scan_ && passes_at_once(candidates_.front())) {
      emit(Candidate(candidates_.front()), sink);
    }
    i = static_cast<std::size_t>(-1);  // again from the start
  }
}

// At scan_ stands no strong frame. Candidates that end here, or ended at a place where nothing
// waits any more, have nothing that confirms them.
void Framer::drop_unconfirmed() {
  for (std::size_t i = candidates_.size(); i-- > 0;) {
    const std::size_t end = candidates_[i].end;
    if (end == 0 || end > scan_) continue;
    const bool is_awaited =
        std::ranges::any_of(candidates_, [end](const Candidate& one) { return one.start == end; });
    if (!is_awaited) candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Framer::emit(const Candidate& one, FrameSink& sink) {
  Probe probe = probe_weak(one.start, one.kind, one.is_fresh, true);
  emit(probe.frame, one.start, sink);
}

void Framer::emit(Frame& frame, std::size_t start, FrameSink& sink) {
  const std::size_t end = start + frame.bytes.size();
  skip_to(start, sink);
  give_skipped(sink);
  std::erase_if(candidates_, [end](const Candidate& one) { return one.start < end; });
  std::erase_if(notes_, [end](const Note& note) { return note.at < end; });
  at_ = look_ = fresh_ = end;
  wait_ = hold_ = damaged_ = 0;
  scan_ = std::max(scan_, end);
  flag_before_ = frame.kind == FrameKind::hdlc && frame.bytes.back() == kHdlcFlag;
  settled_ = {frame.kind, is_weak(frame.kind) ? frame.bytes[0] : std::uint8_t{0}};
  frame.offset = base_ + start;
  sink.on_frame(frame);
}

// The bytes up to `place` belong to no frame.
void Framer::skip_to(std::size_t place, FrameSink& sink) {
  std::size_t next = 0;
  while (look_ < place) {
    const bool has_note = next < notes_.size() && notes_[next].at < place;
    const std::size_t stop = has_note ? std::max(look_, notes_[next].at) : place;
    while (stop - at_ >= kLongestRun) {
      look_ = at_ + kLongestRun;
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
  const bool is_fill =
      settings_.link != Link::mbus &&
      std::ranges::all_of(run, [](std::uint8_t byte) { return byte == kHdlcFlag; });
  at_ = look_;
  flag_before_ = is_fill;
  if (!is_fill) return sink.on_skipped(skipped);
  Frame fill{};
  fill.kind = FrameKind::hdlc_fill;
  fill.bytes = run;
  fill.offset = offset;
  sink.on_frame(fill);
}

}  // namespace meterpipe::link
