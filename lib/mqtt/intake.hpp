// The lines that come in: readings and errors go to the first stage, what else there may be is said
// on stderr, with the line's number. One bad line costs that line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mqtt/stage.hpp"
#include "record/input.hpp"

namespace meterpipe::mqtt {

class Intake : public record::Sink {
 public:
  // count: stop after so many readings. pace is called before each record; false ends the input.
  Intake(Stage& first, std::optional<std::uint64_t> count, std::function<bool()> pace)
      : first_(first), count_(count), pace_(std::move(pace)) {}

  void set_source(const std::string& name) { source_ = name; }
  bool done() const override { return stopped_ || (count_ && readings_ >= *count_); }
  bool took_last() const override { return !stopped_; }
  bool trouble() const { return trouble_; }
  // The end of all input: what the stages hold back comes.
  void end() { first_.end(); }
  std::uint64_t readings() const { return readings_; }

 private:
  void on_record(record::Line& line, std::uint64_t number) override;
  void on_piece(const record::Piece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;

  Stage& first_;
  std::optional<std::uint64_t> count_;
  std::function<bool()> pace_;
  std::string source_;
  record::ReadingRecord reading_;
  std::uint64_t readings_ = 0;
  bool stopped_ = false;
  bool trouble_ = false;
  bool said_version_ = false, said_other_ = false;
};

}  // namespace meterpipe::mqtt
