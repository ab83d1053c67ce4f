// Opens ciphered APDUs layer by layer and ciphers them again in their own bytes, with another title
// and another key: every length, the security control and the counter stay. See apdu/open.hpp for
// the layers, sim/apdu.hpp for how a meter makes them.
//
// A line of the key file has one new key for each title that it opened. A tag is made anew; who
// could not check the old one gets no AK for the new one either. A signature becomes chance.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "apdu/open.hpp"
#include "share/new_identity.hpp"
#include "sim/apdu.hpp"

namespace meterpipe::share {

class Recipherer {
 public:
  explicit Recipherer(apdu::KeySource& keys) : keys_(keys) {}

  // Once for each plain APDU, which it may change in its place.
  using OnPlain = std::function<Result<void>(std::span<std::uint8_t>)>;

  // Opens only: titles that the layers have, sent or known by their key, go to `identities`.
  // `apdu` may be plain.
  Result<void> open(Bytes apdu, Identities& identities, const OnPlain& on_plain);
  // The same, and ciphers again. `identities` are drawn.
  Result<void> change(std::span<std::uint8_t> apdu, const Identities& identities, Dice& dice,
                      const OnPlain& on_plain);

  // What a reader needs for all that was changed, line by line as in a key file.
  std::string key_lines(const Identities& identities) const;
  // Title and security control of the layer that was read last, for what is said of it.
  const apdu::Security& last() const { return security_; }

 private:
  struct NewKeys {
    sim::CipherKeys keys;
    bool is_known = false;  // a line of the key file opened it
    bool has_ak = false, has_broadcast = false;
  };
  // By title as it was, line of the key file and length.
  using Which = std::pair<std::string, std::pair<const apdu::Key*, std::size_t>>;

  Result<void> go(std::span<std::uint8_t> apdu, int depth, const OnPlain& on_plain);
  Result<void> go_signed(std::span<std::uint8_t> apdu, const apdu::CipheredApdu& layer, int depth,
                         const OnPlain& on_plain);
  NewKeys& keys_for(Bytes title, const apdu::Key* key, std::uint8_t control);
  void cipher(std::span<std::uint8_t> apdu, const apdu::CipheredApdu& layer, Bytes title,
              const apdu::Key* key, Bytes plain);

  apdu::KeySource& keys_;
  apdu::Security security_;
  Identities* found_ = nullptr;  // while opening
  const Identities* now_ = nullptr;
  Dice* dice_ = nullptr;
  std::map<Which, NewKeys> new_keys_;
  std::vector<Which> order_;
};

}  // namespace meterpipe::share
