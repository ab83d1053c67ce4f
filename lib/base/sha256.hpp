// SHA-256 (FIPS 180-4), for the identity of messages. It is no secret, and opens no library: a
// program that has nothing else to do with ciphers starts without one.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace meterpipe {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(Bytes bytes);
// The same without what the processor has for it.
Sha256 sha256_by_hand(Bytes bytes);

}  // namespace meterpipe
