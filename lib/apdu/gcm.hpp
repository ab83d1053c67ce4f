// AES-GCM as DLMS uses it (IEC 62056-5-3, 9.2.3; NIST SP 800-38D): IV = system title (8) and
// invocation counter (4), tag of 12 bytes. A context is made once per key; a message sets only
// the IV anew. Of OpenSSL nothing is seen outside gcm, cbc and openssl.
#pragma once

#include <memory>

#include "base/bytes.hpp"

namespace meterpipe::apdu {

inline constexpr std::size_t kIvLength = 12;

class Gcm {
 public:
  // 16 bytes: AES-128 (suites 0 and 1), 32 bytes: AES-256 (suite 2).
  explicit Gcm(Bytes key);
  ~Gcm();
  Gcm(Gcm&&) noexcept;
  Gcm& operator=(Gcm&&) noexcept;

  // Another key of the same size; much cheaper than a new one.
  void set_key(Bytes key);
  // Deciphers; the tag, if there is one, is not looked at.
  void decrypt(Bytes iv, Bytes ciphertext, ByteVector& plain);
  // Deciphers and checks the tag over `aad` and the ciphertext. False: it does not fit, and `plain`
  // must not be used.
  bool decrypt_verified(Bytes iv, Bytes aad, Bytes ciphertext, Bytes tag, ByteVector& plain);
  // Enciphers; `tag` gets 12 bytes.
  void encrypt(Bytes iv, Bytes aad, Bytes plain, ByteVector& ciphertext, ByteVector& tag);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Overwrites bytes that were a key.
void wipe(ByteVector& bytes);

}  // namespace meterpipe::apdu
