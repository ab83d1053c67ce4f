#include "serial/trial.hpp"

#include <algorithm>

namespace meterpipe::serial {
namespace {

// No two of the longest HDLC frames, nor the longest telegram seen, are longer.
constexpr std::uint64_t kLongBurst = 4200;
constexpr std::int64_t kLongBurstUs = 60'000'000;  // at 300 baud a telegram takes half of it
// So many bytes without a mark: by chance that is one in 2^16 where half of all are marked.
constexpr std::uint64_t kProof = 16;
// With many marks less will do. Not much less: a frame that verifies in spite of them tells that
// only the parity is wrong.
constexpr std::uint64_t kLongGarbage = 1200;
constexpr std::uint32_t kFewRuns = 20;

bool is_message(link::FrameKind kind) {
  return kind != link::FrameKind::hdlc_fill && kind != link::FrameKind::mbus_ack &&
         kind != link::FrameKind::mbus_short;
}

// Nothing checks it. P1 telegrams are not among them: so much text is no accident.
bool is_weak(link::FrameKind kind) {
  return kind == link::FrameKind::wrapper || kind == link::FrameKind::llc ||
         kind == link::FrameKind::bare;
}

// Behind a silence any APDU is a frame; a push begins with one of these: data-notification, the
// ciphered ones, blocks.
bool is_push(const link::Frame& frame) {
  const std::uint8_t tag = frame.bytes[0];
  return frame.kind != link::FrameKind::bare || tag == 0x0f || (tag >= 0xdb && tag <= 0xe0);
}

bool contains(Bytes bytes, std::string_view what) {
  return as_text(bytes).find(what) != std::string_view::npos;
}

}  // namespace

Listener::Listener(const Setup& setup)
    : setup_(setup),
      framer_(setup.link),
      last_byte_us_(setup.start_us),
      until_us_(setup.start_us + setup.wait_us) {
  trial_.line = setup.line;
  trial_.checks_parity = setup.checks_parity;
  trial_.is_pseudo = setup.is_pseudo;
}

void Listener::push(Bytes bytes, const std::vector<std::size_t>& marked, std::int64_t now_us) {
  look_at_clock(now_us);
  if (done_ || bytes.empty()) return;
  if (!in_burst_) {
    in_burst_ = true;
    is_whole_ = now_us - last_byte_us_ >= std::int64_t{setup_.gap_ms} * 1000;
    burst_bytes_ = burst_skipped_ = 0;
    burst_start_us_ = now_us;
    after_mark_ = !is_whole_;
  }
  last_byte_us_ = now_us;
  burst_bytes_ += bytes.size();
  trial_.has_burst |= burst_bytes_ >= kSmall;
  trial_.bytes += bytes.size();
  trial_.marked += marked.size();
  const std::uint64_t position = framer_.position();
  std::size_t next = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool is_marked = next < marked.size() && marked[next] == i;
    if (is_marked) {
      ++next;
      marks_.push_back(position + i);
    }
    measure_runs(bytes[i], is_marked);
  }
  framer_.push(bytes, *this);
  look_at_frames(false);
  if (done_ || trial_.frames != 0) return;
  if (mostly_marked(kLongGarbage)) return finish(Verdict::garbage);
  if (burst_bytes_ >= kLongBurst || now_us - burst_start_us_ >= kLongBurstUs) {
    finish(Verdict::no_frame);
  }
}

std::int64_t Listener::due_us() const {
  return in_burst_ ? last_byte_us_ + std::int64_t{setup_.gap_ms} * 1000 : until_us_;
}

void Listener::look_at_clock(std::int64_t now_us) {
  if (done_) return;
  if (in_burst_ && now_us >= due_us()) end_burst(now_us);
  if (done_ || in_burst_ || now_us < until_us_) return;
  finish(trial_.frames != 0   ? Verdict::marked
         : heard_ == 0        ? Verdict::silent
         : whole_bursts_ == 0 ? Verdict::few
                              : Verdict::no_frame);
}

void Listener::on_frame(const link::Frame& frame) {
  const std::uint64_t end = frame.offset + frame.bytes.size();
  while (!marks_.empty() && marks_.front() < frame.offset) marks_.pop_front();
  std::uint64_t marked = 0;
  for (; !marks_.empty() && marks_.front() < end; marks_.pop_front()) ++marked;
  if (!is_message(frame.kind)) return;
  if (is_weak(frame.kind)) {  // it counts if it is all that came, and without a mark
    const std::size_t least = setup_.checks_parity ? kProof : 2 * kProof;
    if (frame.bytes.size() < least || !is_push(frame)) return;
    if (marked != 0 || burst_skipped_ != 0 || !is_whole_) return;
  }
  ++trial_.frames;
  trial_.frame_bytes += frame.bytes.size();
  trial_.frame_marked += marked;
  trial_.kind = frame.kind;
  // Its list name, or its title in the head of a ciphered APDU.
  trial_.is_kamstrup |= contains(frame.bytes, "Kamstrup") || contains(frame.bytes, "\xdb\x08KAM");
}

void Listener::on_skipped(const link::Skipped& skipped) {
  burst_skipped_ += skipped.bytes.size();
  const std::uint64_t end = skipped.offset + skipped.bytes.size();
  while (!marks_.empty() && marks_.front() < end) marks_.pop_front();
}

// The runs of equal bits from the start bit on, which begins with a change unless the stop bit
// before was low. The last run may go on in the stop bit.
void Listener::measure_runs(std::uint8_t byte, bool is_marked) {
  int length = 1;  // the start bit
  bool high = false;
  bool is_bounded = !after_mark_;
  bool is_one_run = true;
  for (int i = 0; i < setup_.line.data_bits; ++i) {
    const bool bit = (byte >> i & 1) != 0;
    if (bit == high) {
      ++length;
      continue;
    }
    if (is_bounded) ++runs_[std::min(length, 8)];
    is_bounded = true;
    is_one_run = false;
    high = bit;
    length = 1;
  }
  if (is_one_run && is_marked) ++breaks_;
  after_mark_ = is_marked;
}

bool Listener::mostly_marked(std::uint64_t least) const {
  return trial_.bytes >= least && trial_.marked * 4 >= trial_.bytes;
}

void Listener::look_at_frames(bool at_gap) {
  if (trial_.frames == 0) return;
  const std::uint64_t good = trial_.frame_bytes - trial_.frame_marked;
  // A single mark is a disturbance: noise that hit a parity or stop bit.
  const bool is_clean = trial_.frame_marked * 50 <= trial_.frame_bytes;
  if (is_clean && good >= kProof && (trial_.frame_marked == 0 || trial_.frames >= 4)) {
    return finish(Verdict::clean);
  }
  if (!is_clean && (at_gap || trial_.frames >= 2)) finish(Verdict::marked);
}

void Listener::end_burst(std::int64_t now_us) {
  framer_.gap(*this);
  marks_.clear();
  in_burst_ = false;
  if (burst_bytes_ >= kSmall || is_whole_) {
    heard_ += burst_bytes_;
    if (burst_bytes_ >= kSmall) trial_.bursts_us.push_back(burst_start_us_);
  }
  look_at_frames(true);
  if (done_ || burst_bytes_ < kSmall) return;
  until_us_ = now_us + setup_.wait_us;
  if (trial_.frames != 0) return;
  if (is_whole_) {
    ++whole_bursts_;
    if (mostly_marked(kSmall)) return finish(Verdict::garbage);
  }
  // The second one is a chance for a message that was disturbed.
  if (whole_bursts_ >= 2) finish(Verdict::no_frame);
}

// The shortest run is one bit of the sender's, but for disturbances. `n` bits of the reader's long
// means that the sender is about n times as slow; at n = 1 it is as fast, or faster.
void Listener::finish(Verdict verdict) {
  done_ = true;
  trial_.verdict = verdict;
  std::uint32_t all = 0;
  for (const std::uint32_t count : runs_) all += count;
  const double baud = setup_.line.baud;
  if (all >= kFewRuns) {
    int shortest = 1;
    for (std::uint32_t so_far = runs_[1]; so_far * 20 < all && shortest < 8;) {
      so_far += runs_[++shortest];
    }
    trial_.slowest = baud / (shortest + 0.7);
    if (shortest > 1) trial_.fastest = baud / (shortest - 0.7);
  } else if (all == 0 && breaks_ >= kSmall) {
    trial_.fastest = baud / (setup_.line.data_bits - 1);
  }
}

}  // namespace meterpipe::serial
