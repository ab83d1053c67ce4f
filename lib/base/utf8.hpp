// UTF-8 (RFC 3629): shortest forms only, no surrogates.
#pragma once

#include <string>
#include <string_view>

namespace meterpipe {

// Length in bytes of the well-formed sequence at text[at], or 0.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Without the byte order mark that Windows writes before a text.
std::string_view without_mark(std::string_view text);

// Whether all of it is from 20 to 7E.
bool is_printable_ascii(std::string_view text);

// Well-formed, without control characters (C0, DEL, C1) and without what deceives: fit for a
// person's eyes.
bool is_printable_utf8(std::string_view text);
// Whether what is seen is not what is there: a sequence turns the direction in which a terminal
// writes (U+061C, 200E, 200F, 202A to 202E, 2066 to 2069), ends a line (2028, 2029) or is not seen
// itself (200B to 200D, 2060 to 2065, 206A to 206F, FEFF), so that two names look the same.
bool is_deceptive(std::string_view sequence);
// What is not is written as \x1b; a backslash stands before each character of `marked`.
std::string printable_utf8(std::string_view text, std::string_view marked = {});

}  // namespace meterpipe
