// SHA-256 of an APDU: what identifies a message of a meter that does not cipher.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace meterpipe::apdu {

// The first 16 hex digits.
std::string short_digest(Bytes bytes);

}  // namespace meterpipe::apdu
