// Ciphered APDUs for tests.
#pragma once

#include "apdu/gcm.hpp"
#include "apdu/security.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

struct Ciphering {
  ByteVector title = hex("4b464d1020000001");
  ByteVector encryption = hex("36c66639e48a8ca4d6bc8b282a793bbb");
  ByteVector authentication = hex("d2d1d0dfdedddcdbdad9d8d7d6d5d4d3");
  std::uint8_t control = 0x20;
  ByteVector counter = hex("000004d2");
  std::uint8_t tag = 0xdb;
};

// As a meter makes it: DB 08 title length SC IC content [tag], by the rules of the security
// control.
inline ByteVector cipher(const Ciphering& how, Bytes plain) {
  apdu::Gcm gcm(how.encryption);
  const ByteVector iv = join(how.title, how.counter);
  const bool encrypted = (how.control & apdu::kEncrypted) != 0;
  const bool authenticated = (how.control & apdu::kAuthenticated) != 0;
  ByteVector aad, content, tag;
  if (authenticated) aad = join(ByteVector(1, how.control), how.authentication);
  if (encrypted) {
    gcm.encrypt(iv, aad, plain, content, tag);
  } else {
    append(aad, plain);
    ByteVector nothing;
    gcm.encrypt(iv, aad, {}, nothing, tag);
    content.assign(plain.begin(), plain.end());
  }
  if (!authenticated) tag.clear();
  const std::size_t length = 5 + content.size() + tag.size();
  ByteVector apdu(1, how.tag);
  apdu.push_back(static_cast<std::uint8_t>(how.title.size()));
  append(apdu, how.title);
  if (length > 127) apdu.push_back(0x82);
  if (length > 127) apdu.push_back(static_cast<std::uint8_t>(length >> 8));
  apdu.push_back(static_cast<std::uint8_t>(length));
  apdu.push_back(how.control);
  append(apdu, how.counter);
  append(apdu, content);
  append(apdu, tag);
  return apdu;
}

}  // namespace meterpipe::test
