#include "config/json5.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace meterpipe::config {
namespace {

constexpr int kDeepest = 20;

// value  = object | array | string | number | "true" | "false" | "null"
// object = "{" [ member { "," member } [ "," ] ] "}"     member = ( name | string ) ":" value
// array  = "[" [ value { "," value } [ "," ] ] "]"
class Json5 {
 public:
  explicit Json5(std::string_view text) : text_(text) {}

  tl::expected<Document, SyntaxError> read() {
    at_ = text_.size() - without_mark(text_).size();
    skip();
    if (peek() != '{') fail("'{' was expected");
    object("", 0);
    skip();
    if (!error_.empty() || at_ < text_.size()) fail("nothing was expected behind the last '}'");
    if (!error_.empty()) return tl::unexpected(SyntaxError{place(error_at_), error_});
    return std::move(document_);
  }

 private:
  bool fails() const { return !error_.empty(); }
  void fail(std::string_view what) {
    if (fails()) return;
    error_at_ = std::min(at_, text_.size());
    const bool is_end = at_ >= text_.size();
    error_ = fmt::format("{}, and found {}", what,
                         is_end ? std::string("the end") : fmt::format("'{}'", text_[at_]));
  }
  Place place(std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    const std::size_t line = before.rfind('\n');
    return {static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
            at - (line == before.npos ? 0 : line + 1) + 1};
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  // Blanks and comments.
  void skip() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (is_blank(rest[0])) {
        ++at_;
      } else if (rest.starts_with("\xc2\xa0")) {
        at_ += 2;
      } else if (rest.starts_with("//")) {
        at_ += std::min(rest.find('\n'), rest.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        if (end == rest.npos) return fail("the end of a comment was expected");
        at_ += end + 2;
      } else {
        return;
      }
    }
  }
  static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
  }
  static bool is_name(char c) {
    return is_letter_or_digit(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  std::string name() {
    if (peek() == '"' || peek() == '\'') return string();
    const std::size_t start = at_;
    while (is_name(peek()) && at_ < text_.size()) ++at_;
    if (at_ == start || is_digit(text_[start])) fail("a key was expected");
    return std::string(text_.substr(start, at_ - start));
  }

  void object(const std::string& path, int depth) {
    if (depth > kDeepest) return fail("less depth was expected");
    take('{');
    for (skip(); !fails() && !take('}'); skip()) {
      const Place key_place = place(at_);
      const std::string key = name();
      skip();
      if (!fails() && !take(':')) fail(fmt::format("':' was expected behind the key {}", key));
      skip();
      if (fails()) return;
      if (peek() == '{') {
        object(path.empty() ? key : fmt::format("{}.{}", path, key), depth + 1);
      } else {
        const Place value_place = place(at_);
        document_.entries.push_back({path, key, value(depth), key_place, value_place});
      }
      end_of_element('}');
    }
  }
  // A comma, or what ends the list.
  void end_of_element(char end) {
    skip();
    if (!fails() && !take(',') && peek() != end) fail(fmt::format("',' or '{}' was expected", end));
  }

  Value value(int depth) {
    using Kind = Value::Kind;
    const char first = peek();
    if (first == '"' || first == '\'') return {Kind::text, string(), {}};
    if (first == '[') {
      Value array{Kind::array, {}, {}};
      if (depth > kDeepest) fail("less depth was expected");
      take('[');
      for (skip(); !fails() && !take(']'); skip()) {
        if (peek() == '{') fail("no object was expected in a list");
        if (!fails()) array.items.push_back(value(depth + 1));
        end_of_element(']');
      }
      return array;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           (is_name(text_[at_]) || text_[at_] == '+' || text_[at_] == '-' || text_[at_] == '.')) {
      ++at_;
    }
    const std::string word(text_.substr(start, at_ - start));
    if (word == "true" || word == "false") return {Kind::boolean, word, {}};
    if (word == "null") return {Kind::table, {}, {}};
    if (auto found = number(word)) return *found;
    at_ = start;
    fail("a value was expected");
    return {};
  }

  static std::optional<Value> number(std::string_view word) {
    if (word.starts_with('+')) word.remove_prefix(1);
    if (word.starts_with("0x") || word.starts_with("0X")) {
      std::uint64_t hex = 0;
      const auto [end, error] =
          std::from_chars(word.data() + 2, word.data() + word.size(), hex, 16);
      if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
      return Value{Value::Kind::integer, std::to_string(hex), {}};
    }
    double real = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), real);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) {
      return std::nullopt;
    }
    const bool is_whole = word.find_first_not_of("-0123456789") == word.npos;
    return Value{is_whole ? Value::Kind::integer : Value::Kind::real, std::string(word), {}};
  }

  std::string string() {
    std::string out;
    const char quote = peek();
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        ++at_;
        return out;
      }
      if (c == '\n') break;
      if (c != '\\') {
        out += c;
        continue;
      }
      ++at_;
      escape(out);
    }
    fail("the end of a string was expected");
    return out;
  }
  // At what stands behind the backslash.
  void escape(std::string& out) {
    const char c = peek();
    switch (c) {
      case 'n': out += '\n'; return;
      case 't': out += '\t'; return;
      case 'r': out += '\r'; return;
      case 'b': out += '\b'; return;
      case 'f': out += '\f'; return;
      case 'v': out += '\v'; return;
      case '\n': return;  // the string goes on in the next line
      case 'x': return code(out, 2);
      case 'u': return code(out, 4);
      default: out += c; return;
    }
  }
  void code(std::string& out, std::size_t digits) {
    const std::string_view hex = text_.substr(std::min(at_ + 1, text_.size())).substr(0, digits);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (hex.size() != digits || error != std::errc() || end != hex.data() + hex.size()) {
      return fail("hex digits of a character were expected");
    }
    at_ += digits;
    if (value < 0x80) {
      out += static_cast<char>(value);
    } else if (value < 0x800) {
      out += static_cast<char>(0xc0 | value >> 6);
      out += static_cast<char>(0x80 | (value & 0x3f));
    } else {
      out += static_cast<char>(0xe0 | value >> 12);
      out += static_cast<char>(0x80 | (value >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (value & 0x3f));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0, error_at_ = 0;
  std::string error_;
  Document document_;
};

}  // namespace

tl::expected<Document, SyntaxError> parse_json5(std::string_view text) {
  return Json5(text).read();
}

}  // namespace meterpipe::config
