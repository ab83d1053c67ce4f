// UTF-8 (RFC 3629): shortest forms only, no surrogates.
#pragma once

#include <string>
#include <string_view>

namespace meterpipe {

// Length in bytes of the well-formed sequence at text[at], or 0.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Without the byte order mark that Windows writes before a text.
std::string_view without_mark(std::string_view text);

// Whether a byte is one of C0 or DEL.
bool has_control(std::string_view text);

// Well-formed and without control characters (C0, DEL, C1): fit for a person's eyes.
bool is_printable_utf8(std::string_view text);
// Whether a sequence turns the direction in which a terminal writes (U+202A to 202E, 2066 to 2069):
// what is seen is then not what is there.
bool is_direction_control(std::string_view sequence);
bool has_direction_control(std::string_view text);
// What is not is written as \x1b; a backslash stands before each character of `marked`.
std::string printable_utf8(std::string_view text, std::string_view marked = {});

}  // namespace meterpipe
