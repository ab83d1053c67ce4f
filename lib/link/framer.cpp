#include "link/framer.hpp"

#include <algorithm>

#include "base/telegram.hpp"
#include "link/hdlc.hpp"
#include "link/heads.hpp"
#include "link/mbus.hpp"
#include "link/p1.hpp"
#include "link/sml.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongestRun = 1024;  // of skipped bytes in one report, if they are noise
constexpr std::size_t kCompactAt = 8192;
constexpr std::size_t kMostNotes = 4096;
constexpr int kDamaged = 3;

// Which reason says more about bytes that were dropped.
int weight(Fault fault) {
  switch (fault) {
    case Fault::bad_checksum:
    case Fault::bad_fcs:
    case Fault::bad_hcs:
    case Fault::bad_sml_crc:
    case Fault::bad_bcc:
    case Fault::bad_crc: return kDamaged;
    case Fault::unframed_apdu: return 1;
    default: return 2;
  }
}

}  // namespace

std::string_view link_name(FrameKind kind) {
  switch (kind) {
    case FrameKind::hdlc:
    case FrameKind::hdlc_fill: return "hdlc";
    case FrameKind::wrapper: return "wrapper";
    case FrameKind::p1: return "p1";
    case FrameKind::llc: return "llc";
    case FrameKind::sml: return "sml";
    case FrameKind::bare: return "none";
    default: return "mbus";
  }
}

void Framer::push(Bytes bytes, FrameSink& sink) {
  append(buffer_, bytes);
  for (;;) {
    scan(false, sink);
    const std::size_t next = next_sight();
    if (next > buffer_.size()) break;
    sight_ = next;
  }
  compact();
}

// The first byte that changes anything once it is there.
std::size_t Framer::next_sight() const {
  // Without candidates scan() looks for itself as far as it must.
  if (candidates_.empty()) return scan_ == sight_ ? sight_ + 1 : kNowhere;
  std::size_t next = scan_ == sight_ ? sight_ + 1 : std::max(wait_, sight_ + 1);
  for (const Candidate& one : candidates_) {
    if (one.end == 0) next = std::min(next, std::max(one.due, sight_ + 1));
  }
  return std::max(next, hold_);
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
  sight_ = buffer_.size();
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
  for (std::size_t* place :
       {&look_, &sight_, &scan_, &wait_, &hold_, &damaged_, &doubted_from_, &doubted_})
    *place -= std::min(*place, at_);
  fresh_ = fresh_ == kNowhere || fresh_ < at_ ? kNowhere : fresh_ - at_;
  plain_lines_.shift(at_);
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
  if (!at_end && sight_ < hold_) return;
  bool ruled_out = false;
  while (!candidates_.empty() && ask_again(ruled_out, sink)) {
  }
  if (ruled_out) settle_late(sink);
  while (true) {
    if (!candidates_.empty() && scan_ < sight_ && (at_end || sight_ >= wait_)) {
      settle_ended(scan_, sink);
      if (!marks_.empty() && is_mark(scan_)) settle_all(scan_, sink);
    }
    const bool is_free = candidates_.empty() && !at_end;
    if (is_free && scan_ == sight_ && sight_ < buffer_.size()) ++sight_;
    if (scan_ == sight_ || (!at_end && (is_free ? buffer_.size() : sight_) < wait_)) break;
    Probe probe = is_free ? look() : probe_strong(seen().subspan(scan_), scan_ == fresh_, at_end);
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
                                : is_cut_frame(seen().subspan(scan_), *probe.why);
      if (is_frame) damaged_ = std::max(damaged_, scan_ + probe.why_size);
    }
    if (probe.answer == Probe::Answer::found) {
      if (add_candidate(probe.frame.kind, scan_ == fresh_, at_end, sink)) continue;
    } else if (add_candidates(at_end, sink)) {
      continue;
    }
    if (!candidates_.empty()) drop_unconfirmed(scan_, sink);
    ++scan_;
    if (candidates_.empty()) skip_to(scan_, sink);
  }
  if (!candidates_.empty() && scan_ == sight_) settle_ended(scan_, sink);
  skip_to(candidates_.empty() ? scan_ : candidates_.front().start, sink);
}

// The strong probe's answer while nothing else waits: a good frame however far it goes, and what is
// none as soon as the bytes say so.
Probe Framer::look() {
  const bool is_fresh = scan_ == fresh_;
  Probe probe = probe_strong(Bytes(buffer_).subspan(scan_), is_fresh, false);
  if (probe.answer == Probe::Answer::need_more) return probe;
  if (probe.answer == Probe::Answer::found && !probe.is_weak) {
    sight_ = std::max(sight_, scan_ + probe.frame.bytes.size());
    return probe;
  }
  probe = probe_strong(seen().subspan(scan_), is_fresh, false);
  if (probe.answer != Probe::Answer::need_more) return probe;
  // An answer stays once it is given, and is given soon as a rule.
  const auto is_clear = [&](std::size_t end) {
    const Bytes rest = Bytes(buffer_).subspan(scan_, end - scan_);
    return probe_strong(rest, is_fresh, false).answer != Probe::Answer::need_more;
  };
  std::size_t least = sight_ + 1, most = least;
  for (std::size_t step = 1; most < buffer_.size() && !is_clear(most); step *= 2) {
    least = most + 1;
    most = std::min(most + step, buffer_.size());
  }
  while (least < most) {
    const std::size_t middle = least + (most - least) / 2;
    if (is_clear(middle)) {
      most = middle;
    } else {
      least = middle + 1;
    }
  }
  sight_ = most;
  probe = probe_strong(seen().subspan(scan_), is_fresh, false);
  return probe;
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
Probe Framer::probe_strong(Bytes rest, bool is_fresh, bool at_end) const {
  const Link link = settings_.link;
  const bool any = link == Link::automatic;
  switch (rest[0]) {
    case 0x68:
    case 0x10:
    case 0xe5:
      if (any || link == Link::mbus) return probe_mbus(rest, is_fresh, at_end);
      break;
    case '/':
      if (any || link == Link::p1) return probe_telegram(rest, at_end);
      break;
    case kSmlEscape:
      if (any && settings_.sml) return probe_sml(rest, at_end);
      break;
    default:
      if ((rest[0] == kHdlcFlag || (is_fresh && flag_before_)) && (any || link == Link::hdlc)) {
        return probe_hdlc(rest, is_fresh && flag_before_, settings_.check_fcs, at_end);
      }
  }
  return {Probe::Answer::bad};
}

// `rest` is in the buffer.
Probe Framer::probe_telegram(Bytes rest, bool at_end) const {
  const auto place = static_cast<std::size_t>(rest.data() - buffer_.data());
  return probe_p1(rest, at_end, settings_.check_fcs, place, plain_lines_);
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
    if (note.at >= at_ && note.end <= look_ + 1 && note.end <= sight_ &&
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
  const auto is_line_fill = [](std::uint8_t byte) {
    return byte == '\r' || byte == '\n' || is_telegram_fill(byte);
  };
  const bool is_lines = settled_.kind == FrameKind::p1 && at_ == fresh_ &&
                        (std::ranges::all_of(run, is_line_fill) || are_sign_ons(run));
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
