// The input of meter-doctor, in any form that the filters take, on its way to the examination.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "doctor/examination.hpp"
#include "record/input.hpp"

namespace meterpipe::tool {

class Patient final : public record::Sink {
 public:
  // count: enough after so many messages.
  Patient(doctor::Examination& examination, std::optional<std::uint64_t> count)
      : examination_(examination), count_(count) {}

  void set_source(const std::string& name) { source_ = name; }
  bool done() const override { return count_ && examination_.messages() >= *count_; }
  // What could not be read at all, also to the examination; Fatal 65 if that is all there was.
  void say_bad_lines() const;

 private:
  void on_record(record::Line& line, std::uint64_t number) override;
  void on_piece(const record::InputPiece& piece) override;
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) override;
  void on_end(const record::TakenFor& taken) override;

  doctor::Examination& examination_;
  std::optional<std::uint64_t> count_;
  std::string source_;
  record::BytesRecord bytes_;
  record::ApduRecord apdu_;
  std::uint64_t bad_lines_ = 0, records_ = 0, skipped_ = 0, pieces_ = 0;
  std::string first_bad_;
  // When the line of the source at hand was last busy: what comes later comes behind a silence.
  std::optional<std::int64_t> busy_until_;
  std::string busy_source_;
};

}  // namespace meterpipe::tool
