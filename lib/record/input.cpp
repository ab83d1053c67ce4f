#include "record/input.hpp"

#include <algorithm>
#include <cstring>

#include "base/hex.hpp"

namespace meterpipe::record {
namespace {

constexpr std::size_t kLongestLine = std::size_t{16} << 20;
constexpr std::size_t kLongestDump = std::size_t{16} << 20;
constexpr std::size_t kDumpWidth = 16;  // bytes in a line of hexdump -C and Wireshark

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_separator(char c) { return is_blank(c) || c == ':' || c == '-' || c == ','; }

// bytes = { [ "0x" ] digit digit { digit digit } { separator } }
//   68fafa68   68 FA FA 68   0x68,0xfa   68:fa-fa:68
Result<void> read_digits(std::string_view text, ByteVector& bytes) {
  if (append_hex(bytes, text)) return {};
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    if (text[at] == '0' && at + 1 < text.size() && (text[at + 1] == 'x' || text[at + 1] == 'X')) {
      at += 2;
    }
    const std::size_t start = at;
    while (at < text.size() && hex_digit(text[at]) >= 0) ++at;
    if (at < text.size() && !is_separator(text[at])) {
      return fail(Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(text[at]));
    }
    if ((at - start) % 2 != 0 || at == start)
      return fail(Fault::half_hex, start + 1, 0, at - start);
    append_hex(bytes, text.substr(start, at - start));
  }
  return {};
}

// Two hex digits with nothing else beside them.
bool is_byte(std::string_view text) {
  return text.size() >= 2 && hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0 &&
         (text.size() == 2 || is_blank(text[2]) || text[2] == '|');
}

// The hex of a dump's line without its characters: cut at "|" or at the double blank before the
// text, whichever comes first (a text may hold both). hexdump -C and Wireshark set a double blank
// after the eighth byte too, with another byte or the padding of a short line behind it; behind
// eight bytes of a line that is not padded stands its text.
std::string_view without_characters(std::string_view rest, bool colon) {
  std::size_t at = 0;
  std::size_t digits = 0;
  while (at < rest.size() && is_blank(rest[at])) ++at;
  while (at < rest.size()) {
    if (rest[at] == '|') return rest.substr(0, at);
    if (!is_blank(rest[at])) {
      ++digits;
      ++at;
      continue;
    }
    std::size_t blanks = 0;
    while (at + blanks < rest.size() && is_blank(rest[at + blanks])) ++blanks;
    const bool middle =
        !colon && blanks == 2 && digits == kDumpWidth && is_byte(rest.substr(at + blanks));
    if (blanks >= 2 && !middle) return rest.substr(0, at);
    at += blanks;
  }
  return rest;
}

std::uint64_t hex_value(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value << 4 | static_cast<std::uint64_t>(hex_digit(c));
  return value;
}

}  // namespace

void InputSplitter::push(std::string_view chunk) {
  pushed_ += chunk.size();
  if (form_ == Form::binary) {
    if (!chunk.empty()) give(InputPiece::Kind::stream, as_bytes(chunk), 0);
    return line_done(pushed_);
  }
  while (!chunk.empty() && !sink_.done()) {
    const void* found = std::memchr(chunk.data(), '\n', chunk.size());
    if (found == nullptr) {
      if (!skipping_long_line_) carry_.append(chunk);
      if (carry_.size() > kLongestLine) {
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
    line_done(line_end_);
  }
}

void InputSplitter::line_done(std::uint64_t end) {
  if (sink_.took_last()) taken_ = end;
}

void InputSplitter::end_line() {
  if (sink_.done()) return;
  if (!carry_.empty()) {
    ++number_;
    line_end_ = pushed_;
    const std::string last = std::move(carry_);
    take_line(last);
  }
  carry_.clear();
  skipping_long_line_ = false;
  line_done(pushed_);
}

void InputSplitter::finish() {
  end_line();
  carry_.clear();
  skipping_long_line_ = false;
  end_dump();
  meta_ = {};
  number_ = 0;
}

void InputSplitter::take_line(std::string_view raw) {
  if (number_ == 1 && raw.starts_with("\xef\xbb\xbf")) raw.remove_prefix(3);  // byte order mark
  if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  if (!raw.empty() && raw[0] == '{') {  // the common case first
    end_dump();
    if (sink_.take_unsplit(raw)) return;
    if (const auto parsed = line_.parse(raw); !parsed) return bad(parsed.error(), raw);
    return sink_.on_record(line_, number_);
  }
  const std::string_view line = trimmed(raw);
  if (line.empty()) return end_dump();
  if (line[0] == '{') {
    end_dump();
    if (const auto parsed = line_.parse(line); !parsed) return bad(parsed.error(), line);
    return sink_.on_record(line_, number_);
  }
  if (line[0] == '#') {
    if (line.starts_with("#@")) {
      end_dump();
      take_meta(line.substr(2));
    }
    return;
  }
  if (line == "*" && in_dump_) {
    starred_ = true;
    return;
  }
  indent_ = static_cast<std::size_t>(line.data() - raw.data());
  if (take_offset_line(line)) return;
  end_dump();
  take_bare(line);
}

void InputSplitter::take_meta(std::string_view text) {
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

void InputSplitter::take_bare(std::string_view line) {
  bytes_.clear();
  if (const auto read = read_digits(line, bytes_); !read) {
    Error error = read.error();
    error.offset += indent_;
    return bad(error, line);
  }
  give(InputPiece::Kind::line, bytes_, number_);
}

// offset-line = offset ( ":" blank | blank blank ) …, the offset of 4 to 16 digits
std::optional<InputSplitter::OffsetLine> InputSplitter::offset_line(std::string_view line) const {
  std::size_t digits = 0;
  const std::size_t longest = std::min<std::size_t>(line.size(), 17);
  while (digits < longest && hex_digit(line[digits]) >= 0) ++digits;
  if (digits < 4 || digits > 16) return std::nullopt;
  const std::uint64_t offset = hex_value(line.substr(0, digits));
  const std::string_view rest = line.substr(digits);
  if (rest.empty()) {  // hexdump -C ends with the length alone
    if (in_dump_) return OffsetLine{offset, rest, false, digits};
    return std::nullopt;
  }
  if (rest[0] == ':' && (rest.size() == 1 || is_blank(rest[1]))) {
    return OffsetLine{offset, rest.substr(1), true, digits};
  }
  if (rest.size() >= 2 && is_blank(rest[0]) && is_blank(rest[1])) {
    return OffsetLine{offset, rest.substr(2), false, digits};
  }
  if (form_ == Form::hexdump && is_blank(rest[0])) {
    return OffsetLine{offset, rest.substr(1), false, digits};
  }
  return std::nullopt;
}

bool InputSplitter::take_offset_line(std::string_view line) {
  // hexdump without -C: seven digits of offset, words of four.
  if (line.size() >= 12 && line[7] == ' ' && hex_digit(line[8]) >= 0 && hex_digit(line[11]) >= 0 &&
      (line.size() == 12 || line[12] == ' ') && hex_digit(line[6]) >= 0 &&
      line.find_first_not_of("0123456789abcdefABCDEF") == 7) {
    end_dump();
    bad(Error{Fault::byte_order}, line);
    return true;
  }
  const auto found = offset_line(line);
  if (!found) {
    if (form_ != Form::hexdump) return false;
    bad(Error{Fault::not_hex, 1, 0, static_cast<std::uint8_t>(line[0])}, line);
    return true;
  }
  if (in_dump_ && found->offset < dump_start_ + dump_.size()) end_dump();
  if (!in_dump_) {
    if (found->offset != 0 && form_ != Form::hexdump) return false;
    begin_dump(*found);
  } else if (const std::uint64_t next = dump_start_ + dump_.size(); found->offset != next) {
    // A line of hex may look like this by chance, but not with the same width of offset.
    const bool sure = form_ == Form::hexdump || found->colon ||
                      (found->width == dump_width_ && !found->rest.empty());
    if (!(starred_ && repeat_to(found->offset))) {
      if (!sure) return false;
      const Error gap{Fault::offset_gap, 0, next, found->offset};
      end_dump();
      bad(gap, line);
      begin_dump(*found);
    }
  }
  starred_ = false;
  dump_line_.clear();
  const std::string_view hex = trimmed(without_characters(found->rest, found->colon));
  if (const auto read = read_digits(hex, dump_line_); !read) {
    Error error = read.error();
    error.offset += indent_ + static_cast<std::uint64_t>(hex.data() - line.data());
    bad(error, line);
    return true;
  }
  append(dump_, dump_line_);
  if (dump_.size() > kLongestDump) {  // a day of a line: goes on, but not in one piece
    give(InputPiece::Kind::dump, dump_, dump_first_line_);
    dump_start_ += dump_.size();
    dump_first_line_ = number_ + 1;
    dump_.clear();
  }
  return true;
}

void InputSplitter::begin_dump(const OffsetLine& line) {
  in_dump_ = true;
  dump_start_ = line.offset;
  dump_width_ = line.width;
  dump_first_line_ = number_;
}

// `*`: the lines up to this offset are as the one before. False: nothing to repeat, or far too
// much.
bool InputSplitter::repeat_to(std::uint64_t offset) {
  if (dump_line_.empty() || offset - dump_start_ > kLongestDump) return false;
  while (dump_start_ + dump_.size() < offset) {
    const std::uint64_t missing = offset - dump_start_ - dump_.size();
    append(dump_, Bytes(dump_line_).first(std::min<std::uint64_t>(missing, dump_line_.size())));
  }
  return true;
}

void InputSplitter::end_dump() {
  if (!in_dump_) return;
  in_dump_ = false;
  starred_ = false;
  if (!dump_.empty()) give(InputPiece::Kind::dump, dump_, dump_first_line_);
  dump_.clear();
  dump_line_.clear();
}

void InputSplitter::give(InputPiece::Kind kind, Bytes bytes, std::uint64_t line) {
  if (sink_.done()) return;
  sink_.on_piece(InputPiece{kind, bytes, meta_, line});
  if (kind != InputPiece::Kind::stream) meta_ = {};
}

void InputSplitter::bad(const Error& error, std::string_view line) {
  if (sink_.done()) return;
  sink_.on_bad_line(error, number_, line);
}

}  // namespace meterpipe::record
