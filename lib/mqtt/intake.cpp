#include "mqtt/intake.hpp"

#include "io/log.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kShown = 60;  // bytes of a bad line

// For a message: cut between characters, nothing that a terminal would act on.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  if (text.size() > kShown) result += "...";
  return result;
}

}  // namespace

void Intake::on_record(record::Line& line, std::uint64_t number) {
  using record::Type;
  if (line.type() != Type::reading && line.type() != Type::error) {
    if (!said_other_) {
      io::log_warning("{}:{}: a record of type {} is no reading and is left out{}", source_, number,
                      record::name(line.type()),
                      line.type() == Type::unknown ? "" : " (is cosem-decode in the pipe?)");
    }
    said_other_ = true;
    return;
  }
  if (line.version() > record::kVersion) {
    trouble_ = true;
    if (!said_version_) {
      io::log_warning("{}:{}: record of version {}, this program knows {}: left out", source_,
                      number, line.version(), record::kVersion);
    }
    said_version_ = true;
    return;
  }
  if (!hooks_.pace()) {
    stopped_ = true;
    return;
  }
  if (line.type() == Type::error) {
    trouble_ = true;
    first_.error(line, {});
    return hooks_.record_is_done();
  }
  if (const auto read = record::read(line, reading_); !read) {
    return on_bad_line(read.error(), number, line.text());
  }
  ++readings_;
  first_.reading(line, reading_);
  hooks_.record_is_done();
}

void Intake::on_piece(const record::Piece& piece) {
  trouble_ = true;
  io::log_error(
      "{}:{}: {} bytes of hex where a reading was expected, as JSON (cosem-decode makes "
      "it)",
      source_, piece.line, piece.bytes.size());
}

void Intake::on_bad_line(const Error& error, std::uint64_t number, std::string_view text) {
  trouble_ = true;
  io::log_error("{}:{}: {}; a reading or error record was expected, one JSON object: {}", source_,
                number, record::describe(error), shown(text));
}

}  // namespace meterpipe::mqtt
