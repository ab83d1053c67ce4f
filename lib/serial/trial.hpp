// One try at a line whose settings are not known: what comes at these settings, and whether they
// can be the sender's. Pure: the caller has the port and the clock.
//
//   setting right          frames verify, no byte of them is marked
//   parity wrong           the bytes may be right, about half of them or all are marked: 8E1 read
//                          as 8N1 has its parity bit where the stop bit is looked for
//   7 bits read as 8       the parity stands in the top bit: nothing is marked, no frame verifies
//   baud rate wrong        other bytes, about half of them marked
//   nothing wired          nothing comes; that says nothing about the settings
//
// Bytes that come right after the port was opened may be the end of a message, so that a missing
// frame says something only about bytes that came behind a silence.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "link/framer.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::serial {

enum class Verdict : std::uint8_t {
  clean,        // frames verify, none of their bytes is marked
  marked,       // frames verify, but bytes of them are marked
  garbage,      // no frame, many bytes marked
  no_frame,     // no frame, few bytes marked
  few,          // too few bytes to say anything
  silent,       // nothing came
  refused,      // the port did not take the settings
  interrupted,  // nothing told yet
};

struct Trial {
  LineSettings line;
  Verdict verdict = Verdict::interrupted;
  bool checks_parity = true;  // the port does
  bool is_pseudo = false;     // it is no line: all settings of a rate are the same
  std::uint64_t bytes = 0;
  std::uint64_t marked = 0;  // of the bytes: with a parity or framing error
  std::uint64_t frames = 0;  // that verify
  std::uint64_t frame_bytes = 0;
  std::uint64_t frame_marked = 0;
  bool has_burst = false;               // so many bytes together are no disturbance
  std::optional<link::FrameKind> kind;  // of the last frame
  bool is_kamstrup = false;             // a frame says so
  // Between two changes of the level lies at least one bit of the sender's. What follows for its
  // baud rate; 0: nothing.
  double slowest = 0;
  double fastest = 0;
  std::vector<std::int64_t> bursts_us;  // when messages began
  std::string refusal;                  // refused: why
};

class Listener final : private link::FrameSink {
 public:
  struct Setup {
    LineSettings line = {};
    link::LinkSettings link = {};
    bool checks_parity = true;
    bool is_pseudo = false;
    int gap_ms = 0;             // silence that ends a burst
    std::int64_t wait_us = 0;   // how long it may be silent
    std::int64_t start_us = 0;  // when the port was opened, on a clock that nobody sets
  };
  static constexpr std::size_t kSmall = 8;  // a burst below is a disturbance, no message

  explicit Listener(const Setup& setup);

  // Bytes that came together; `marked` are offsets in them.
  void push(Bytes bytes, const std::vector<std::size_t>& marked, std::int64_t now_us);
  // Has to be called when due_us() is reached.
  void look_at_clock(std::int64_t now_us);
  std::int64_t due_us() const;
  bool is_done() const { return done_; }
  // Final once it is done.
  const Trial& trial() const { return trial_; }

 private:
  void on_frame(const link::Frame& frame) override;
  void on_skipped(const link::Skipped& skipped) override;
  void measure_runs(std::uint8_t byte, bool is_marked);
  void look_at_frames(bool at_gap);
  void end_burst(std::int64_t now_us);
  void finish(Verdict verdict);
  bool mostly_marked(std::uint64_t least) const;

  Setup setup_;
  Trial trial_;
  link::Framer framer_;
  std::deque<std::uint64_t> marks_;  // offsets in the stream, of what the framer still holds
  bool done_ = false;
  bool in_burst_ = false;
  bool is_whole_ = false;  // the burst began behind a silence
  std::uint64_t burst_bytes_ = 0;
  std::uint64_t burst_skipped_ = 0;
  std::int64_t burst_start_us_ = 0;
  std::int64_t last_byte_us_ = 0;
  std::int64_t until_us_ = 0;
  unsigned whole_bursts_ = 0;
  std::uint64_t heard_ = 0;  // bytes, without a disturbance at the opening
  // How many runs of equal bits had which length, each bounded by a change on both sides.
  std::uint32_t runs_[9] = {};
  std::uint32_t breaks_ = 0;  // all low, and the stop bit too
  bool after_mark_ = true;    // the character before had a wrong stop bit: the start may be no edge
};

}  // namespace meterpipe::serial
