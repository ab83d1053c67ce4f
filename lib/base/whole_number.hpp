// A number that is all of a text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace meterpipe {

// Nothing where the text is none, has something behind it, or the number does not fit.
template <class Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, base);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace meterpipe
