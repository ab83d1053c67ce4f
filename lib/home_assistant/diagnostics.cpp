#include "home_assistant/diagnostics.hpp"

#include "base/buffer.hpp"
#include "json/writer.hpp"
#include "record/cures.hpp"

namespace meterpipe::home {
namespace {

constexpr std::size_t kMostReason = 200;  // Home Assistant shows states of up to 255 characters

// To what is shown, between two characters.
void cut(std::string& text) {
  if (text.size() <= kMostReason) return;
  std::size_t size = kMostReason;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
}

// Seconds to the millisecond, without zeros at the end.
std::string seconds(Micros time) {
  auto ms = (time + 500) / 1000;
  int exponent = -3;
  while (exponent < 0 && ms % 10 == 0) ms /= 10, ++exponent;
  return to_string(Decimal::of(ms, exponent));
}

}  // namespace

void Diagnostics::reading(const record::ReadingRecord& reading, std::optional<Micros> time) {
  ++messages_;
  problem_ = false;
  reason_.clear();
  if (time) last_ = time;
  auth_ = reading.auth;
  const std::string_view title = reading.title();
  counter_.reset();
  if (!title.empty()) counter_ = json::to_unsigned(reading.id.substr(title.size() + 1));
}

void Diagnostics::error(record::Line& line) {
  ++errors_;
  problem_ = true;
  const auto text = line.text_at("code");
  last_error_ = text && !text->empty() ? text->substr(0, kMostReason) : "error";
  const std::string words(line.text_at("text").value_or(""));
  const std::string_view cure = record::cure_of(last_error_);
  reason_ = words + (words.empty() || cure.empty() ? "" : "; ");
  reason_.append(cure);
  cut(reason_);
}

void Diagnostics::refused(std::string_view reason) {
  ++refused_;
  problem_ = true;
  last_error_ = reason.empty() ? "refused" : reason.substr(0, kMostReason);
  reason_ = last_error_;
}

std::string Diagnostics::text(std::optional<Micros> interval) const {
  Buffer text;
  json::Writer out(text);
  out.begin_object();
  out.text_or_null("last", last_ ? format_timestamp(*last_) : std::string());
  out.member_number("messages", messages_);
  out.member_number("errors", errors_);
  out.member_number("refused", refused_);
  out.text_or_null("last_error", last_error_);
  out.text_or_null("auth", auth_);
  out.member_raw("counter", counter_ ? std::to_string(*counter_) : "null");
  out.member_raw("interval", interval ? seconds(*interval) : "null");
  out.member_boolean("problem", problem_);
  out.text_or_null("reason", reason_);
  out.end_object();
  return std::string(text.view());
}

}  // namespace meterpipe::home
