#include "apdu/ciphered.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "base/reader.hpp"

namespace meterpipe::apdu {
namespace {

constexpr std::size_t kSecurityHeader = 5;  // SC and invocation counter
constexpr int kHighestSuite = 2;

std::size_t key_size(std::uint8_t control) { return (control & 0x0f) == 2 ? 32 : 16; }

// A P1 telegram instead of an APDU: `/…` to `!` (Steiermark, Luxembourg).
bool is_p1_telegram(Bytes plain) {
  if (plain.size() < 8 || plain[0] != '/') return false;
  return std::find(plain.begin(), plain.end(), std::uint8_t{'!'}) != plain.end() &&
         std::all_of(plain.begin(), plain.end(), [](std::uint8_t c) {
           return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n';
         });
}

// What a message is worth before, or without, a check of its tag.
Auth trust_without_check(std::uint8_t control) {
  if ((control & kAuthenticated) != 0) return Auth::unverified;
  return (control & kEncrypted) != 0 ? Auth::none : Auth::plain;
}

std::uint8_t first_of(Bytes bytes) { return bytes.empty() ? std::uint8_t{0} : bytes[0]; }

bool makes_sense(Bytes plain) { return is_plausible(plain) || is_p1_telegram(plain); }

}  // namespace

bool is_ciphered(Bytes apdu) {
  const ApduTag* tag = apdu.empty() ? nullptr : find_apdu_tag(apdu[0]);
  return tag != nullptr && tag->family != Family::plain && tag->family != Family::acse &&
         tag->family != Family::transfer;
}

Result<CipheredApdu> parse_ciphered(Bytes apdu) {
  Reader reader(apdu);
  CipheredApdu ciphered;
  ciphered.tag = reader.u8();
  const ApduTag* tag = find_apdu_tag(ciphered.tag);
  if (tag == nullptr || tag->family != Family::general_cipher) {
    return fail(Fault::unsupported_service, 0, 0, ciphered.tag);
  }
  const std::uint64_t title_length = reader.length();
  if (reader.failed()) return fail(Fault::truncated_apdu, 0, 2, apdu.size());
  if (title_length != 0 && title_length != kTitleLength) {
    return fail(Fault::bad_title, 1, kTitleLength, title_length);
  }
  ciphered.title = reader.take(title_length);
  const std::size_t length_at = reader.offset();
  const std::uint64_t length = reader.length();
  if (reader.failed()) return fail(Fault::truncated_apdu, 0, length_at + 1, apdu.size());
  if (length < kSecurityHeader) return fail(Fault::bad_length, length_at, kSecurityHeader, length);
  // The header first: title and counter are worth telling even if the rest is missing.
  const std::size_t content_at = reader.offset();
  if (length > apdu.size() - content_at) {
    return fail(Fault::truncated_apdu, length_at, content_at + length, apdu.size());
  }
  if (length < apdu.size() - content_at) {
    return fail(Fault::trailing_bytes, content_at + length, 0, apdu.size() - content_at - length);
  }
  ciphered.control = reader.u8();
  ciphered.counter_bytes = reader.take(4);
  ciphered.counter = Reader(ciphered.counter_bytes).u32();
  const std::size_t mac = (ciphered.control & kAuthenticated) != 0 ? kTagLength : 0;
  if (reader.left() < mac) return fail(Fault::bad_length, length_at, kSecurityHeader + mac, length);
  ciphered.content = reader.take(reader.left() - mac);
  ciphered.mac = reader.take(mac);
  return ciphered;
}

Security security_of(const CipheredApdu& apdu) {
  Security security;
  if (const ApduTag* tag = find_apdu_tag(apdu.tag)) security.service = tag->name;
  security.title.assign(apdu.title);
  security.control = apdu.control;
  security.counter = apdu.counter;
  security.auth = trust_without_check(apdu.control);
  return security;
}

std::optional<Security> glimpse(Bytes apdu) {
  Reader reader(apdu);
  CipheredApdu seen;
  seen.tag = reader.u8();
  const ApduTag* tag = find_apdu_tag(seen.tag);
  if (tag == nullptr || tag->family != Family::general_cipher) return std::nullopt;
  seen.title = reader.take(reader.length());
  reader.length();
  seen.control = reader.u8();
  seen.counter = reader.u32();
  if (reader.failed()) return std::nullopt;
  return security_of(seen);
}

Key::Key(ByteVector encryption, ByteVector authentication, ByteVector broadcast, std::string label)
    : encryption_(std::make_unique<Gcm>(encryption)),
      broadcast_(broadcast.empty() ? nullptr : std::make_unique<Gcm>(broadcast)),
      authentication_(std::move(authentication)),
      size_(encryption.size()),
      label_(std::move(label)) {
  wipe(encryption);
  wipe(broadcast);
}

namespace {

enum class Attempt : std::uint8_t { good, wrong, tag_failed };

// One key. `plain` is the APDU only if the attempt is good.
Attempt attempt(const CipheredApdu& apdu, Key& key, AuthMode mode, Bytes iv, Security& security,
                ByteVector& plain) {
  const bool enciphered = (apdu.control & kEncrypted) != 0;
  Gcm& cipher = (apdu.control & kBroadcast) != 0 ? key.broadcast() : key.cipher();
  const bool check = !apdu.mac.empty() && key.has_authentication() && mode != AuthMode::ignore;
  if (check) {
    ByteVector aad{apdu.control};
    append(aad, key.authentication());
    if (!enciphered) append(aad, apdu.content);
    const bool fits =
        cipher.decrypt_verified(iv, aad, enciphered ? apdu.content : Bytes(), apdu.mac, plain);
    if (!enciphered) plain.assign(apdu.content.begin(), apdu.content.end());
    if (fits) {
      security.auth = Auth::verified;
      return Attempt::good;
    }
    // The right encryption key gives an APDU all the same: then the other key or the bytes are
    // wrong.
    const bool begins = begins_plausibly(plain) || is_p1_telegram(plain);
    plain.clear();
    return begins ? Attempt::tag_failed : Attempt::wrong;
  }
  if (enciphered) {
    cipher.decrypt(iv, apdu.content, plain);
  } else {
    plain.assign(apdu.content.begin(), apdu.content.end());
  }
  if (makes_sense(plain)) return Attempt::good;
  plain.clear();
  return Attempt::wrong;
}

}  // namespace

Result<void> decipher(const CipheredApdu& apdu, std::span<Key* const> keys, AuthMode mode,
                      Security& security, ByteVector& plain) {
  plain.clear();
  security.auth = trust_without_check(apdu.control);
  if ((apdu.control & kCompressed) != 0) return fail(Fault::compressed, 0, 0, apdu.control);
  if ((apdu.control & 0x0f) > kHighestSuite) {
    return fail(Fault::unsupported_suite, 0, 0, apdu.control);
  }
  if (apdu.title.size() != kTitleLength) {
    return fail(Fault::bad_title, 1, kTitleLength, apdu.title.size());
  }
  std::array<std::uint8_t, kIvLength> iv{};
  std::memcpy(iv.data(), apdu.title.data(), kTitleLength);
  std::memcpy(iv.data() + kTitleLength, apdu.counter_bytes.data(), 4);

  std::size_t tried = 0;
  bool tag_failed = false, lacks_broadcast = false, unverified = false;
  for (Key* key : keys) {
    if (key->size() != key_size(apdu.control)) continue;
    if ((apdu.control & kBroadcast) != 0 && !key->has_broadcast()) {
      lacks_broadcast = true;
      continue;
    }
    ++tried;
    const Attempt result = attempt(apdu, *key, mode, iv, security, plain);
    tag_failed |= result == Attempt::tag_failed;
    if (result != Attempt::good) continue;
    if (mode == AuthMode::require && security.auth != Auth::verified) {
      unverified = true;  // another key may come with the one that checks the tag
      plain.clear();
      continue;
    }
    security.key = key->label();
    return {};
  }
  if (unverified) return fail(Fault::not_authenticated);
  if (tried == 0 && (apdu.control & kEncrypted) == 0) {
    // Nothing to decipher: without a key it can be read all the same, only not verified.
    if (mode == AuthMode::require) return fail(Fault::not_authenticated);
    if (!makes_sense(apdu.content)) return fail(Fault::not_dlms, 0, 0, first_of(apdu.content));
    plain.assign(apdu.content.begin(), apdu.content.end());
    return {};
  }
  if (tried == 0) {
    return lacks_broadcast ? fail(Fault::broadcast_key, 0, 0, apdu.control) : fail(Fault::no_key);
  }
  return tag_failed ? fail(Fault::tag_failed) : fail(Fault::wrong_key, 0, 0, tried);
}

}  // namespace meterpipe::apdu
