// Classes of ASCII characters, of a byte as of a char; no locale.
#pragma once

namespace meterpipe {

constexpr bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(unsigned char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_letter_or_digit(unsigned char c) { return is_letter(c) || is_digit(c); }

template <class Char>
constexpr Char upper(Char c) {
  return is_lower(static_cast<unsigned char>(c)) ? static_cast<Char>(c - 32) : c;
}
template <class Char>
constexpr Char lower(Char c) {
  return is_upper(static_cast<unsigned char>(c)) ? static_cast<Char>(c + 32) : c;
}

}  // namespace meterpipe
