// The lines that come in: readings and errors go to the stages, what else there may be is said
// on stderr, with the line's number. One bad line costs that line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "flow/meter_names.hpp"
#include "record/lines.hpp"
#include "record/reading_pattern.hpp"

namespace meterpipe::flow {

class Intake : public record::Sink {
 public:
  struct Hooks {
    std::function<bool()> pace;            // before each record; false ends the input
    std::function<void()> record_is_done;  // behind each record
  };
  // count: stop after so many readings.
  Intake(MeterNames& stages, std::optional<std::uint64_t> count, Hooks hooks)
      : stages_(stages), count_(count), hooks_(std::move(hooks)) {}

  // Raw: records of other types and of higher versions are not left out but given to this, and
  // `count` counts records of any type.
  using Other = std::function<void(record::Line& line)>;
  void pass_on_others(Other other) { other_ = std::move(other); }

  void set_source(const std::string& name) { source_ = name; }
  bool done() const override { return stopped_ || (count_ && counted_ >= *count_); }
  bool took_last() const override { return !stopped_; }
  bool trouble() const { return trouble_ || (start_trouble_ && readings_ == 0); }
  // The end of all input: what the stages hold back comes.
  void end() {
    stages_.end();
    hooks_.record_is_done();
  }
  std::uint64_t readings() const { return readings_; }
  std::uint64_t bad_lines() const { return bad_lines_; }  // neither reading nor error

 private:
  bool take_unsplit(std::string_view text) override;
  void on_record(record::Line& line, std::uint64_t number) override;
  void give(record::Line& line);
  void take(record::Line& line, std::uint64_t number);
  void take_any(record::Line& line, std::uint64_t number);
  void say_version(const record::Line& line, std::uint64_t number, std::string_view what);
  void on_piece(const record::InputPiece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;

  MeterNames& stages_;
  std::optional<std::uint64_t> count_;
  Hooks hooks_;
  std::string source_;
  record::ReadingRecord reading_;
  record::ReadingPatterns patterns_;
  record::Line line_;  // of one that is like one before
  Other other_;
  std::uint64_t readings_ = 0, bad_lines_ = 0;
  std::uint64_t counted_ = 0;  // towards count_
  bool stopped_ = false;
  bool trouble_ = false;
  bool start_trouble_ = false;  // with what precedes the first message, if one comes
  bool said_version_ = false, said_other_ = false;
};

}  // namespace meterpipe::flow
