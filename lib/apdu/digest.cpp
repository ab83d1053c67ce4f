#include "apdu/digest.hpp"

#include <array>

#include <openssl/sha.h>

#include "base/hex.hpp"

namespace meterpipe::apdu {

std::string short_digest(Bytes bytes) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  return to_hex(Bytes(digest).first(8));
}

}  // namespace meterpipe::apdu
