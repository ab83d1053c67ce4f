#include "apdu/digest.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"

namespace meterpipe::apdu {

std::string short_digest(Bytes bytes) { return to_hex(Bytes(sha256(bytes)).first(8)); }

}  // namespace meterpipe::apdu
