#include "apdu/openssl.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include <openssl/crypto.h>

#include "base/secret.hpp"

namespace meterpipe::apdu {
namespace {

// As malloc has it: the size stands before the memory.
constexpr std::size_t kSizeLength = 16;  // keeps the alignment

void* take_for_openssl(std::size_t size, const char*, int) {
  if (size == 0) return nullptr;
  try {
    auto* const memory = static_cast<std::uint8_t*>(take_secret_memory(size + kSizeLength));
    std::memcpy(memory, &size, sizeof size);
    return memory + kSizeLength;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

std::size_t size_for_openssl(const void* memory) {
  std::size_t size = 0;
  std::memcpy(&size, static_cast<const std::uint8_t*>(memory) - kSizeLength, sizeof size);
  return size;
}

void give_back_for_openssl(void* memory, const char*, int) {
  if (memory == nullptr) return;
  give_back_secret_memory(static_cast<std::uint8_t*>(memory) - kSizeLength,
                          size_for_openssl(memory) + kSizeLength);
}

void* take_for_openssl_again(void* memory, std::size_t size, const char* file, int line) {
  void* const larger = take_for_openssl(size, file, line);
  if (memory == nullptr) return larger;
  if (larger != nullptr) std::memcpy(larger, memory, std::min(size, size_for_openssl(memory)));
  if (larger != nullptr || size == 0) give_back_for_openssl(memory, file, line);
  return larger;
}

// A context holds the key and what is made of it for each round.
int prepare_once() {
  CRYPTO_set_mem_functions(take_for_openssl, take_for_openssl_again, give_back_for_openssl);
  return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                                 OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                 OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                             nullptr);
}

}  // namespace

void prepare_openssl() {
  static const int done = prepare_once();
  if (done != 1) throw std::runtime_error("OpenSSL cannot be used");
}

}  // namespace meterpipe::apdu
