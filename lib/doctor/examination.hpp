// A patient on its way through the doctor's rooms: bytes, APDUs and records come in, every layer
// gathers its evidence, and in the end the first one that is broken is named.
//
//   bytes -> LineEvidence, FrameSource -> FrameEvidence, TransportEvidence -> MessageEvidence
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "decode/frame_sources.hpp"
#include "doctor/diagnosis.hpp"
#include "doctor/frame_evidence.hpp"
#include "doctor/line_evidence.hpp"
#include "doctor/message_evidence.hpp"
#include "doctor/transport_evidence.hpp"
#include "doctor/wired_evidence.hpp"

namespace meterpipe::doctor {

class Examination final : private decode::FrameRecordSink {
 public:
  Examination(const decode::FrameSettings& frame, const MessageSettings& messages,
              readings::ProfileSet profiles);

  // A piece of a line's stream; a record of mbus-read, or raw bytes.
  void stream(Bytes bytes, std::string_view source, const Arrival& arrival, std::string_view why);
  // A line of hex or a dump: a piece of the stream, or one APDU.
  void alone(Bytes bytes, std::string_view source, std::string_view ts);
  // An APDU that others have framed.
  void message(const record::ApduRecord& record);
  // An error record that others have left.
  void error(std::string_view by, std::string_view code);
  // A reading: all that could be looked at is behind it.
  void reading() { ++readings_; }
  void set_line(const serial::LineSettings& line) { line_.line = line; }
  // Lines of the input that could not be read, and others: those of text, pieces that came of them.
  void left_out(std::uint64_t bad, std::uint64_t text, std::uint64_t pieces) {
    bad_lines_ = bad, text_lines_ = text, pieces_ = pieces;
  }
  // What comes next has nothing to do with what came: another file.
  void end_of_source();

  // So far: messages that were whole.
  std::uint64_t messages() const { return messages_.messages(); }
  std::uint64_t bytes() const { return line_.total; }

  // Ends it; to be asked once.
  Diagnosis diagnose();

 private:
  void give(const record::ApduRecord& record) override;
  void give(const record::FrameRecord&) override {}
  void give(const record::MbusRecord& record) override;
  void give(const record::ErrorRecord& record) override;
  void seen(const link::Frame& frame) override;
  void seen(const link::Frame& frame, const link::RspUd& answer) override;
  void skipped(const Error& why, std::uint64_t offset, Bytes bytes) override;
  void lost(const Error& error, std::uint64_t offset, Bytes bytes) override;
  void judge_records(std::array<Finding, kLayers>& layers);
  void judge_lines(std::array<Finding, kLayers>& layers) const;
  Finding judge_dialogue() const;
  void judge_wired(std::array<Finding, kLayers>& layers);
  void judge_poll(std::array<Finding, kLayers>& layers) const;

  decode::FrameSettings frame_;
  decode::FrameSources sources_;
  LineEvidence line_;
  FrameEvidence frames_;
  TransportEvidence transport_;
  MessageEvidence messages_;
  WiredEvidence wired_;
  std::uint64_t given_ = 0;  // APDUs that others have framed
  std::uint64_t readings_ = 0;
  std::uint64_t bad_lines_ = 0, text_lines_ = 0, pieces_ = 0;
  ByteVector foreign_;  // the first M-Bus frame that is no push
  std::map<std::string, std::uint64_t, std::less<>> errors_;  // that others have left, by code
  Bytes lost_;  // what the error record at hand is about, if a layer below lost it
};

}  // namespace meterpipe::doctor
