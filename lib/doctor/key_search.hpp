// Why a message does not decipher with the keys that were given: tries what people mix up (EK and
// AK, titles, lines, digits) until one thing fits. A tag that fits is proof; without one the
// plaintext is the judge: all messages kept of the meter together must say more than the number of
// tries could by chance. Nothing that it says holds a digit of a key.
//
// Bounded by a number of tries, each a key's set-up and 16 bytes of counter mode (less than 1 µs).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apdu/ciphered.hpp"
#include "doctor/causes.hpp"
#include "doctor/plaintext.hpp"
#include "keys/keys.hpp"

namespace meterpipe::doctor {

// A ciphered APDU, ready for tries; through a signature it looks at what was signed.
class KeyTrial {
 public:
  // nullopt: it has no shape, or nothing in it is ciphered. `apdu` must live on.
  static std::optional<KeyTrial> of(Bytes apdu);

  enum class Fit : std::uint8_t { none, begins, whole, verified };
  // `ak`: none if empty; then a tag is not looked at.
  Fit fit(apdu::Gcm& cipher, Bytes title, Bytes ak);
  // What it is under this key, the tag not looked at; of an enciphered one.
  Sense open(apdu::Gcm& cipher, Bytes title, ByteVector& plain);

  Bytes title() const { return layer_.title; }  // as sent; may be empty
  bool has_tag() const { return !layer_.mac.empty(); }
  bool enciphered() const { return layer_.enciphered(); }
  bool wants_broadcast() const { return layer_.wants_broadcast(); }
  std::size_t key_size() const { return apdu::key_size(layer_.control); }

 private:
  bool set_title(Bytes title);

  apdu::CipheredApdu layer_;
  std::array<std::uint8_t, apdu::kIvLength> iv_{};
  SecretBytes aad_;  // the AK is in it
  ByteVector plain_;
};

struct KeyFinding {
  Cause cause = Cause::wrong_key;
  double confidence = 0;
  std::string text;    // what it is
  std::string advice;  // what to change; may be empty
  bool verified = false;
};

class KeySearch {
 public:
  // `given`: the title of meters that send none, or empty.
  KeySearch(const keys::KeyRing& ring, const apdu::Title& given) : ring_(ring), given_(given) {}

  // Titles of other messages.
  void add_title(Bytes title);
  // Of messages of one title and security control. nullopt: nothing fits. Of a message whose key is
  // there, and only the tag does not fit, the tag's key is looked for.
  std::optional<KeyFinding> search(std::span<const ByteVector> apdus);
  std::uint64_t tries() const { return tries_; }

 private:
  using Entry = keys::KeyRing::Entry;
  using Fit = KeyTrial::Fit;
  std::optional<KeyFinding> search_one();
  // Whether so much sense is more than chance.
  bool is_right(Fit fit, Bytes key, Bytes title);
  Fit attempt(Bytes key, Bytes title, Bytes ak);
  apdu::Gcm& cipher_with(Bytes key);
  bool spent() const { return tries_ >= kMostTries; }
  std::vector<const Entry*> lines_for(Bytes title) const;
  bool is_listed(const Entry& entry, Bytes title) const;
  std::optional<KeyFinding> as_given(const std::vector<const Entry*>& lines, Bytes title);
  std::optional<KeyFinding> by_title(const std::vector<const Entry*>& lines, Bytes title);
  bool proves_title(Fit fit, const Entry& line) const;
  std::optional<KeyFinding> by_one_byte(const Entry& line, Bytes title, Bytes sent);
  std::optional<KeyFinding> garbled(const Entry& line, Bytes title);
  std::optional<KeyFinding> both_garbled(const Entry& line, Bytes title);
  std::optional<KeyFinding> tag_key(const Entry& line, Bytes title,
                                    const std::vector<const Entry*>& lines);
  KeyFinding finding(Cause cause, Fit fit, std::string text, std::string advice) const;

  static constexpr std::uint64_t kMostTries = 200'000;
  static constexpr std::size_t kMostSearched = 3;  // of the messages given, one by one

  const keys::KeyRing& ring_;
  const apdu::Title given_;
  std::vector<apdu::Title> titles_;
  std::vector<KeyTrial> trials_;
  KeyTrial* trial_ = nullptr;  // the one that is tried
  bool settled_ = false;       // its keys and title are right, only the tag does not fit
  std::optional<apdu::Gcm> short_cipher_, long_cipher_;  // of 16 and of 32 bytes
  std::uint64_t tries_ = 0, tries_before_ = 0;           // in all, for other meters
  ByteVector plain_;
};

// 4b464d1020039534 (KFM); the letters only where they are some.
std::string shown_title(Bytes title);

}  // namespace meterpipe::doctor
