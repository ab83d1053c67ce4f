#include "doctor/key_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "doctor/key_variants.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kMostLines = 256;  // of a key file, tried as they are
constexpr std::size_t kMostGarbled = 8;  // whose digits are changed
constexpr std::size_t kMostTitles = 256;
// A key's bytes and digits in other orders: this many and two a byte more, the first variants.
constexpr std::size_t kOrders = 9;
// How likely chance may be where no tag proves what was found.
constexpr double kMostChance = 1e-3;

// Keys that stand in public documents for all meters of an operator, or as a manufacturer's sample.
constexpr std::array<std::uint8_t, 16> kCounted{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
constexpr std::array<std::uint8_t, 16> kD0{0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7,
                                           0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf};

// A label may hold what a terminal would obey.
std::string shown_label(const std::string& label) {
  if (is_printable_utf8(label)) return label;
  std::string out;
  for (const char c : label) {
    const auto byte = static_cast<std::uint8_t>(c);
    byte < 0x20 || byte >= 0x7f ? void(out += fmt::format("\\x{:02x}", byte)) : out.push_back(c);
  }
  return out;
}

// What a line is called in the report.
std::string line_name(const keys::KeyRing::Entry& entry) {
  const std::string label = shown_label(entry.key->label());
  if (entry.title == "*" || label != entry.title) return fmt::format("\"{}\"", label);
  return "of title " + entry.title;
}

Bytes title_of(const keys::KeyRing::Entry& entry) { return entry.key->title(); }

}  // namespace

std::string shown_title(Bytes title) {
  if (title.empty()) return "(empty)";
  std::string text = to_hex(title);
  const bool letters =
      title.size() >= 3 &&
      std::all_of(title.begin(), title.begin() + 3, [](auto c) { return c >= 'A' && c <= 'Z'; });
  if (letters) text += fmt::format(" ({})", as_text(title.first(3)));
  return text;
}

std::optional<KeyTrial> KeyTrial::of(Bytes apdu) {
  for (int depth = 0; depth < 4; ++depth) {
    const auto layer = apdu::parse_ciphered(apdu);
    if (!layer) return std::nullopt;
    if (layer->has_control && (!layer->mac.empty() || layer->enciphered())) {
      KeyTrial trial;
      trial.layer_ = *layer;
      return trial;
    }
    apdu = layer->content;
    if (!apdu::is_ciphered(apdu)) return std::nullopt;
  }
  return std::nullopt;
}

bool KeyTrial::set_title(Bytes title) {
  if (title.size() != apdu::kTitleLength) return false;
  std::memcpy(iv_.data(), title.data(), title.size());
  std::memcpy(iv_.data() + apdu::kTitleLength, layer_.counter_bytes.data(), 4);
  return true;
}

Sense KeyTrial::open(apdu::Gcm& cipher, Bytes title, ByteVector& plain) {
  if (!set_title(title)) return Sense::none;
  cipher.decrypt(iv_, layer_.content, plain);
  return sense_of(plain);
}

KeyTrial::Fit KeyTrial::fit(apdu::Gcm& cipher, Bytes title, Bytes ak) {
  if (!set_title(title)) return Fit::none;
  const bool check = has_tag() && !ak.empty();
  if (enciphered()) {
    cipher.decrypt(iv_, layer_.content.first(std::min(kLook, layer_.content.size())), plain_);
    if (!may_begin(plain_)) return Fit::none;
  } else if (!check) {
    return Fit::none;
  }
  if (check) {
    aad_.clear();
    layer_.add_aad(aad_, ak, layer_.content);
    const bool right = cipher.decrypt_verified(iv_, aad_, enciphered() ? layer_.content : Bytes(),
                                               layer_.mac, plain_);
    if (right) return Fit::verified;
    if (!enciphered()) return Fit::none;
  } else {
    cipher.decrypt(iv_, layer_.content, plain_);
  }
  const Sense sense = sense_of(plain_);
  return sense == Sense::whole ? Fit::whole : sense == Sense::begins ? Fit::begins : Fit::none;
}

void KeySearch::add_title(Bytes title) {
  if (title.size() != apdu::kTitleLength || titles_.size() >= kMostTitles) return;
  for (const apdu::Title& known : titles_) {
    if (same(known, title)) return;
  }
  titles_.emplace_back().assign(title);
}

// One message that is whole under a wrong key is rare, but many keys are tried. Half of the
// messages may be damaged; which half is one more choice that chance has.
bool KeySearch::is_right(Fit fit, Bytes key, Bytes title) {
  if (fit != Fit::whole) return fit == Fit::verified;
  std::size_t bits = 0, opened = 0;
  apdu::Gcm& cipher = cipher_with(key);
  for (KeyTrial& trial : trials_) {
    if (trial.open(cipher, title, plain_) != Sense::whole) continue;
    bits += proof_of(plain_);
    ++opened;
  }
  if (opened * 2 < trials_.size()) return false;
  const auto choices = static_cast<int>(opened == trials_.size() ? 0 : trials_.size());
  const auto chances = static_cast<double>(tries_ - tries_before_);
  return std::ldexp(chances, choices - static_cast<int>(std::min<std::size_t>(bits, 1000))) <
         kMostChance;
}

KeyTrial::Fit KeySearch::attempt(Bytes key, Bytes title, Bytes ak) {
  if (key.size() != trial_->key_size() || spent()) return Fit::none;
  ++tries_;
  return trial_->fit(cipher_with(key), title, ak.size() == key.size() ? ak : Bytes());
}

apdu::Gcm& KeySearch::cipher_with(Bytes key) {
  auto& cipher = key.size() == 32 ? long_cipher_ : short_cipher_;
  cipher ? cipher->set_key(key) : void(cipher.emplace(key));
  return *cipher;
}

bool KeySearch::is_listed(const Entry& entry, Bytes title) const {
  const auto listed = ring_.keys_for(title);
  return std::ranges::find(listed, entry.key.get()) != listed.end();
}

// Those of the title, those for any meter, the others.
std::vector<const keys::KeyRing::Entry*> KeySearch::lines_for(Bytes title) const {
  std::vector<const Entry*> lines;
  for (const int rank : {0, 1, 2}) {
    for (const Entry& entry : ring_.entries()) {
      const int its = entry.title == "*" ? 1 : same(title_of(entry), title) ? 0 : 2;
      if (its == rank && lines.size() < kMostLines) lines.push_back(&entry);
    }
  }
  return lines;
}

KeyFinding KeySearch::finding(Cause cause, Fit fit, std::string text, std::string advice) const {
  const bool verified = fit == Fit::verified;
  text += verified ? "; the tag fits then" : "; the message deciphers then";
  if (!verified && trial_->has_tag()) text += ", its tag is not proved";
  return {cause, verified ? 0.99 : 0.97, std::move(text), std::move(advice), verified};
}

std::optional<KeyFinding> KeySearch::search(std::span<const ByteVector> apdus) {
  trials_.clear();
  tries_before_ = tries_;
  for (const ByteVector& apdu : apdus) {
    if (auto trial = KeyTrial::of(apdu)) trials_.push_back(std::move(*trial));
  }
  for (std::size_t i = 0; i < std::min(trials_.size(), kMostSearched); ++i) {
    trial_ = &trials_[i];
    settled_ = false;
    if (auto found = search_one()) return found;
    if (settled_) break;
  }
  return std::nullopt;
}

std::optional<KeyFinding> KeySearch::search_one() {
  const Bytes sent = trial_->title();
  const Bytes title = sent.empty() ? Bytes(given_) : sent;
  const auto lines = lines_for(title);
  // Without any title each line has its own.
  if (!title.empty()) {
    if (auto found = as_given(lines, title); found || settled_) return found;
  }
  if (auto found = by_title(lines, title)) return found;
  for (std::size_t i = 0; i < std::min(lines.size(), kMostGarbled); ++i) {
    const Bytes with = title.empty() ? title_of(*lines[i]) : title;
    if (auto found = garbled(*lines[i], with)) return found;
  }
  return std::nullopt;
}

// The right title, and keys as they are: of another line, or another one of the line.
std::optional<KeyFinding> KeySearch::as_given(const std::vector<const Entry*>& lines, Bytes title) {
  for (const Entry* line : lines) {
    const Bytes ek = line->encryption, ak = line->authentication, broadcast = line->broadcast;
    const bool listed = is_listed(*line, title);
    if (const Fit fit = attempt(ek, title, ak); is_right(fit, ek, title)) {
      if (trial_->wants_broadcast()) {
        return finding(Cause::garbled_key, fit,
                       "the key under ek= is the broadcast key, and none stands under broadcast=",
                       "Write it as broadcast= in the key file.");
      }
      settled_ = listed;
      if (listed) return tag_key(*line, title, lines);
      const auto its = ring_.keys_for(title);
      if (!its.empty() && !its.front()->title().empty()) {
        return finding(Cause::garbled_key, fit,
                       fmt::format("the key stands in the line {}, not in that of title {}",
                                   line_name(*line), shown_title(title)),
                       "The keys of two lines of the key file are exchanged.");
      }
      return finding(Cause::wrong_title, fit,
                     fmt::format("the key file has the key {}, and the messages have title {}",
                                 line_name(*line), shown_title(title)),
                     fmt::format("Write title={} in the key file.", to_hex(title)));
    }
    if (const Fit fit = attempt(ak, title, ek); is_right(fit, ak, title)) {
      return finding(Cause::swapped_keys, fit,
                     fmt::format("the line {} has the encryption key where the authentication key "
                                 "belongs",
                                 line_name(*line)),
                     "");
    }
    if (const Fit fit = attempt(broadcast, title, ak); is_right(fit, broadcast, title)) {
      if (trial_->wants_broadcast()) {
        settled_ = listed;
        if (listed) return tag_key(*line, title, lines);
      } else {
        return finding(Cause::garbled_key, fit, "the key under broadcast= is the encryption key",
                       "Write it as ek= in the key file.");
      }
    }
  }
  return std::nullopt;
}

// A tag that was looked at and does not fit speaks against another title.
bool KeySearch::proves_title(Fit fit, const Entry& line) const {
  const bool looked_at = trial_->has_tag() && line.authentication.size() == trial_->key_size();
  return !looked_at || fit == Fit::verified;
}

// The right keys, another title than the one sent.
std::optional<KeyFinding> KeySearch::by_title(const std::vector<const Entry*>& lines, Bytes title) {
  const auto found = [&](const Entry& line, Bytes other, Fit fit, std::string_view whose) {
    const bool sent = !trial_->title().empty();
    return finding(Cause::wrong_title, fit,
                   fmt::format("the key {} deciphers with title {} ({}), the messages {} {}",
                               line_name(line), shown_title(other), whose,
                               sent ? "have" : "have none, given is", shown_title(title)),
                   sent ? "The title in the message is not the one that it was ciphered with: look "
                          "at what changes it between the meter and here."
                        : fmt::format("Give --system-title {}.", to_hex(other)));
  };
  Fit fit = Fit::none;
  const auto fits = [&](const Entry& line, Bytes other) {
    const Bytes key = trial_->wants_broadcast() ? line.broadcast : line.encryption;
    if (same(other, title)) return false;
    fit = attempt(key, other, line.authentication);
    return proves_title(fit, line) && is_right(fit, key, other);
  };
  for (const Entry* line : lines) {
    for (const Entry* other : lines) {
      if (other->title == "*" || (other != line && lines.size() > 32)) continue;
      if (fits(*line, title_of(*other))) {
        return found(*line, title_of(*other), fit, "that of the key file");
      }
    }
    if (fits(*line, given_)) return found(*line, given_, fit, "that of --system-title");
    for (const apdu::Title& other : titles_) {
      if (fits(*line, other)) return found(*line, other, fit, "that of other messages");
    }
  }
  for (std::size_t i = 0; i < std::min(lines.size(), kMostGarbled); ++i) {
    const Bytes near = title.empty() ? title_of(*lines[i]) : title;
    if (auto one = by_one_byte(*lines[i], near, title)) return one;
  }
  return std::nullopt;
}

std::optional<KeyFinding> KeySearch::by_one_byte(const Entry& line, Bytes near, Bytes sent) {
  const Bytes key = trial_->wants_broadcast() ? line.broadcast : line.encryption;
  if (near.size() != apdu::kTitleLength || key.size() != trial_->key_size()) return std::nullopt;
  apdu::Gcm cipher(key);
  const Bytes own = trial_->title();
  std::array<std::uint8_t, apdu::kTitleLength> title{};
  std::ranges::copy(near, title.begin());
  const auto look = [&]() -> std::optional<Fit> {
    // Bytes that are the same exchanged, a title that reads the same from its end.
    if (spent() || same(title, near) || same(title, own)) return std::nullopt;
    ++tries_;
    const Bytes ak = line.authentication;
    const Fit fit = trial_->fit(cipher, title, ak.size() == key.size() ? ak : Bytes());
    if (!proves_title(fit, line) || !is_right(fit, key, title)) return std::nullopt;
    return fit;
  };
  const auto found = [&](Fit fit, const std::string& what) {
    return finding(Cause::wrong_title, fit,
                   fmt::format("the key {} deciphers with title {}; {} {}", line_name(line),
                               shown_title(title), what,
                               sent.empty() ? "of the line's" : "of " + shown_title(sent)),
                   trial_->title().empty()
                       ? fmt::format("Give --system-title {}.", to_hex(title))
                       : "The title in the message is not the one that it was ciphered with: look "
                         "at what changes it between the meter and here.");
  };
  for (std::size_t at = 0; at < title.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      title[at] = static_cast<std::uint8_t>(value);
      if (value == near[at]) continue;
      if (const auto fit = look()) return found(*fit, fmt::format("byte {} is wrong", at + 1));
    }
    title[at] = near[at];
  }
  for (std::size_t a = 0; a < title.size(); ++a) {
    for (std::size_t b = a + 1; b < title.size(); ++b) {
      std::swap(title[a], title[b]);
      if (const auto fit = look()) {
        return found(*fit, fmt::format("bytes {} and {} are exchanged", a + 1, b + 1));
      }
      std::swap(title[a], title[b]);
    }
  }
  std::ranges::reverse(title);
  if (const auto fit = look()) return found(*fit, "the bytes are reversed");
  return std::nullopt;
}

std::optional<KeyFinding> KeySearch::garbled(const Entry& line, Bytes title) {
  const std::size_t size = trial_->key_size();
  const Bytes ek = line.encryption, ak = line.authentication;
  const auto as_key = [&](Bytes key, Bytes other, const char* name, const char* also,
                          const char* advice) -> std::optional<KeyFinding> {
    std::optional<KeyFinding> result;
    each_variant(key, other, size, [&](Bytes variant, const Says& says) {
      const Fit fit = attempt(variant, title, other);
      if (fit < Fit::whole) return spent();
      if (fit == Fit::whole && trial_->has_tag() && other.size() == size) {
        // The other key may have been garbled too.
        apdu::Gcm cipher(variant);
        each_variant(other, key, size, [&](Bytes second, const Says& second_says) {
          ++tries_;
          if (trial_->fit(cipher, title, second) != Fit::verified) return spent();
          result = finding(Cause::garbled_key, Fit::verified,
                           fmt::format("both keys of the line {}: of the first {}, of the second "
                                       "{}{}",
                                       line_name(line), says(), second_says(), also),
                           "");
          return true;
        });
        if (result) return true;
      }
      if (!is_right(fit, variant, title)) return spent();
      result = finding(Cause::garbled_key, fit,
                       fmt::format("{} of the line {}: {}{}", name, line_name(line), says(), also),
                       advice);
      return true;
    });
    return result;
  };
  const bool broadcast = trial_->wants_broadcast();
  const Bytes key = broadcast ? Bytes(line.broadcast) : ek;
  if (auto found =
          as_key(key, ak, broadcast ? "the broadcast key" : "the encryption key", "",
                 broadcast ? "Correct the broadcast key (broadcast=) in the key file." : "")) {
    return found;
  }
  if (auto found = as_key(
          ak, key, "the authentication key",
          broadcast ? ", and it is the broadcast key" : ", and it is the encryption key", "")) {
    return found;
  }
  if (trial_->enciphered() || ak.size() != size) return std::nullopt;
  if (auto found = tag_key(line, title, {})) return found;
  return both_garbled(line, title);
}

// Where nothing is enciphered only the tag can tell, and it wants both keys right: both may have
// been put into another order, most likely into the same.
std::optional<KeyFinding> KeySearch::both_garbled(const Entry& line, Bytes title) {
  const bool broadcast = trial_->wants_broadcast();
  const std::size_t size = trial_->key_size();
  struct Ordered {
    ByteVector key;
    std::string text;
  };
  const auto orders_of = [&](Bytes key) {
    std::vector<Ordered> list;
    each_variant(key, {}, size, [&](Bytes variant, const Says& says) {
      list.push_back({ByteVector(variant.begin(), variant.end()), says()});
      return list.size() >= 2 * size + kOrders;
    });
    return list;
  };
  const Bytes key = broadcast ? line.broadcast : line.encryption;
  if (key.size() != size || line.authentication.size() != size) return std::nullopt;
  auto keys = orders_of(key), others = orders_of(line.authentication);
  std::optional<KeyFinding> result;
  for (const bool exchanged : {false, true}) {
    for (const Ordered& first : exchanged ? others : keys) {
      apdu::Gcm cipher(first.key);
      for (const Ordered& second : exchanged ? keys : others) {
        if (result || spent()) break;
        ++tries_;
        if (trial_->fit(cipher, title, second.key) != Fit::verified) continue;
        std::string text = fmt::format("both keys of the line {}: ", line_name(line));
        text += first.text == second.text
                    ? first.text
                    : fmt::format("of the first {}, of the second {}", first.text, second.text);
        if (exchanged) text += ", and the two are exchanged";
        result = finding(Cause::garbled_key, Fit::verified, std::move(text),
                         "Correct both keys in the key file.");
      }
    }
  }
  for (auto* list : {&keys, &others}) {
    for (Ordered& one : *list) apdu::wipe(one.key);
  }
  return result;
}

// The message deciphers; the tag's key is wrong, or the tag.
std::optional<KeyFinding> KeySearch::tag_key(const Entry& line, Bytes title,
                                             const std::vector<const Entry*>& lines) {
  const Bytes key = trial_->wants_broadcast() ? Bytes(line.broadcast) : Bytes(line.encryption);
  if (!trial_->has_tag() || key.size() != trial_->key_size()) return std::nullopt;
  apdu::Gcm cipher(key);
  const auto fits = [&](Bytes ak) {
    if (ak.size() != key.size() || spent()) return false;
    ++tries_;
    return trial_->fit(cipher, title, ak) == Fit::verified;
  };
  if (fits(line.encryption)) {
    return finding(Cause::garbled_key, Fit::verified,
                   "the authentication key is the same as the encryption key",
                   "Write the key as ek= and as ak=.");
  }
  for (const Entry* other : lines) {
    if (fits(other->authentication) || fits(other->encryption)) {
      return finding(Cause::garbled_key, Fit::verified,
                     fmt::format("the authentication key stands in the line {}", line_name(*other)),
                     "The authentication keys of two lines of the key file are exchanged.");
    }
  }
  std::optional<KeyFinding> result;
  each_variant(
      line.authentication, line.encryption, key.size(), [&](Bytes variant, const Says& says) {
        if (!fits(variant)) return spent();
        result = finding(
            Cause::garbled_key, Fit::verified,
            fmt::format("the authentication key of the line {}: {}", line_name(line), says()), "");
        return true;
      });
  if (result) return result;
  for (const Bytes known : {Bytes(kCounted), Bytes(kD0)}) {
    if (fits(known)) {
      return finding(Cause::tag_failed, Fit::verified,
                     "the authentication key is not the one given but one that is published for "
                     "many meters",
                     known[0] == 0 ? "Take the one that counts up from 0011 to EEFF (Luxembourg)."
                                   : "Take the one that counts up from D0D1 to DEDF.");
    }
  }
  return std::nullopt;
}

}  // namespace meterpipe::doctor
