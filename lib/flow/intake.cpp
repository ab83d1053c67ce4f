#include "flow/intake.hpp"

#include <utility>

#include "os/log.hpp"
#include "record/fault_text.hpp"
#include "record/records.hpp"

namespace meterpipe::flow {
// A reading like one before, in an instant.
bool Intake::take_unsplit(std::string_view text) {
  if (other_ || !patterns_.read(text, line_, reading_)) return false;
  if (!hooks_.pace()) {
    stopped_ = true;
    return true;
  }
  give(line_);
  hooks_.record_is_done();
  return true;
}

void Intake::give(record::Line& line) {
  ++readings_;
  ++counted_;
  stages_.reading(line, reading_);
}

void Intake::on_record(record::Line& line, std::uint64_t number) {
  if (other_) {
    take_any(line, number);
  } else {
    take(line, number);
  }
  // Not the one that was not taken: it is read again.
  if (!stopped_) hooks_.record_is_done();
}

void Intake::take(record::Line& line, std::uint64_t number) {
  using record::Type;
  if (line.type() != Type::reading && line.type() != Type::error) {
    if (!std::exchange(said_other_, true)) {
      os::log_warning("{}:{}: a record of type {} is no reading and is left out{}", source_, number,
                      record::name(line.type()),
                      line.type() == Type::unknown ? "" : " (is cosem-decode in the pipe?)");
    }
    return;
  }
  if (line.version() > record::kVersion) {
    say_version(line, number, "left out");
    return;
  }
  if (!hooks_.pace()) {
    stopped_ = true;
    return;
  }
  if (line.type() == Type::error) {
    if (record::is_start(line)) return void(start_trouble_ = true);
    trouble_ = true;
    return stages_.error(line);
  }
  if (const auto read = record::read(line, reading_); !read) {
    return on_bad_line(read.error(), number, line.text());
  }
  patterns_.learn(line, reading_);
  give(line);
}

void Intake::take_any(record::Line& line, std::uint64_t number) {
  using record::Type;
  const bool is_known = line.version() <= record::kVersion;
  if (!is_known && line.type() != Type::unknown) say_version(line, number, "passed on as it is");
  if (!hooks_.pace()) {
    stopped_ = true;
    return;
  }
  ++counted_;
  if (line.type() == Type::error) trouble_ = true;
  if (is_known && line.type() == Type::error) return stages_.error(line);
  if (is_known && line.type() == Type::reading && record::read(line, reading_)) {
    ++readings_;
    return stages_.reading(line, reading_);
  }
  other_(line);
}

void Intake::say_version(const record::Line& line, std::uint64_t number, std::string_view what) {
  trouble_ = true;
  if (!std::exchange(said_version_, true)) {
    os::log_warning("{}:{}: record of version {}, this program knows {}: {}", source_, number,
                    line.version(), record::kVersion, what);
  }
}

void Intake::on_piece(const record::InputPiece& piece) {
  ++bad_lines_;
  trouble_ = true;
  os::log_error("{}:{}: {} bytes of hex where a {} was expected, as JSON ({} makes it)", source_,
                piece.line, piece.bytes.size(), other_ ? "record" : "reading",
                other_ ? "mbus-read" : "cosem-decode");
}

void Intake::on_bad_line(const Error& error, std::uint64_t number, std::string_view text) {
  ++bad_lines_;
  trouble_ = true;
  os::log_error("{}:{}: {}; a {}record was expected, one JSON object: {}", source_, number,
                record::describe(error), other_ ? "" : "reading or error ", record::shown(text));
}

}  // namespace meterpipe::flow
