// What a ciphered APDU says of itself, and what became of it. No key stands in here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/table.hpp"

namespace meterpipe::apdu {

// How far a value may be trusted; travels with it to the end.
enum class Auth : std::uint8_t {
  plain,       // the meter does not cipher
  none,        // ciphered, no tag
  unverified,  // a tag that was not checked
  verified,    // tag checked
  unknown,     // the input does not say
};
inline constexpr std::array<std::string_view, 5> kAuthNames{"plain", "none", "unverified",
                                                            "verified", "unknown"};
inline std::string_view name(Auth auth) { return kAuthNames[static_cast<std::size_t>(auth)]; }
inline std::optional<Auth> auth_of(std::string_view text) { return named<Auth>(kAuthNames, text); }

// Security control byte (IEC 62056-5-3, 9.2.7.2.4): bits 0-3 suite, then these.
inline constexpr std::uint8_t kAuthenticated = 0x10;
inline constexpr std::uint8_t kEncrypted = 0x20;
inline constexpr std::uint8_t kBroadcast = 0x40;
inline constexpr std::uint8_t kCompressed = 0x80;

inline constexpr int kHighestSuite = 2;
inline constexpr std::size_t kTitleLength = 8;
inline constexpr std::size_t kTagLength = 12;

constexpr std::size_t key_size(std::uint8_t control) { return (control & 0x0f) == 2 ? 32 : 16; }

// What a message is worth before, or without, a check of its tag.
inline Auth trust_without_check(std::uint8_t control) {
  if ((control & kAuthenticated) != 0) return Auth::unverified;
  return (control & kEncrypted) != 0 ? Auth::none : Auth::plain;
}

// A system title as sent: 8 bytes or none.
class Title {
 public:
  Title() = default;
  // False: it does not fit.
  bool assign(Bytes bytes) {
    if (bytes.size() > kTitleLength) return false;
    size_ = static_cast<std::uint8_t>(bytes.size());
    std::ranges::copy(bytes, bytes_.begin());
    return true;
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  operator Bytes() const { return Bytes(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kTitleLength> bytes_{};
  std::uint8_t size_ = 0;
};

// Of services that stand one in another, `service` is the outermost, `inside` the innermost; title,
// security control and counter are those of the innermost that ciphers.
struct Security {
  std::string_view service;  // "general-glo-ciphering"
  std::string_view inside;   // empty: nothing but the service
  Title title;
  bool title_given = false;  // not sent, but given by the user
  bool has_control = true;   // false: general-signing alone, no control and no counter
  std::uint8_t control = 0;
  std::uint32_t counter = 0;  // invocation counter
  Auth auth = Auth::unknown;
  bool replayed = false;  // the counter was there before
  std::string_view key;   // label or title of the key that fitted; never the key
  ByteVector signature;   // general-signing: as sent, not checked

  std::uint8_t suite() const { return control & 0x0f; }
  bool encrypted() const { return (control & kEncrypted) != 0; }
};

}  // namespace meterpipe::apdu
