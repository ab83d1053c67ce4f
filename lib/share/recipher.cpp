#include "share/recipher.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/hex.hpp"

namespace meterpipe::share {
namespace {

using apdu::CipheredApdu;

// Where a part that was read from `apdu` can be written.
std::span<std::uint8_t> in_place(std::span<std::uint8_t> apdu, Bytes part) {
  if (part.empty()) return {};  // what was not sent stands nowhere
  return apdu.subspan(static_cast<std::size_t>(part.data() - apdu.data()), part.size());
}

void write(std::span<std::uint8_t> apdu, Bytes part, Bytes value) {
  const auto place = in_place(apdu, part);
  if (place.size() == value.size()) std::ranges::copy(value, place.begin());
}

}  // namespace

Result<void> Recipherer::open(Bytes apdu, Identities& identities, const OnPlain& on_plain) {
  ByteVector copy(apdu.begin(), apdu.end());
  found_ = &identities;
  now_ = nullptr;
  security_ = {};
  return go(copy, 0, on_plain);
}

Result<void> Recipherer::change(std::span<std::uint8_t> apdu, const Identities& identities,
                                Dice& dice, const OnPlain& on_plain) {
  found_ = nullptr;
  now_ = &identities;
  dice_ = &dice;
  security_ = {};
  return go(apdu, 0, on_plain);
}

Result<void> Recipherer::go(std::span<std::uint8_t> apdu, int depth, const OnPlain& on_plain) {
  // A first byte of 00 stands for a ciphering only where nothing says that it is none.
  if ((depth > 0 && !apdu.empty() && apdu[0] == 0) || !apdu::is_ciphered(apdu)) {
    return on_plain(apdu);
  }
  if (depth == apdu::kDeepestService) return fail(Fault::too_deep, 0, apdu::kDeepestService);
  const auto layer = apdu::parse_ciphered(apdu);
  if (!layer) return tl::unexpected(layer.error());
  const apdu::Title outer = security_.title;
  const bool outer_given = security_.title_given;
  security_ = apdu::security_of(*layer);
  if (security_.title.empty()) {  // that of the service around it
    security_.title = outer;
    security_.title_given = outer_given;
  }
  if (!layer->has_control) return go_signed(apdu, *layer, depth, on_plain);

  const bool title_was_known = !security_.title.empty();
  const apdu::KeySource::Choice choice = keys_.keys_for(security_);
  ByteVector plain;
  const auto key =
      apdu::decipher(*layer, choice.keys, apdu::AuthMode::check, security_, plain, choice.first);
  if (!key) return tl::unexpected(key.error());
  if (*key != nullptr && choice.keys.size() > 1) keys_.fitted(security_, title_was_known, **key);
  const ByteVector title(Bytes(security_.title).begin(), Bytes(security_.title).end());
  if (found_ != nullptr) {
    found_->add_title(title);
    found_->add_title(layer->recipient);
  }
  if (const auto done = go(plain, depth + 1, on_plain); !done) return done;
  if (now_ != nullptr) cipher(apdu, *layer, title, *key, plain);
  return {};
}

Result<void> Recipherer::go_signed(std::span<std::uint8_t> apdu, const CipheredApdu& layer,
                                   int depth, const OnPlain& on_plain) {
  if (found_ != nullptr) {
    found_->add_title(layer.title);
    found_->add_title(layer.recipient);
  }
  const auto content = in_place(apdu, layer.content);
  if (!apdu::makes_sense(content) && !apdu::is_ciphered(content)) {
    return tl::unexpected(apdu::why_no_apdu(content));
  }
  if (const auto done = go(content, depth + 1, on_plain); !done) return done;
  if (now_ == nullptr) return {};
  write(apdu, layer.title, now_->now(layer.title));
  write(apdu, layer.recipient, now_->now(layer.recipient));
  write(apdu, layer.signature, dice_->bytes(layer.signature.size()));
  write(apdu, layer.other, dice_->bytes(layer.other.size()));
  return {};
}

Recipherer::NewKeys& Recipherer::keys_for(Bytes title, const apdu::Key* key, std::uint8_t control) {
  const std::size_t size = key != nullptr ? key->size() : sim::key_length(control);
  const Which which{std::string(as_text(title)), {key, size}};
  const auto [found, is_new] = new_keys_.try_emplace(which);
  if (!is_new) return found->second;
  order_.push_back(which);
  NewKeys& made = found->second;
  made.keys = {dice_->bytes(size), dice_->bytes(size), dice_->bytes(size)};
  made.is_known = key != nullptr;
  made.has_ak = key != nullptr && key->has_authentication();
  made.has_broadcast = key != nullptr && key->has_broadcast();
  return made;
}

void Recipherer::cipher(std::span<std::uint8_t> apdu, const CipheredApdu& layer, Bytes title,
                        const apdu::Key* key, Bytes plain) {
  const ByteVector title_now = now_->now(title);
  write(apdu, layer.title, now_->now(layer.title));
  write(apdu, layer.recipient, now_->now(layer.recipient));
  write(apdu, layer.other, dice_->bytes(layer.other.size()));  // whatever a meter puts there
  const bool encrypted = layer.enciphered();
  if (layer.mac.empty() && !encrypted) return write(apdu, layer.content, plain);

  const NewKeys& now = keys_for(title, key, layer.control);
  ByteVector iv = title_now, text, mac;
  SecretBytes aad;
  iv.resize(apdu::kTitleLength);  // nobody knows the title: nobody can check the tag
  append(iv, layer.counter_bytes);
  if (!layer.mac.empty()) layer.add_aad(aad, now.keys.ak, plain);
  apdu::Gcm gcm(layer.wants_broadcast() ? now.keys.broadcast : now.keys.ek);
  gcm.encrypt(iv, aad, encrypted ? plain : Bytes(), text, mac);
  write(apdu, layer.content, encrypted ? Bytes(text) : plain);
  if (!layer.mac.empty()) write(apdu, layer.mac, mac);
}

std::string Recipherer::key_lines(const Identities& identities) const {
  std::string lines;
  for (const Which& which : order_) {
    const NewKeys& made = new_keys_.at(which);
    if (!made.is_known) continue;
    lines += fmt::format("title={} ek={}", to_hex(identities.now(as_bytes(which.first))),
                         to_hex(made.keys.ek));
    if (made.has_ak) lines += " ak=" + to_hex(made.keys.ak);
    if (made.has_broadcast) lines += " broadcast=" + to_hex(made.keys.broadcast);
    lines += fmt::format(" label=meter-{}\n", identities.number_of(as_bytes(which.first)));
  }
  return lines;
}

}  // namespace meterpipe::share
