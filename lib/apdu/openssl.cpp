#include "apdu/openssl.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include <openssl/crypto.h>

#include "base/secret.hpp"

namespace meterpipe::apdu {
namespace {

// As malloc has it: before the memory stand its size and whether it is as that of keys.
struct Piece {
  std::size_t size;
  bool is_secret;
};
constexpr std::size_t kHead = 16;  // keeps the alignment
static_assert(sizeof(Piece) <= kHead);

// While it looks for its ciphers; a thread of others may hold keys meanwhile.
thread_local bool is_looking = false;

Piece piece_of(const void* memory) {
  Piece piece{};
  std::memcpy(&piece, static_cast<const std::uint8_t*>(memory) - kHead, sizeof piece);
  return piece;
}

void* take_for_openssl(std::size_t size, const char*, int) {
  if (size == 0) return nullptr;
  try {
    const Piece piece{size, !is_looking};
    void* const whole =
        piece.is_secret ? take_secret_memory(size + kHead) : std::malloc(size + kHead);
    if (whole == nullptr) return nullptr;
    std::memcpy(whole, &piece, sizeof piece);
    return static_cast<std::uint8_t*>(whole) + kHead;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void give_back_for_openssl(void* memory, const char*, int) {
  if (memory == nullptr) return;
  const Piece piece = piece_of(memory);
  void* const whole = static_cast<std::uint8_t*>(memory) - kHead;
  if (piece.is_secret) {
    give_back_secret_memory(whole, piece.size + kHead);
  } else {
    std::free(whole);
  }
}

void* take_for_openssl_again(void* memory, std::size_t size, const char* file, int line) {
  void* const larger = take_for_openssl(size, file, line);
  if (memory == nullptr) return larger;
  if (larger != nullptr) std::memcpy(larger, memory, std::min(size, piece_of(memory).size));
  if (larger != nullptr || size == 0) give_back_for_openssl(memory, file, line);
  return larger;
}

class Looking {
 public:
  Looking() { is_looking = true; }
  ~Looking() { is_looking = false; }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
};

// A context holds the key and what is made of it for each round.
int prepare_once() {
  const Looking looking;
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

const EVP_CIPHER* find_cipher(const char* name) {
  prepare_openssl();
  static std::mutex mutex;
  // Never destroyed: contexts may be freed after it would be.
  static auto& found = *new std::map<std::string, EVP_CIPHER*, std::less<>>();
  const std::lock_guard lock(mutex);
  if (const auto one = found.find(name); one != found.end()) return one->second;
  EVP_CIPHER* cipher = nullptr;
  {
    const Looking looking;
    cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  }
  if (cipher == nullptr) throw std::runtime_error(std::string("OpenSSL has no ") + name);
  return found.emplace(name, cipher).first->second;
}

}  // namespace meterpipe::apdu
