// Finds frames in a stream of bytes that starts anywhere, has noise in it and may change its link.
//
// A probe looks at the bytes from one place on and answers NeedMore, Found or Bad; this shell keeps
// the bytes, drops one at a Bad and looks again. So no good frame is lost behind a bad one, and the
// result does not depend on where the stream was cut into pieces. Every byte pushed comes out once:
// in a frame or as skipped. What was skipped is reported as one run, with the best reason seen.
//
// `NeedMore` can be a false header in noise. It is settled by the bytes that follow, or by a gap:
// then it never was a frame and its bytes are looked at again.
//
// Strong frames prove themselves: M-Bus (checksum, stop byte), HDLC (HCS, FCS), P1 with a CRC or
// with lines that are those of a telegram. Weak ones have no check: the wrapper, APDUs with or
// without LLC, P1 without a CRC whose lines are damaged, M-Bus short frames inside noise. They wait
// as candidates, while the search for other frames goes on inside and behind them:
//
//   - a strong frame that begins inside ends a candidate; so does another candidate inside, once
//     that one is confirmed;
//   - none begins inside a strong frame that is there but for a wrong check;
//   - it is confirmed by what stands right behind it: a strong frame, a gap, a mark, the end; if
//   its
//     head tells something and not its place alone, another whole candidate, too;
//   - a telling one that begins where a message may begin (the start, a mark, the end of a frame),
//     or kLeftOver bytes behind that at most, needs nothing behind it: the bytes that a line adds
//     to each message do not hide it. (The APDU in an HDLC or M-Bus frame whose head was missed is
//     followed by the FCS and a flag, or the checksum and 16.)
//   - a frame like the one before it, right behind it or behind a gap, passes with its last byte:
//     nothing waits on a line that was understood once.
//
// An APDU without a wrapper is what is left of a strong frame that was cut. So it counts only as
// long as no strong frame was seen, and outside a strong frame that is damaged or cut. Behind what
// may remain of such a frame's head it is doubtful: only a weak frame right behind it, where the
// FCS or checksum would stand, confirms it. So is the plaintext of an APDU that is authenticated
// and not enciphered, and the content of one that is signed. A line that begins with one is no
// better. Behind strong frames an APDU is barred: noise, with a word on it.
//
// All that is decided in the order of the stream, as if its bytes came one by one: from those up to
// one place, `sight_`, however many are there. Shortcuts that look further are only taken where
// what they find cannot differ.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "link/frame.hpp"
#include "link/p1.hpp"

namespace meterpipe::link {

struct Skipped {
  Bytes bytes;
  std::uint64_t offset;
  Error why;  // noise, or what a probe said; its offset counts from `bytes`
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void on_frame(const Frame& frame) = 0;
  virtual void on_skipped(const Skipped& skipped) = 0;
};

class Framer {
 public:
  explicit Framer(const LinkSettings& settings = {}) : settings_(settings) {}

  // Frames and skipped runs that these bytes complete go to the sink, in the stream's order.
  void push(Bytes bytes, FrameSink& sink);
  // A record or a line ends here and another one begins: a place where messages end and begin,
  // while frames may go on across it.
  void mark(FrameSink& sink) {
    if (at_ != buffer_.size() || fresh_ != at_) mark_end(sink);  // else a frame ended here
  }
  // Silence on the line, or the end: what is unfinished never was a frame.
  void gap(FrameSink& sink);
  // A frame that proves itself has come.
  bool has_checked() const { return has_checked_; }
  // Bytes that it holds, about.
  std::size_t memory() const {
    return buffer_.capacity() + marks_.capacity() * sizeof marks_[0] +
           candidates_.capacity() * sizeof candidates_[0] +
           (notes_.capacity() + closed_.capacity()) * sizeof notes_[0];
  }
  // Bytes that wait for more, or for a frame to end the noise they are in.
  std::size_t pending() const { return buffer_.size() - at_; }
  // Whether the head came last of what holds the APDU that is pushed next, with an LLC header in
  // front of it or without: of a strong frame, or of an authenticated APDU.
  bool awaits_apdu(bool llc) const {
    return is_behind_head(buffer_.size(), llc) || is_plaintext(buffer_.size());
  }
  // Whether what is pushed next, so many bytes, is what a wrapper's or an LLC header that came last
  // holds.
  bool awaits_content(std::size_t size) const;
  // Offset in the stream of the next byte to be pushed.
  std::uint64_t position() const { return base_ + buffer_.size(); }

  // The longest frame that can be (a wrapper's), and so what may be pending.
  static constexpr std::size_t kLongest = 65536 + 8;
  // Bytes behind a message that came from nowhere: CR LF, a NUL, an FCS, and two to spare.
  static constexpr std::size_t kLeftOver = 4;

 private:
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  // A weak frame that waits. Places are counted from buffer_[0], as everywhere here.
  struct Candidate {
    std::size_t start;
    std::size_t end;  // 0: not known yet
    std::size_t due;  // how far the buffer must reach before it makes sense to ask again
    FrameKind kind;
    bool is_fresh;
    bool is_first = false;     // where a message may begin
    bool begins = false;       // there, or a few bytes behind it
    bool is_doubtful = false;  // behind what may be the rest of a strong frame's head
    bool is_barred = false;    // never goes out: there is only something to say about it
    bool is_telling = true;    // once the end is known

    // A message that begins where one may and says so: an APDU of any tag may stand behind it.
    bool leads() const { return begins && is_telling && !is_doubtful && !is_barred; }
  };
  // Something better than noise to say about bytes that are no frame.
  struct Note {
    std::size_t at;
    std::size_t end;  // of what would have been a frame
    Error error;
    bool if_closed;
  };
  // What a weak frame must be like to pass at once.
  struct Settled {
    FrameKind kind = FrameKind::mbus_long;
    std::uint8_t tag = 0;
  };

  void mark_end(FrameSink& sink);
  void doubt(const Candidate& one);
  Bytes seen() const { return Bytes(buffer_).first(sight_); }
  std::size_t next_sight() const;
  void scan(bool at_end, FrameSink& sink);
  Probe look();
  Probe probe_strong(Bytes rest, bool is_fresh, bool at_end) const;
  Probe probe_telegram(Bytes rest, bool at_end) const;
  Probe probe_weak(std::size_t start, FrameKind kind, bool is_fresh, bool at_end) const;
  Probe probe_weak(Bytes rest, FrameKind kind, bool is_fresh, bool at_end) const;
  bool wants(FrameKind kind) const;
  bool add_candidates(bool at_end, FrameSink& sink);
  bool add_candidate(FrameKind kind, bool is_fresh, bool at_end, FrameSink& sink);
  bool foresee(const Candidate& one, std::size_t needed, FrameSink& sink);
  bool ask_again(bool& ruled_out, FrameSink& sink);
  bool is_mark(std::size_t place) const;
  bool begins_at(std::size_t place, std::size_t left_over) const;
  bool is_settled(FrameKind kind, std::size_t start) const;
  bool is_doubtful(FrameKind kind) const;
  bool is_behind_head(std::size_t place, bool llc) const;
  bool is_plaintext(std::size_t place) const;
  bool passes_at_once(const Candidate& one) const;
  bool passes_with_last(const Candidate& one) const;
  bool is_sound(const Candidate& one) const;
  bool is_plain(const Candidate& one) const;
  bool is_like(const Candidate& one, std::size_t at) const;
  bool is_answer(const Candidate& one) const;
  bool has_tail(const Candidate& one, std::size_t limit) const;
  bool confirm_before(std::size_t end, bool by_strong, FrameSink& sink);
  bool is_inside(const Candidate& one) const;
  bool can_pass(const Candidate& one, std::size_t limit) const;
  bool settle_begun(std::size_t limit, std::size_t most, bool by_place, FrameSink& sink);
  void settle_all(std::size_t limit, FrameSink& sink);
  void settle_ended(std::size_t place, FrameSink& sink);
  void settle_late(FrameSink& sink);
  void note_barred(std::size_t place);
  void drop_unconfirmed(std::size_t place, FrameSink& sink);
  void emit(const Candidate& one, FrameSink& sink);
  void emit(Frame& frame, std::size_t start, FrameSink& sink);
  void note(std::size_t place, const Probe& probe);
  std::size_t longest_run() const;
  void skip_to(std::size_t place, FrameSink& sink);
  void give_skipped(FrameSink& sink);
  void compact();

  LinkSettings settings_;
  ByteVector buffer_;
  std::uint64_t base_ = 0;   // offset in the stream of buffer_[0]
  std::size_t at_ = 0;       // start of the bytes that are not yet given out
  std::size_t look_ = 0;     // at_..look_ is noise for certain
  std::size_t sight_ = 0;    // the bytes behind it are not there yet, as far as weak frames know
  std::size_t scan_ = 0;     // all places before it have been looked at
  std::size_t fresh_ = 0;    // end of the last frame, or of the bytes before the last gap
  std::size_t wait_ = 0;     // no need to look at scan_ before the buffer reaches this
  std::size_t hold_ = 0;     // nor at anything before this: a candidate is walked anew each time
  std::size_t damaged_ = 0;  // up to here a damaged strong frame: an APDU in it is not bare
  // From there to here a candidate that is doubtful: the same, until a frame that begins before it
  // or in it shows that it is none.
  std::size_t doubted_from_ = 0, doubted_ = 0;
  bool has_checked_ = false;
  bool flag_before_ = false;  // the frame that ends at fresh_ ends with a flag
  Settled settled_;
  std::vector<std::size_t> marks_;     // from at_ on
  std::vector<Candidate> candidates_;  // by start
  mutable PlainLines plain_lines_;     // what telegrams' probes know
  std::vector<Note> notes_;            // at look_ and behind, by place
  std::optional<Note> why_;            // best reason for the noise
  std::vector<Note> closed_;           // reasons in the noise that need a flag
};

}  // namespace meterpipe::link
