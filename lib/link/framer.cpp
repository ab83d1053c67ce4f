#include "link/framer.hpp"

#include "link/mbus.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kLongestRun = 1024;  // of skipped bytes in one report
constexpr std::size_t kCompactAt = 8192;

// Which reason says more about bytes that were dropped.
int weight(Fault fault) {
  return fault == Fault::bad_checksum ? 2 : fault == Fault::truncated_frame ? 1 : 0;
}

}  // namespace

void Framer::push(Bytes bytes, FrameSink& sink) {
  append(buffer_, bytes);
  scan(false, sink);
  if (at_ == buffer_.size() || at_ > kCompactAt) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    base_ += at_;
    look_ -= at_;
    why_end_ -= std::min(why_end_, at_);
    if (why_) why_->offset -= std::min<std::uint64_t>(why_->offset, at_);
    at_ = 0;
  }
}

void Framer::gap(FrameSink& sink) {
  scan(true, sink);
  give_skipped(sink);
}

void Framer::scan(bool at_end, FrameSink& sink) {
  while (look_ < buffer_.size()) {
    Probe probe = probe_mbus(Bytes(buffer_).subspan(look_), at_ == look_, at_end);
    if (probe.answer == Probe::Answer::need_more) return;
    if (probe.answer == Probe::Answer::found) {
      give_skipped(sink);
      probe.frame.offset = base_ + look_;
      at_ = look_ = look_ + probe.frame.bytes.size();
      sink.on_frame(probe.frame);
      continue;
    }
    if (probe.why) {
      // A second broken frame behind the first is a loss of its own.
      if (why_ && why_end_ <= look_) give_skipped(sink);
      if (!why_ || weight(probe.why->fault) > weight(why_->fault)) {
        why_ = probe.why;
        why_->offset = look_;
        why_end_ = look_ + probe.why_size;
      }
    }
    ++look_;
    if (look_ - at_ >= kLongestRun) give_skipped(sink);
  }
}

// The bytes from at_ to look_ belong to no frame.
void Framer::give_skipped(FrameSink& sink) {
  if (at_ == look_) return;
  Skipped skipped{Bytes(buffer_).subspan(at_, look_ - at_), base_ + at_, {}};
  if (why_ && why_->offset >= at_) {
    skipped.why = *why_;
    skipped.why.offset -= at_;
  } else {
    skipped.why = Error{Fault::noise, 0, 0, look_ - at_};
  }
  why_.reset();
  at_ = look_;
  sink.on_skipped(skipped);
}

}  // namespace meterpipe::link
