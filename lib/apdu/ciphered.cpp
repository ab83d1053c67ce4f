#include "apdu/ciphered.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "apdu/extent.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "base/ascii.hpp"

namespace meterpipe::apdu {
namespace {

// A P1 telegram instead of an APDU: `/…` to a line that begins with `!` (Steiermark, Luxembourg).
// Texts in it may have letters beyond ASCII, a few; behind `!` stand a CRC or none, an end of line,
// and perhaps zeros that fill a block.
bool is_p1_telegram(Bytes plain) {
  if (!begins_as_telegram(plain)) return false;
  const std::string_view text = as_text(plain);
  const std::size_t end = std::min(text.rfind("\n!"), text.rfind("\r!"));
  const std::size_t last = text.rfind('!');
  if (end == std::string_view::npos || end + 1 != last) return false;
  std::size_t foreign = 0;
  for (const std::uint8_t c : plain.first(last)) {
    if (c >= 0x80) {
      ++foreign;
    } else if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f) {
      return false;
    }
  }
  if (foreign * 16 > plain.size()) return false;
  Bytes rest = plain.subspan(last + 1);
  while (!rest.empty() && rest.back() == 0) rest = rest.first(rest.size() - 1);
  while (!rest.empty() && (rest.back() == '\r' || rest.back() == '\n')) {
    rest = rest.first(rest.size() - 1);
  }
  return rest.size() <= 4 && std::ranges::all_of(rest, is_letter_or_digit);
}

// What no key can help.
std::optional<Error> refusal(const CipheredApdu& apdu) {
  if ((apdu.control & kCompressed) != 0) return Error{Fault::compressed, 0, 0, apdu.control};
  if ((apdu.control & 0x0f) > kHighestSuite) {
    return Error{Fault::unsupported_suite, 0, 0, apdu.control};
  }
  if (apdu.key_info == KeyInfo::wrapped) return Error{Fault::key_agreement, 0, 0, 1};
  if (apdu.key_info == KeyInfo::agreed) return Error{Fault::key_agreement, 0, 0, 2};
  return std::nullopt;
}

// One more ciphering that a key may open. Wrong keys by the hundred give, once in a while, the tag
// and two lengths that fit, but then the control byte is most often one that cannot be.
bool is_ciphering(Bytes plain) {
  const auto inner = parse_ciphered(plain);
  return inner && !refusal(*inner);
}

// A service that is no push, or one more ciphering. Where a single length byte is all that could
// tell (ACSE, block transfer, glo- and ded- services), one in some thousand wrong keys would do.
bool is_other_service(Bytes plain) {
  const ApduTag* tag = plain.empty() ? nullptr : find_apdu_tag(plain[0]);
  if (tag == nullptr) return false;
  switch (tag->family) {
    case Family::plain: return is_whole(plain);
    case Family::general_cipher:
      return plain.size() > 1 && plain[1] == kTitleLength && is_ciphering(plain);
    case Family::other_cipher: return is_ciphering(plain);
    default: return false;
  }
}

// Whether they at least begin as what makes_sense() takes: the key fits, but something behind was
// changed.
bool begins_with_sense(Bytes plain) {
  if (begins_plausibly(plain) || begins_as_telegram(plain)) return true;
  if (plain.size() < 2) return false;
  switch (plain[0]) {
    case kGeneralGloCiphering:
    case kGeneralDedCiphering: return plain[1] == kTitleLength;
    default:  // get-, set-, action-request and -response: a tag and a choice
      return plain[0] >= 0xc0 && plain[0] <= 0xc7 && plain[1] >= 1 && plain[1] <= 4;
  }
}

// Of so many wrong keys one may give such a beginning by chance.
constexpr std::size_t kFew = 8;

enum class Attempt : std::uint8_t { good, wrong, tag_failed };

class Trial {
 public:
  Trial(const CipheredApdu& apdu, AuthMode mode, Security& security, ByteVector& plain,
        std::size_t keys)
      : apdu_(apdu),
        mode_(mode),
        security_(security),
        plain_(plain),
        enciphered_(apdu.enciphered()),
        broadcast_(apdu.wants_broadcast()),
        untitled_(security.title.empty()),
        few_(keys <= kFew) {}

  // True: it fits, and nothing else need be tried.
  bool fits(Key& key) {
    if (key.size() != key_size(apdu_.control)) return false;
    if (broadcast_ && !key.has_broadcast()) {
      lacks_broadcast = true;
      return false;
    }
    const bool checks = key.auth(mode_) != AuthMode::ignore;
    const bool check = !apdu_.mac.empty() && key.has_authentication() && checks;
    // A key that neither deciphers nor checks is not used.
    if (!enciphered_ && !check) return false;
    const Title& title = untitled_ ? key.title() : security_.title;
    if (title.size() != kTitleLength) return false;
    std::memcpy(iv_.data(), Bytes(title).data(), kTitleLength);
    std::memcpy(iv_.data() + kTitleLength, apdu_.counter_bytes.data(), 4);
    ++tried;
    Gcm& cipher = broadcast_ ? key.broadcast() : key.cipher();
    const Attempt result = check ? verified(cipher, key) : unchecked(cipher);
    tag_failed |= result == Attempt::tag_failed;
    if (result != Attempt::good) {
      plain_.clear();
      return false;
    }
    if (mode_ == AuthMode::require && !check) {
      unverified = true;  // another key may come with the one that checks the tag
      plain_.clear();
      return false;
    }
    if (check) security_.auth = Auth::verified;
    security_.key = key.label();
    if (untitled_) {
      security_.title = title;
      security_.title_given = true;
    }
    return true;
  }

  std::size_t tried = 0;
  bool tag_failed = false, lacks_broadcast = false, unverified = false;

 private:
  Attempt verified(Gcm& cipher, const Key& key) {
    aad_.clear();
    apdu_.add_aad(aad_, key.authentication(), apdu_.content);
    const bool right = cipher.decrypt_verified(iv_, aad_, enciphered_ ? apdu_.content : Bytes(),
                                               apdu_.mac, plain_);
    if (!enciphered_) plain_.assign(apdu_.content.begin(), apdu_.content.end());
    if (right) return Attempt::good;
    // The right encryption key gives an APDU all the same: then the other key or the bytes are
    // wrong.
    const bool sense = few_ ? begins_with_sense(plain_) : makes_sense(plain_);
    return sense ? Attempt::tag_failed : Attempt::wrong;
  }

  Attempt unchecked(Gcm& cipher) {
    cipher.decrypt(iv_, apdu_.content, plain_);
    return makes_sense(plain_) ? Attempt::good : Attempt::wrong;
  }

  const CipheredApdu& apdu_;
  const AuthMode mode_;
  Security& security_;
  ByteVector& plain_;
  const bool enciphered_, broadcast_, untitled_, few_;
  std::array<std::uint8_t, kIvLength> iv_{};
  SecretBytes aad_;  // the AK is in it
};

}  // namespace

bool begins_as_telegram(Bytes plain) {
  return plain.size() >= 5 && plain[0] == '/' &&
         std::all_of(plain.begin() + 1, plain.begin() + 5, is_letter_or_digit);
}

bool makes_sense(Bytes plain) {
  return is_plausible(plain) || is_p1_telegram(plain) || is_other_service(plain);
}

Error why_no_apdu(Bytes plain) {
  axdr::Nodes nodes;
  const auto read = parse_notification(plain, nodes);
  return read ? Error{Fault::not_dlms} : read.error();
}

Key::Key(Bytes encryption, Bytes authentication, Bytes broadcast, std::string label, Title title)
    : encryption_(std::make_unique<Gcm>(encryption)),
      broadcast_(broadcast.empty() ? nullptr : std::make_unique<Gcm>(broadcast)),
      authentication_(secret(authentication)),
      size_(encryption.size()),
      label_(std::move(label)),
      title_(title) {}

Result<Key*> decipher(const CipheredApdu& apdu, std::span<Key* const> keys, AuthMode mode,
                      Security& security, ByteVector& plain, Key* first) {
  plain.clear();
  security.auth = trust_without_check(apdu.control);
  if (const auto error = refusal(apdu)) return tl::unexpected(*error);

  Trial trial(apdu, mode, security, plain, keys.size());
  if (first != nullptr && trial.fits(*first)) return first;
  for (Key* key : keys) {
    if (key != first && trial.fits(*key)) return key;
  }
  if (trial.unverified) return fail(Fault::not_authenticated);
  if (trial.tried == 0 && (apdu.control & kEncrypted) == 0) {
    // Nothing to decipher: without a key it can be read all the same, only not verified.
    if (mode == AuthMode::require) return fail(Fault::not_authenticated);
    if (!makes_sense(apdu.content)) return tl::unexpected(why_no_apdu(apdu.content));
    plain.assign(apdu.content.begin(), apdu.content.end());
    return nullptr;
  }
  if (trial.tag_failed) return fail(Fault::tag_failed);
  // Whose key it wants cannot be told.
  if (security.title.empty()) return fail(Fault::no_title);
  if (trial.tried == 0) {
    if (trial.lacks_broadcast) return fail(Fault::broadcast_key, 0, 0, apdu.control);
    return keys.empty() ? fail(Fault::no_key)
                        : fail(Fault::key_size, 0, 8 * key_size(apdu.control), apdu.control);
  }
  return fail(Fault::wrong_key, 0, 0, trial.tried);
}

}  // namespace meterpipe::apdu
