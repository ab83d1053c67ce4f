#include "record/lines.hpp"

#include <algorithm>
#include <cstring>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace meterpipe::record {
namespace {

constexpr std::size_t kLongestLine = std::size_t{16} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

void LineSplitter::push(std::string_view chunk) {
  pushed_ += chunk.size();
  push_lines(chunk);
}

void LineSplitter::push_lines(std::string_view chunk) {
  while (!chunk.empty() && !sink_.done()) {
    const void* found = std::memchr(chunk.data(), '\n', chunk.size());
    if (found == nullptr) {
      if (!skipping_long_line_) carry_.append(chunk);
      if (carry_.size() > kLongestLine) {
        read_waiting();
        ++number_;
        bad(Error{Fault::line_too_long, 0, 0, kLongestLine},
            std::string_view(carry_).substr(0, 80));
        --number_;
        carry_.clear();
        skipping_long_line_ = true;
      }
      return;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - chunk.data());
    const std::string_view line = chunk.substr(0, length);
    chunk.remove_prefix(length + 1);
    ++number_;
    line_end_ = pushed_ - chunk.size();
    if (skipping_long_line_) {
      skipping_long_line_ = false;
    } else if (carry_.empty()) {
      take_line(line);
    } else {
      carry_.append(line);
      take_line(carry_);
      carry_.clear();
    }
    if (!waits()) line_done(line_end_);
  }
}

void LineSplitter::line_done(std::uint64_t end) {
  if (sink_.took_last()) taken_ = end;
}

void LineSplitter::end_line() {
  if (sink_.done()) return;
  if (!carry_.empty()) {
    ++number_;
    line_end_ = pushed_;
    const std::string last = std::move(carry_);
    take_line(last);
  }
  carry_.clear();
  skipping_long_line_ = false;
  read_waiting();
  line_done(pushed_);
}

void LineSplitter::finish() {
  end_line();
  end_source();
}

void LineSplitter::end_source() {
  carry_.clear();
  skipping_long_line_ = false;
  meta_ = {};
  number_ = 0;
}

void LineSplitter::take_line(std::string_view raw) {
  if (number_ == 1) raw = without_mark(raw);
  const std::string_view line = trimmed(raw);
  if (line.empty()) return;
  if (line[0] == '{') {
    if (sink_.take_unsplit(line)) return;
    if (const auto parsed = line_.parse(line); !parsed) return bad(parsed.error(), line);
    return sink_.on_record(line_, number_);
  }
  if (line[0] == '#') {
    if (line.starts_with("#@")) take_meta(line.substr(2));
    return;
  }
  bytes_.clear();
  if (append_hex(bytes_, line)) return give(InputPiece::Kind::line, bytes_, number_);
  std::size_t at = 0;
  while (at < line.size() && (hex_digit(line[at]) >= 0 || is_blank(line[at]))) ++at;
  if (at == line.size()) {
    std::string digits(line);
    std::erase_if(digits, is_blank);
    bytes_.clear();
    if (append_hex(bytes_, digits)) return give(InputPiece::Kind::line, bytes_, number_);
    return bad(Error{Fault::half_hex, 1, 0, digits.size()}, line);
  }
  bad(Error{Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(line[at])}, line);
}

void LineSplitter::take_meta(std::string_view text) {
  meta_ = {};
  while (!text.empty()) {
    text = trimmed(text);
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "ts") meta_.ts = value;
    if (key == "src") meta_.src = value;
    if (key == "title") meta_.title = value;
    if (key == "counter") meta_.counter = value;
    if (key == "auth") meta_.auth = value;
  }
}

void LineSplitter::give(InputPiece::Kind kind, Bytes bytes, std::uint64_t line) {
  if (sink_.done()) return;
  sink_.on_piece(InputPiece{kind, bytes, meta_, line});
  if (kind != InputPiece::Kind::stream) meta_ = {};
}

void LineSplitter::bad(const Error& error, std::string_view line) {
  if (sink_.done()) return;
  sink_.on_bad_line(error, number_, line);
}

}  // namespace meterpipe::record
