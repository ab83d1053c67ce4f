// Ciphered and signed APDUs for tests: an encoder of its own, by the letter of IEC
// 62056-5-3, 9.2.7, that shares nothing with the decoder but AES-GCM.
#pragma once

#include "apdu/gcm.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

struct Ciphering {
  ByteVector title = hex("4b464d1020000001");
  ByteVector encryption = hex("36c66639e48a8ca4d6bc8b282a793bbb");
  ByteVector authentication = hex("d2d1d0dfdedddcdbdad9d8d7d6d5d4d3");
  std::uint8_t control = 0x20;
  ByteVector counter = hex("000004d2");
  std::uint8_t tag = 0xdb;  // 00: none, as in Poland
  // general-ciphering and general-signing
  ByteVector transaction = {}, recipient = {}, date_time = {}, other = {};
  ByteVector key_info = ByteVector(1, 0);  // as it is sent
  // What the IV is made from, where that is not what is sent.
  ByteVector own_title = {};
};

// Length and bytes; `wide`: a form that is longer than it need be.
inline ByteVector string_of(Bytes bytes, bool wide = false) {
  ByteVector out;
  const std::size_t n = bytes.size();
  if (n > 255 || wide) {
    out = {0x82, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
  } else if (n > 127) {
    out = {0x81, static_cast<std::uint8_t>(n)};
  } else {
    out = {static_cast<std::uint8_t>(n)};
  }
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

// The five fields that general-ciphering and general-signing begin with.
inline ByteVector header_of(const Ciphering& how) {
  return join(string_of(how.transaction), string_of(how.title), string_of(how.recipient),
              string_of(how.date_time), string_of(how.other));
}

// As a meter makes it, by the rules of the tag and of the security control.
inline ByteVector cipher(const Ciphering& how, Bytes plain, bool wide = false) {
  const bool general = how.tag == 0xdd;
  const bool titled = how.tag == 0 || how.tag == 0xdb || how.tag == 0xdc;
  const bool encrypted = (how.control >> 5 & 1) != 0, authenticated = (how.control >> 4 & 1) != 0;
  ByteVector aad, text, mac;
  if (authenticated) {
    aad.push_back(how.control);
    append(aad, how.authentication);
    if (general) append(aad, header_of(how));
    if (!encrypted) append(aad, plain);
  }
  apdu::Gcm gcm(how.encryption);
  gcm.encrypt(join(how.own_title.empty() ? how.title : how.own_title, how.counter), aad,
              encrypted ? plain : Bytes(), text, mac);
  if (!encrypted) text.assign(plain.begin(), plain.end());
  if (!authenticated) mac.clear();

  ByteVector apdu;
  if (how.tag != 0) apdu.push_back(how.tag);
  if (general) append(apdu, join(header_of(how), how.key_info));
  if (titled) append(apdu, string_of(how.title));
  append(apdu, string_of(join(ByteVector(1, how.control), how.counter, text, mac), wide));
  return apdu;
}

// general-signing; nobody can check the signature.
inline ByteVector sign(const Ciphering& how, Bytes plain, Bytes signature) {
  return join(ByteVector(1, 0xdf), header_of(how), string_of(plain), string_of(signature));
}

}  // namespace meterpipe::test
