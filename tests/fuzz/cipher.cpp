// Ciphering (lib/apdu): what was enciphered comes back, verified where it has a tag; with a bit
// changed anywhere it is never verified, and what was enciphered gives nothing; what fails leaves
// no plaintext.
#include <memory>

#include "apdu/ciphered.hpp"
#include "apdu/open.hpp"
#include "base/hex.hpp"
#include "fuzz/fuzz.hpp"
#include "keys/key_finder.hpp"
#include "support/cipher.hpp"
#include "support/text.hpp"

namespace meterpipe::fuzz {

namespace {

struct OneKey final : apdu::KeySource {
  explicit OneKey(apdu::Key& key) : keys{&key} {}
  apdu::Key* keys[1];
  Choice keys_for(const apdu::Security&) override { return {keys, nullptr}; }
  void fitted(const apdu::Security&, bool, apdu::Key&) override {}
};

struct Outcome {
  bool ok = false;
  apdu::Security security;
  ByteVector plain;
};

Outcome opened(Bytes apdu, apdu::Key& key, Bytes title) {
  OneKey source(key);
  apdu::Title given;
  given.assign(title);
  apdu::Opener opener(source, apdu::AuthMode::check, given);
  Outcome out;
  out.ok = opener.open(apdu, out.security, out.plain).has_value();
  if (!out.ok) REQUIRE(out.plain.empty());
  return out;
}

}  // namespace

void check(Bytes input) {
  Taker taker(input);
  constexpr std::uint8_t kControls[] = {0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32};
  constexpr std::uint8_t kTags[] = {0xdb, 0xdc, 0xdd, 0xc8, 0x00};
  test::Ciphering how;
  how.control = kControls[taker.below(std::size(kControls))];
  how.tag = kTags[taker.below(std::size(kTags))];
  const std::size_t bit_at = taker.below(65536);
  if ((how.control & 0x0f) == 2) {
    how.encryption = test::join(how.encryption, how.authentication);
    how.authentication = how.encryption;
  }
  const bool sends_title = how.tag != 0 && how.tag != 0xc8;
  if (!sends_title) {
    how.own_title = how.title;
    how.title.clear();
  }
  apdu::Key key(how.encryption, how.authentication, {}, "mine");
  const Bytes title = sends_title ? Bytes() : Bytes(how.own_title);

  // As it came: perhaps nothing at all, perhaps a message of another key.
  if (apdu::is_ciphered(taker.rest())) opened(taker.rest(), key, title);

  const Bytes plain = taker.rest();
  if (!apdu::makes_sense(plain) || apdu::is_ciphered(plain)) return;
  const ByteVector apdu = test::cipher(how, plain);
  CAPTURE(to_hex(apdu));
  if (!apdu::is_ciphered(apdu)) return;  // 00 and too short to be one
  const bool tagged = (how.control & apdu::kAuthenticated) != 0;
  const bool enciphered = (how.control & apdu::kEncrypted) != 0;
  const Outcome good = opened(apdu, key, title);
  REQUIRE(good.ok);
  REQUIRE(same(good.plain, plain));
  REQUIRE(good.security.auth == (tagged ? apdu::Auth::verified : apdu::Auth::none));

  // Not among what a tag vouches for: what service it is, and which key it says it is for.
  const std::size_t bit = bit_at % (apdu.size() * 8);
  const auto parsed = apdu::parse_ciphered(apdu);
  REQUIRE(parsed.has_value());
  if (how.tag != 0 && bit < 8) return;
  if (how.tag == 0xdd) {
    const auto behind = static_cast<std::size_t>(parsed->protected_header.data() - apdu.data()) +
                        parsed->protected_header.size();
    if (bit / 8 >= behind && bit / 8 < behind + how.key_info.size()) return;
  }
  const ByteVector changed = test::flipped(apdu, bit);
  CAPTURE(bit);
  if (!tagged || !apdu::is_ciphered(changed)) return;
  const Outcome bad = opened(changed, key, title);
  REQUIRE(bad.security.auth != apdu::Auth::verified);
  if (enciphered) REQUIRE_FALSE(bad.ok);
}

}  // namespace meterpipe::fuzz
