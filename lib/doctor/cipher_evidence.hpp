// Ciphering headers and keys: how many messages of each title were opened, and of those that were
// not a few to find out why.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "doctor/finding.hpp"
#include "doctor/key_search.hpp"
#include "keys/keys.hpp"

namespace meterpipe::doctor {

// Why a ciphered message was not opened, as far as it can be said at once.
enum class Locked : std::uint8_t {
  unsupported,  // suite, compression, service, key agreement
  no_title,
  bad_title,   // of another length than 8
  no_key,      // none for this title, suite or broadcast
  wrong_key,   // deciphers to nothing
  tag_failed,  // deciphers to something that begins as a message, and the tag does not fit
  no_tag_key,  // --auth require: nothing to check the tag with, or no tag
};
inline constexpr std::size_t kLockedKinds = 7;

class CipherEvidence {
 public:
  // `unreadable`: why the keys could not be read, so that `ring` is empty; or empty.
  CipherEvidence(const keys::KeyRing& ring, apdu::AuthMode mode, const apdu::Title& given,
                 std::string unreadable)
      : ring_(ring), mode_(mode), given_(given), unreadable_(std::move(unreadable)) {}

  // `readable`: it is an APDU, and no random bytes.
  void plain(bool readable) {
    ++plain_;
    readable_ += readable ? 1 : 0;
  }
  // A ciphered one that was opened, here or before (`by_others`).
  void opened(std::string_view source, const apdu::Security& security, bool by_others);
  // `counts_as_key`: the key fits all the same (what is wrong with the plaintext is another
  // layer's).
  void locked(std::string_view source, const apdu::Security& security, Bytes apdu, Locked why,
              const Error& error);
  // An error record of an earlier tool.
  void told(Locked why);
  // Ciphered, and too damaged to be taken apart.
  void shapeless() { ++shapeless_; }

  std::uint64_t messages() const { return plain_ + ciphered_ + shapeless_; }

  Finding judge_cipher();
  Finding judge_key();

 private:
  static constexpr std::size_t kMostGroups = 256;
  static constexpr std::size_t kMostSearched = 8;
  // Kept for the search: short ones say little each.
  static constexpr std::size_t kKept = 3, kLongestKept = 64 * 1024;
  static constexpr std::size_t kShortKept = 8, kLongestShort = 4096;

  struct Group {
    apdu::Title title;
    std::string service;
    std::uint8_t control = 0;
    std::uint64_t messages = 0, verified = 0, unverified = 0, untagged = 0;
    std::array<std::uint64_t, kLockedKinds> locked{};
    std::vector<ByteVector> kept;
    std::string why;  // the last error's words
    // Of the closer look:
    Cause cause = Cause::none;
    double confidence = 1;
    std::string text, advice;

    void is(Cause named, double sure, std::string words, std::string what_to_try = {}) {
      cause = named;
      confidence = sure;
      text = std::move(words);
      advice = std::move(what_to_try);
    }
    std::uint64_t count(Locked kind) const { return locked[static_cast<std::size_t>(kind)]; }
    std::uint64_t bad() const;
    bool wants_broadcast() const;
    // Tags only: nothing is deciphered.
    bool tag_only() const {
      return (control & apdu::kAuthenticated) != 0 && (control & apdu::kEncrypted) == 0;
    }
    // Some were opened, and not by the chance that a wrong key has with one in thousands.
    bool is_read() const { return verified > 0 || open() * 256 > bad(); }
    std::uint64_t open() const { return verified + unverified + untagged; }
  };
  Group& group_of(std::string_view source, const apdu::Security& security);
  void diagnose();
  void diagnose(Group& group, KeySearch& search);
  void by_default(Group& group);
  void title_or_key(Group& group);
  // The group that decides on a layer, if one does.
  const Group* worst(Layer layer) const;
  Finding filled(Finding finding, const Group& group) const;
  void add_facts(Finding& finding) const;
  std::string how_ciphered() const;

  const keys::KeyRing& ring_;
  const apdu::AuthMode mode_;
  const apdu::Title given_;
  const std::string unreadable_;
  std::map<std::string, Group> groups_;
  std::uint64_t plain_ = 0, readable_ = 0, signed_ = 0, ciphered_ = 0, shapeless_ = 0,
                by_others_ = 0, tries_ = 0;
  bool diagnosed_ = false;
};

}  // namespace meterpipe::doctor
