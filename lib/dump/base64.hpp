// Base64 (RFC 4648, both alphabets). Any word of text is base64 of something: it counts where it
// decodes to whole frames with their checks, or to APDUs from the first byte to the last.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace meterpipe::dump {

// The longest word of a line that can be base64, of 20 characters and more; empty: there is none.
std::string_view base64_word(std::string_view line);

// The bytes of one or several joined words; nullopt if they are none, or nothing that checks.
std::optional<ByteVector> read_base64(std::string_view words);

}  // namespace meterpipe::dump
