// Texts that may be keys, so that no message repeats one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace meterpipe {

// 24 hex digits and more in a row, with marks, blanks and 0x between them: most of a key. A system
// title has 16, a time in a file's name 20.
bool looks_like_key(std::string_view text);

// How far the text may be shown: up to where `most` hex digits are in a row, their first one.
std::size_t harmless_part(std::string_view text, std::size_t most);

// The text, or words in its place.
std::string without_key(const std::string& text);

}  // namespace meterpipe
