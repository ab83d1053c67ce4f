#include "apdu/digest.hpp"

#include <array>
#include <stdexcept>

#include <dlfcn.h>
#include <openssl/opensslv.h>
#include <openssl/sha.h>

#include "base/hex.hpp"

#define METERPIPE_TEXT(x) #x
#define METERPIPE_TEXT_OF(x) METERPIPE_TEXT(x)

namespace meterpipe::apdu {
namespace {

// libcrypto is a third of the start of a program that links to it, and most of them never need a
// digest: it is opened at the first one.
decltype(&SHA256) load_sha256() {
  constexpr const char* kLibrary = "libcrypto.so." METERPIPE_TEXT_OF(OPENSSL_SHLIB_VERSION);
  void* library = dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL);
  void* function = library == nullptr ? nullptr : dlsym(library, "SHA256");
  if (function == nullptr) throw std::runtime_error(std::string("SHA-256: ") + dlerror());
  return reinterpret_cast<decltype(&SHA256)>(function);
}

}  // namespace

std::string short_digest(Bytes bytes) {
  static const auto sha256 = load_sha256();
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  sha256(bytes.data(), bytes.size(), digest.data());
  return to_hex(Bytes(digest).first(8));
}

}  // namespace meterpipe::apdu

#undef METERPIPE_TEXT_OF
#undef METERPIPE_TEXT
