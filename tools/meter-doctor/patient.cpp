#include "meter-doctor/patient.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/fault_text.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::tool {
namespace {

constexpr std::int64_t kSilenceUs = 50'000;  // well above a UART's buffer, below the next push

}  // namespace

void Patient::on_record(record::Line& line, std::uint64_t number) {
  ++records_;
  if (line.type() == record::Type::bytes) {
    if (const auto read = record::read(line, bytes_); !read) {
      return on_bad_line(read.error(), number, line.text());
    }
    if (const auto setting = serial::parse_line_settings(bytes_.line)) {
      examination_.set_line(*setting);
    }
    const auto ts = parse_timestamp(bytes_.head.ts);
    doctor::Arrival arrival{ts, bytes_.ms, bytes_.marked, true};
    if (ts && busy_until_ && busy_source_ == bytes_.head.src) {
      arrival.is_burst = *ts - *busy_until_ > kSilenceUs;
    }
    if (ts) busy_until_ = *ts + static_cast<std::int64_t>(bytes_.ms) * 1000;
    busy_source_ = bytes_.head.src;
    examination_.stream(bytes_.bytes, bytes_.head.src, arrival, bytes_.why);
  } else if (line.type() == record::Type::apdu) {
    if (const auto read = record::read(line, apdu_); !read) {
      return on_bad_line(read.error(), number, line.text());
    }
    examination_.message(apdu_);
  } else if (line.type() == record::Type::error) {
    const auto text_of = [&line](std::string_view key) {
      const json::Field* field = line.find(key);
      return field != nullptr ? line.text_of(*field).value_or("") : std::string_view();
    };
    const std::string_view by = text_of("by");
    // What could not be deciphered is there as it came, and tells more than the error's code.
    const auto apdu = by == "dlms-decrypt" ? from_hex(text_of("hex")) : std::nullopt;
    if (apdu && !apdu->empty()) {
      apdu_ = {};
      apdu_.head = line.head();
      apdu_.bytes = *apdu;
      examination_.message(apdu_);
    } else {
      examination_.error(by, text_of("code"));
    }
  } else if (line.type() == record::Type::reading) {
    examination_.reading();
  } else {
    --records_;  // nothing to look at
  }
}

void Patient::on_piece(const record::InputPiece& piece) {
  ++pieces_;
  const std::string_view source = piece.meta.src.empty() ? source_ : piece.meta.src;
  if (piece.kind == record::InputPiece::Kind::stream) {
    examination_.stream(piece.bytes, source, {}, {});
  } else {
    examination_.alone(piece.bytes, source, piece.meta.ts);
  }
}

void Patient::on_bad_line(const Error& error, std::uint64_t number, std::string_view text) {
  if (bad_lines_++ == 0) {
    first_bad_ = fmt::format("{}: line {}: {}: {}", source_, number, record::describe(error),
                             record::shown(text));
  }
}

void Patient::on_end(const record::TakenFor& taken) {
  skipped_ += taken.found.skipped;
  if (const std::string text = taken.text(); !text.empty()) os::log_info("{}: {}", source_, text);
}

void Patient::say_bad_lines() const {
  examination_.left_out(bad_lines_, skipped_, pieces_ + records_);
  if (bad_lines_ == 0) {
    if (skipped_ == 0 || examination_.bytes() != 0 || records_ != 0) return;
    throw os::Fatal(os::kData,
                    fmt::format("{}: {} line{} of text, neither hex nor a record among them",
                                source_, skipped_, skipped_ == 1 ? "" : "s"));
  }
  const std::string what = fmt::format("{} line{} neither hex nor a record, the first one {}",
                                       bad_lines_, bad_lines_ == 1 ? " is" : "s are", first_bad_);
  if (examination_.bytes() == 0 && records_ == 0) {
    throw os::Fatal(os::kData, what + " (-i bin takes raw bytes)");
  }
  os::log_warning("{}", what);
}

}  // namespace meterpipe::tool
