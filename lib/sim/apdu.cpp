#include "sim/apdu.hpp"

#include <algorithm>
#include <stdexcept>

#include "apdu/security.hpp"
#include "apdu/tags.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::sim {

void add_notification_head(ByteVector& out, const NotificationHead& head) {
  out.push_back(0x0f);
  add_unsigned(out, head.invoke, 4);
  switch (head.form) {
    case TimeForm::none: out.push_back(0x00); return;
    case TimeForm::tagged: out.push_back(0x09); [[fallthrough]];
    case TimeForm::plain: out.push_back(0x0c); append(out, head.time);
  }
}

void add_event_head(ByteVector& out, const EventHead& head) {
  out.push_back(0xc2);
  out.push_back(head.timed ? 1 : 0);
  if (head.timed) {
    out.push_back(0x0c);
    append(out, head.time);
  }
  add_unsigned(out, head.interface_class, 2);
  append(out, head.name);
  out.push_back(head.attribute);
}

namespace {

std::optional<std::uint8_t> in_family(std::uint8_t tag, int distance, apdu::Family family) {
  const auto* plain = apdu::find_apdu_tag(tag);
  if (plain == nullptr || plain->family != apdu::Family::plain) return std::nullopt;
  const auto ciphered = static_cast<std::uint8_t>(tag + distance);
  const auto* found = apdu::find_apdu_tag(ciphered);
  return found != nullptr && found->family == family ? std::optional(ciphered) : std::nullopt;
}

}  // namespace

std::optional<std::uint8_t> glo_tag(std::uint8_t tag) {
  return in_family(tag, tag < 192 ? 32 : 8, apdu::Family::glo_service);
}
std::optional<std::uint8_t> ded_tag(std::uint8_t tag) {
  return in_family(tag, tag < 192 ? 64 : 16, apdu::Family::ded_service);
}

bool is_known_control(std::uint8_t control) {
  const std::uint8_t both = apdu::kAuthenticated | apdu::kEncrypted;
  return (control & 0x0f) <= 2 && (control & both) != 0 && (control & apdu::kCompressed) == 0;
}

std::size_t key_length(std::uint8_t control) { return (control & 0x0f) == 2 ? 32 : 16; }

namespace {

// The one to cipher with; throws where it does not fit.
const ByteVector& key_of(std::uint8_t control, const CipherKeys& keys) {
  if (!is_known_control(control)) throw std::invalid_argument("unknown security control");
  const ByteVector& key = (control & apdu::kBroadcast) != 0 ? keys.broadcast : keys.ek;
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  const std::size_t size = key_length(control);
  if (key.size() != size || (tagged && keys.ak.size() != size)) {
    throw std::invalid_argument("key of a wrong length");
  }
  return key;
}

void add_string(ByteVector& out, Bytes bytes) {
  add_length(out, bytes.size());
  append(out, bytes);
}

}  // namespace

Cipherer::Cipherer(std::uint8_t control, const CipherKeys& keys)
    : control_(control), gcm_(key_of(control, keys)), aad_(1 + keys.ak.size(), control) {
  std::ranges::copy(keys.ak, aad_.begin() + 1);
}

void Cipherer::add(ByteVector& out, const CipherHead& head, Bytes plain) {
  const bool tagged = (control_ & apdu::kAuthenticated) != 0;
  const bool encrypted = (control_ & apdu::kEncrypted) != 0;
  // What stands between tag and key-info: of general-ciphering part of the AAD, too.
  head_.clear();
  const bool general = head.tag == apdu::kGeneralCiphering;
  if (general) {
    const GeneralHead& more = head.general;
    for (const Bytes string : {Bytes(more.transaction_id), Bytes(head.title), Bytes(more.recipient),
                               Bytes(more.date_time), Bytes(more.other_information)}) {
      add_string(head_, string);
    }
  } else if (head.tag == apdu::kGeneralGloCiphering || head.tag == apdu::kGeneralDedCiphering) {
    add_string(head_, head.title_form == TitleForm::sent ? Bytes(head.title) : Bytes());
  }

  iv_.assign(head.title.begin(), head.title.end());
  add_unsigned(iv_, head.counter, 4);
  Bytes aad = tagged ? Bytes(aad_) : Bytes();
  ByteVector longer;
  if (tagged && (general || !encrypted)) {
    longer = aad_;
    if (general) append(longer, head_);
    if (!encrypted) append(longer, plain);
    aad = longer;
  }
  gcm_.encrypt(iv_, aad, encrypted ? plain : Bytes(), ciphertext_, tag_);
  if (!tagged) tag_.clear();
  const Bytes content = encrypted ? Bytes(ciphertext_) : plain;

  if (head.title_form != TitleForm::untagged) out.push_back(head.tag);
  append(out, head_);
  if (general) {
    out.push_back(head.general.key_info ? 1 : 0);
    if (head.general.key_info) {
      out.push_back(0);  // identified-key
      out.push_back((control_ & apdu::kBroadcast) != 0 ? 1 : 0);
    }
  }
  add_length(out, 5 + content.size() + tag_.size(), head.length_width);
  out.push_back(control_);
  add_unsigned(out, head.counter, 4);
  append(out, content);
  append(out, tag_);
}

}  // namespace meterpipe::sim
