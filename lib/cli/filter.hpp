// The loop that every filter runs: input in any form, records it does not handle handed on
// unchanged, trouble as error records in their place (or lines on stderr where the output is no
// JSON), flow and signals as meter-records(5) says.
#pragma once

#include <string>

#include "cli/common.hpp"
#include "io/output.hpp"
#include "record/input.hpp"
#include "record/records.hpp"

namespace meterpipe::cli {

class Filter : public record::Sink {
 public:
  Filter(std::string tool, const Common& common) : tool_(std::move(tool)), common_(common) {}

  // Reads all input, then finishes; the status.
  int run();

 protected:
  // A record of a type and version that this tool knows; false: hand it on unchanged.
  virtual Result<bool> handle(record::Line& line) = 0;
  // Bytes from hex or raw input. `head` has what is known of them.
  virtual void handle_piece(const record::Piece& piece, const record::Head& head) = 0;
  // The end of one input file or of all.
  virtual void end_of_source() {}
  // Raw bytes (-i bin) are one piece from a file's start to its end, not a piece for each read.
  virtual bool wants_whole_files() const { return false; }
  // Whether records that are not handled belong into this output (-o json).
  virtual bool passes_records() const { return true; }

  // An error of this tool, in its place.
  void give_error(const record::ErrorRecord& error);
  // One of the things that -n counts has gone out.
  void count_one() { ++counted_; }
  void trouble() { trouble_ = true; }

  const std::string& tool() const { return tool_; }
  const Common& common() const { return common_; }
  io::Output& output() { return output_; }
  Buffer& buffer() { return output_.buffer(); }

 private:
  void on_record(record::Line& line, std::uint64_t number) override;
  void on_piece(const record::Piece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;
  bool done() const override { return common_.count && counted_ >= *common_.count; }

  std::string tool_;
  const Common& common_;
  void source_ends();

  io::Output output_;
  std::string source_;
  ByteVector file_;  // gathered for wants_whole_files()
  std::uint64_t counted_ = 0;
  bool trouble_ = false;
  bool said_version_ = false;
};

}  // namespace meterpipe::cli
