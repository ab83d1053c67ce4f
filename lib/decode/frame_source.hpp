// One source of bytes (`src`) on its way to records: its receiver, its times, its count. Frames,
// APDUs, answers of other meters and errors come out as records, in the order of the stream.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/timestamp.hpp"
#include "record/records.hpp"
#include "record/stats.hpp"
#include "record/stream_times.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::decode {

struct FrameSettings {
  link::LinkSettings link;
  Micros gap_us = 2'000'000;  // silence that ends an unfinished message
  bool frames = false;        // a record for each frame, too
};

// What of the streams went where. A line of hex that is an APDU counts its bytes and no frame.
struct FrameCounts {
  std::uint64_t bytes = 0;                 // that came in
  std::array<std::uint64_t, 10> frames{};  // by link::Kind, of link control, too
  record::CodeCounts skipped;              // bytes that are in no frame, by their error's code

  std::uint64_t frames_of(std::string_view link) const;
};

class FrameRecordSink {
 public:
  virtual ~FrameRecordSink() = default;
  virtual void give(const record::ApduRecord& record) = 0;
  virtual void give(const record::FrameRecord& record) = 0;
  virtual void give(const record::MbusRecord& record) = 0;
  virtual void give(const record::ErrorRecord& record) = 0;

  // For who looks closer than the records do; each is called before the record that it leads to.
  virtual void seen(const link::Frame&) {}
  virtual void seen(const link::Frame&, const link::RspUd&) {}
  virtual void skipped(const Error&, std::uint64_t /*offset*/, Bytes) {}  // bytes in no frame
  virtual void lost(const Error&, std::uint64_t /*offset*/, Bytes) {}     // what frames had
};

// A line of hex that is one APDU from its first to its last byte, or the body of one: that APDU,
// without its LLC header; else empty. `receiver`: of its source, with what came before it.
Bytes apdu_of_line(Bytes line, link::Link link, const transport::Receiver& receiver);
bool is_body_alone(Bytes bytes, link::Link link, const transport::Receiver& receiver);
inline std::string_view link_of_line(Bytes line, Bytes apdu) {
  return line.size() != apdu.size() ? "llc" : "none";
}

// Tells a receiver where a record of bytes ended, by its `why`, or a piece that stands alone
// (kLine).
inline constexpr std::string_view kLine = "line";
void end_piece(transport::Receiver& receiver, std::string_view why);

class FrameSource final : private transport::ReceiverSink {
 public:
  // `by`: the tool that errors name. Sink and settings must outlive this.
  FrameSource(std::string_view by, std::string name, const FrameSettings& settings,
              FrameRecordSink& sink)
      : by_(by), name_(std::move(name)), settings_(settings), sink_(sink) {}

  struct Arrival {
    std::optional<Micros> ts;
    std::uint64_t ms = 0;
    std::string_view why;
    std::span<const std::uint32_t> marked;  // offsets of bytes with a parity or framing error
    std::string_view line = {};             // settings of the line, where it comes from one
  };
  // Counts there, too; must outlive this.
  void count_in(FrameCounts& counts) { counts_ = &counts; }
  // A piece of the stream.
  void push(Bytes bytes, const Arrival& arrival);
  // A piece that stands alone, a line of hex or a dump. If it is one APDU from its first to its
  // last byte, it passes at once; so does the error if it is one that is cut.
  void push_alone(Bytes bytes, std::string_view ts);
  // The end: what is unfinished is lost. The count goes on if the source comes again.
  void finish() { receiver_.end_of_message(); }
  // Bytes that it holds, about.
  std::size_t memory() const;

 private:
  void on_frame(const link::Frame& frame) override;
  void on_message(const transport::Message& message) override;
  void on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) override;
  void on_error(const Error& error, std::uint64_t offset, Bytes bytes) override;
  void on_skipped(const Error& why, std::uint64_t offset, Bytes bytes) override;

  void give_alone(Bytes bytes, Bytes apdu, std::string_view ts);
  void complain(const Error& error, std::uint64_t offset, Bytes bytes, bool is_start);
  record::Head head(std::uint64_t offset);

  std::string_view by_;
  std::string name_;
  const FrameSettings& settings_;
  FrameRecordSink& sink_;
  FrameCounts own_counts_;
  FrameCounts* counts_ = &own_counts_;
  std::string ts_;
  std::string line_;  // of the last piece
  transport::Receiver receiver_{*this, settings_.link};
  record::StreamTimes times_;
  std::optional<Micros> last_byte_;
  std::deque<std::uint64_t> marked_;  // in the stream, the latest ones
  std::uint64_t seq_ = 1;             // of the APDU at hand
  // Who comes in the middle of a message reads a part of it first.
  bool has_frame_ = false, has_message_ = false, lost_first_ = false;
};

}  // namespace meterpipe::decode
