// What becomes of a ciphered APDU with a key (IEC 62056-5-3, 9.2.7.2).
//
//   SC 20, 21   enciphered, no tag: GCM without a tag is CTR, and nothing tells that bytes were
//               changed. The judge is the plaintext (makes_sense).
//   SC 30, 31   enciphered, tag over the AAD below. Without AK it still deciphers, unverified.
//   SC 10, 11   not enciphered, tag over the AAD and the plaintext. Can be read without a key.
//   SC 00, 01   neither: plain in a ciphering's clothes.
//
//   IV  = system title (8), IC (4)
//   AAD = SC  AK  [transaction-id originator recipient date-time other-information]  [plaintext]
//         the five of general-ciphering only, each with its length byte, empty ones too
//
// Suite 1 ciphers with AES-128-GCM as suite 0 does; only suite 2 is AES-256. The broadcast key is
// used where SC (bit 6) or the key-info of general-ciphering says so.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "apdu/ciphering_header.hpp"
#include "apdu/gcm.hpp"
#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace meterpipe::apdu {

enum class AuthMode : std::uint8_t { check, require, ignore };

// One line of a key file, ready to be used.
class Key {
 public:
  // `encryption` of 16 or 32 bytes; the others empty or of the same size. `title`: of the meter
  // whose key it is; empty: of any.
  Key(Bytes encryption, Bytes authentication, Bytes broadcast, std::string label, Title title = {});

  bool has_authentication() const { return !authentication_.empty(); }
  bool has_broadcast() const { return broadcast_ != nullptr; }
  std::size_t size() const { return size_; }
  const std::string& label() const { return label_; }  // what records call it
  const Title& title() const { return title_; }
  Bytes authentication() const { return authentication_; }
  // What is done with tags where `asked` is asked for: the line's own word, if it has one, but
  // nothing goes before `require`.
  AuthMode auth(AuthMode asked) const {
    return asked == AuthMode::require ? asked : auth_.value_or(asked);
  }
  void set_auth(std::optional<AuthMode> auth) { auth_ = auth; }
  Gcm& cipher() { return *encryption_; }
  Gcm& broadcast() { return *broadcast_; }

 private:
  std::unique_ptr<Gcm> encryption_;
  std::unique_ptr<Gcm> broadcast_;
  SecretBytes authentication_;
  std::size_t size_;
  std::string label_;
  Title title_;
  std::optional<AuthMode> auth_;
};

// Tries `first`, if there is one, and then the keys in order. The system title is that of
// `security`; where it is empty each key is tried with its own, and that of the key that fits is
// put in. Ok: `plain` holds the content, `security` how far it may be trusted, and the key that
// fitted is returned, or nullptr where none was needed. Otherwise the most telling reason, and
// `plain` is empty: no value comes from a message whose tag failed, or whose plaintext is no APDU.
Result<Key*> decipher(const CipheredApdu& apdu, std::span<Key* const> keys, AuthMode mode,
                      Security& security, ByteVector& plain, Key* first = nullptr);

// Whether bytes that no tag vouches for are an APDU or a P1 telegram, from the first to the last.
bool makes_sense(Bytes plain);
// `/KFM5…`: manufacturer and baud rate of an identification line (IEC 62056-21).
bool begins_as_telegram(Bytes plain);
// Why they make none.
Error why_no_apdu(Bytes plain);

}  // namespace meterpipe::apdu
