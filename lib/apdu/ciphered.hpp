// The shape of a ciphered APDU, and what becomes of it with a key (IEC 62056-5-3, 9.2.7).
//
//   DB  08 title(8)  length  SC IC(4) ciphertext [tag(12)]      general-glo-ciphering; DC: ded-
//
//   SC 20, 21   enciphered, no tag: GCM without a tag is CTR, and nothing tells that bytes were
//               changed. The judge is the plaintext (apdu::is_plausible).
//   SC 30, 31   enciphered, tag over AAD = SC || AK. Without AK it still deciphers, unverified.
//   SC 10, 11   not enciphered, tag over AAD = SC || AK || plaintext. Can be read without a key.
//
// Length fields seen: 4D, 81 F8, 82 01 55, and the non-minimal 82 00 E7 (Kamstrup). Suite 1 ciphers
// with AES-128-GCM as suite 0 does; only suite 2 is AES-256.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apdu/gcm.hpp"
#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

struct CipheredApdu {
  std::uint8_t tag = 0;
  Bytes title;
  std::uint8_t control = 0;
  std::uint32_t counter = 0;
  Bytes counter_bytes;
  Bytes content;  // ciphertext, or plaintext where it is only authenticated
  Bytes mac;      // authentication tag: 12 bytes or none
};

bool is_ciphered(Bytes apdu);
// Only the shape; the whole APDU must be there and nothing behind it.
Result<CipheredApdu> parse_ciphered(Bytes apdu);
// What is known before any key is tried.
Security security_of(const CipheredApdu& apdu);
// The same of an APDU that is cut or has bytes left over: what its header says, for the error.
std::optional<Security> glimpse(Bytes apdu);

// One line of a key file, ready to be used.
class Key {
 public:
  // `encryption` of 16 or 32 bytes; the others empty or of the same size.
  Key(ByteVector encryption, ByteVector authentication, ByteVector broadcast, std::string label);

  bool has_authentication() const { return !authentication_.empty(); }
  bool has_broadcast() const { return broadcast_ != nullptr; }
  std::size_t size() const { return size_; }
  const std::string& label() const { return label_; }  // "" or the key file's label=
  Bytes authentication() const { return authentication_; }
  Gcm& cipher() { return *encryption_; }
  Gcm& broadcast() { return *broadcast_; }

 private:
  std::unique_ptr<Gcm> encryption_;
  std::unique_ptr<Gcm> broadcast_;
  ByteVector authentication_;
  std::size_t size_;
  std::string label_;
};

enum class AuthMode : std::uint8_t { check, require, ignore };

// Tries the keys in order. Ok: `plain` holds the APDU and `security` how far it may be trusted.
// Otherwise the most telling reason, and `plain` is empty: no value comes from a message whose tag
// failed, or whose plaintext is no APDU.
Result<void> decipher(const CipheredApdu& apdu, std::span<Key* const> keys, AuthMode mode,
                      Security& security, ByteVector& plain);

}  // namespace meterpipe::apdu
