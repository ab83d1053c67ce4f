// AES-128 as meters of the Open Metering System use it on M-Bus (OMS 4, Vol. 2, 9): CBC without
// padding (mode 5), and CMAC (mode 7).
#pragma once

#include <array>

#include "base/bytes.hpp"

namespace meterpipe::apdu {

inline constexpr std::size_t kBlockSize = 16;

// `key` and `iv` have 16 bytes, the text whole blocks; `out` is what comes of it.
void cbc_decrypt(Bytes key, Bytes iv, Bytes ciphertext, ByteVector& out);
void cbc_encrypt(Bytes key, Bytes iv, Bytes plain, ByteVector& out);

// RFC 4493.
std::array<std::uint8_t, kBlockSize> cmac(Bytes key, Bytes text);

}  // namespace meterpipe::apdu
