// UTF-8 (RFC 3629): shortest forms only, no surrogates.
#pragma once

#include <string>
#include <string_view>

namespace meterpipe {

// Length in bytes of the well-formed sequence at text[at], or 0.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Well-formed and without control characters (C0, DEL, C1): fit for a person's eyes.
bool is_printable_utf8(std::string_view text);
// What is not is written as \x1b; a backslash stands before each character of `marked`.
std::string printable_utf8(std::string_view text, std::string_view marked = {});

}  // namespace meterpipe
