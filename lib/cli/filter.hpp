// The loop that every filter runs: input in any form, records it does not handle handed on
// unchanged, trouble as error records in their place (or lines on stderr where the output is no
// JSON), flow and signals as meter-records(5) says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/histogram.hpp"
#include "base/timestamp.hpp"
#include "cli/common.hpp"
#include "io/output.hpp"
#include "record/input.hpp"
#include "record/records.hpp"
#include "record/stats.hpp"

namespace meterpipe::cli {

class Filter : public record::Sink {
 public:
  Filter(std::string tool, const Common& common) : tool_(std::move(tool)), common_(common) {}

  // Reads all input, then finishes; the status.
  int run();

 protected:
  // A record of a type and version that this tool knows; false: hand it on unchanged.
  virtual Result<bool> handle(record::Line& line) = 0;
  // The same of a line that is not split yet, where all is known of it: true, it is done.
  virtual bool handle_unsplit(std::string_view) { return false; }
  // Bytes from hex or raw input. `head` has what is known of them.
  virtual void handle_piece(const record::InputPiece& piece, const record::Head& head) = 0;
  // Bytes of this source are missing between what came and what will.
  virtual void handle_missing(std::string_view /*src*/) {}
  // The end of one input file or of all.
  virtual void end_of_source() {}
  // Raw bytes (-i bin) are one piece from a file's start to its end, not a piece for each read.
  virtual bool wants_whole_files() const { return false; }
  // Whether records that are not handled belong into this output (-o json).
  virtual bool passes_records() const { return true; }

  // The members of this tool in its stats record.
  virtual void add_stats(json::Writer&) const {}
  // When the last byte of the message at hand came, where that is known.
  virtual std::optional<Micros> last_byte() const { return std::nullopt; }

  // An error of this tool, in its place.
  void give_error(const record::ErrorRecord& error);
  void give_error(const record::Head& head, const Error& error, Bytes bytes,
                  const apdu::Security* security);
  // One of the things that -n counts has gone out; `head` of its record.
  void count_one(const record::Head& head, std::string_view what = "message") {
    ++counted_;
    note_times(head, what);
  }
  void count_one() { ++counted_; }  // where nobody asks for times
  std::uint64_t counted() const { return counted_; }
  // Whether that were as many as -n wants.
  bool done() const override { return common_.count && counted_ >= *common_.count; }
  // The same of what -n does not count.
  void note_times(const record::Head& head, std::string_view what) {
    if (common_.wants_times()) [[unlikely]]
      take_times(head, what);
  }
  const record::CodeCounts& errors() const { return errors_; }
  void trouble() { trouble_ = true; }
  // What came out of the input and is none of those that -n counts.
  virtual std::uint64_t other_goods() const { return 0; }

  const std::string& tool() const { return tool_; }
  const Common& common() const { return common_; }
  io::Output& output() { return output_; }
  Buffer& buffer() { return output_.buffer(); }

 private:
  bool take_unsplit(std::string_view line) override;
  void on_record(record::Line& line, std::uint64_t number) override;
  void on_piece(const record::InputPiece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;
  void on_missing() override { handle_missing(source_); }
  void on_end(const record::TakenFor& taken) override;

  std::string tool_;
  const Common& common_;
  void source_ends();
  void take_times(const record::Head& head, std::string_view what);
  void write_stats(json::Writer& json) const;
  void look_for_frames(const record::Line& line);
  void say_only_bytes();
  void note_error(bool start, std::string_view code, std::string_view text);
  bool gave_nothing() const;

  io::Output output_;
  std::string source_;
  ByteVector file_;  // gathered for wants_whole_files()
  std::uint64_t counted_ = 0;
  bool trouble_ = false;
  bool start_trouble_ = false;  // with what precedes the first message, if one comes
  std::string first_error_;
  bool read_nothing_ = false;  // prose and the like
  bool said_version_ = false;
  bool said_only_bytes_ = false;
  bool said_reading_ = false;
  bool has_messages_ = false;       // something came that this tool is for
  std::uint64_t bytes_passed_ = 0;  // records of bytes that it does not handle
  std::uint64_t passed_ = 0;        // records that this tool does not handle
  std::uint64_t passed_errors_ = 0;
  record::CodeCounts errors_;  // of this tool
  Histogram ages_;             // microseconds, of what has gone out
  std::int64_t taken_us_ = 0;  // when the piece or record at hand was read (-vv)
};

}  // namespace meterpipe::cli
