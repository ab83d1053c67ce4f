#include "cosem/obis.hpp"

#include <charconv>

namespace meterpipe::cosem {
namespace {

void add_number(std::string& text, std::uint8_t value) {
  char digits[4];
  text.append(digits, std::to_chars(digits, digits + 4, value).ptr);
}

// A number 0..255 at the start of `text`, taken off it.
std::optional<std::uint8_t> take_number(std::string_view& text) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_string(const Obis& code) {
  std::string text;
  add_number(text, code.a);
  text += '-';
  add_number(text, code.b);
  text += ':';
  add_number(text, code.c);
  text += '.';
  add_number(text, code.d);
  text += '.';
  add_number(text, code.e);
  if (code.f != 255) {
    text += '*';
    add_number(text, code.f);
  }
  return text;
}

std::string to_full_string(const Obis& code) {
  return code.f == 255 ? to_string(code) + "*255" : to_string(code);
}

bool ObisPattern::matches(const Obis& code) const {
  return c == code.c && d == code.d && a.value_or(code.a) == code.a &&
         b.value_or(code.b) == code.b && e.value_or(code.e) == code.e &&
         f.value_or(code.f) == code.f;
}

std::optional<ObisPattern> parse_obis(std::string_view text) {
  ObisPattern pattern;
  if (text.find(':') != std::string_view::npos) {
    pattern.a = take_number(text);
    if (!pattern.a || !take(text, '-')) return std::nullopt;
    pattern.b = take_number(text);
    if (!pattern.b || !take(text, ':')) return std::nullopt;
  }
  const auto c = take_number(text);
  if (!c || !take(text, '.')) return std::nullopt;
  const auto d = take_number(text);
  if (!d) return std::nullopt;
  pattern.c = *c;
  pattern.d = *d;
  if (take(text, '.')) {
    pattern.e = take_number(text);
    if (!pattern.e) return std::nullopt;
  }
  if (take(text, '*')) {
    pattern.f = take_number(text);
    if (!pattern.f) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return pattern;
}

}  // namespace meterpipe::cosem
