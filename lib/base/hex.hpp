// Hex digits to bytes and back, by table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/bytes.hpp"

namespace meterpipe {

// The value of one digit, or -1.
int hex_digit(char c);

// Writes 2 * bytes.size() lower-case digits at `to` and returns the end.
char* write_hex(char* to, Bytes bytes);

void add_hex(Buffer& to, Bytes bytes);
std::string to_hex(Bytes bytes);

// Strict: an even number of digits and nothing else. Appends to `to`; false leaves `to` as it was.
bool append_hex(ByteVector& to, std::string_view digits);

// For tests and tables: the same as a value.
std::optional<ByteVector> from_hex(std::string_view digits);

}  // namespace meterpipe
