// From an APDU as it came to the plain one inside. Services may stand one in another:
//
//   general-signing( general-glo-ciphering( data-notification ))
//   general-ciphering( general-signing( get-response ))
//
// What proves the outer one proves all that is in it: the trust of the whole is that of its best
// service. A signature is not checked, so that general-signing alone is `unverified`.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "apdu/ciphered.hpp"
#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

inline constexpr int kDeepestService = 4;

// Where keys come from; they live longer than any APDU.
class KeySource {
 public:
  struct Choice {
    std::span<Key* const> keys;  // in order
    Key* first = nullptr;        // to be tried before them
  };
  virtual ~KeySource() = default;
  // For the title and control of `security`; an empty title: any key that has one of its own.
  virtual Choice keys_for(const Security& security) = 0;
  // One of several fitted. `title_was_known`: before the key.
  virtual void fitted(const Security& security, bool title_was_known, Key& key) = 0;
  // A message of this title was opened with the key, or without one (nullptr), verified or not.
  // False: it is not to be believed, since others before it were verified.
  virtual bool believes(const Security& /*security*/, const Key* /*key*/) { return true; }
  // Some key wants a verified tag: what needed no key may claim to be of its meter.
  virtual bool requires_tags() const { return false; }
};

// One service of several, opened.
struct Layer {
  Security security;  // of all down to it, but `auth` is its own
  ByteVector plain;
};

class Opener {
 public:
  // `given`: the title of meters that send none; empty: none was given.
  Opener(KeySource& keys, AuthMode mode, const Title& given)
      : keys_(keys), mode_(mode), given_(given) {}

  // Ok: `plain` is the innermost APDU. Otherwise it is empty. `security` says what is known in
  // both cases; `apdu` is one for which is_ciphered() holds.
  Result<void> open(Bytes apdu, Security& security, ByteVector& plain);
  // That the last one was opened with; nullptr: with none.
  const Key* key() const { return key_; }
  // From now on each open() leaves in `layers` what it opened, the outermost first, also where it
  // fails further in.
  void keep_layers(std::vector<Layer>* layers) { layers_ = layers; }

 private:
  // The key that fitted, if one was needed.
  Result<Key*> open_layer(const CipheredApdu& layer, Security& security, bool verified,
                          ByteVector& plain);
  std::optional<Error> distrust(const Security& security, const Key* key, bool is_protected) const;

  KeySource& keys_;
  const AuthMode mode_;
  const Title given_;
  const Key* key_ = nullptr;
  std::vector<Layer>* layers_ = nullptr;
  int first_looks_ = 4;
  ByteVector outer_;  // what `plain` was made from; its memory is used again
};

}  // namespace meterpipe::apdu
