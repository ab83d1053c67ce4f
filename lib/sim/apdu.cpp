#include "sim/apdu.hpp"

#include <stdexcept>

#include "apdu/security.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::sim {

void add_notification_head(ByteVector& out, const NotificationHead& head) {
  out.push_back(0x0f);
  add_unsigned(out, head.invoke, 4);
  switch (head.form) {
    case TimeForm::none:
      out.push_back(0x00);
      return;
    case TimeForm::tagged:
      out.push_back(0x09);
      [[fallthrough]];
    case TimeForm::plain:
      out.push_back(0x0c);
      append(out, head.time);
  }
}

bool is_known_control(std::uint8_t control) {
  const std::uint8_t both = apdu::kAuthenticated | apdu::kEncrypted;
  return (control & 0x0f) <= 2 && (control & both) != 0 && (control & 0xc0) == 0;
}

std::size_t key_length(std::uint8_t control) { return (control & 0x0f) == 2 ? 32 : 16; }

Cipherer::Cipherer(std::uint8_t control, const CipherKeys& keys)
    : control_(control), gcm_(keys.ek) {
  if (!is_known_control(control)) throw std::invalid_argument("unknown security control");
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  if (keys.ek.size() != key_length(control) || (tagged && keys.ak.size() != key_length(control))) {
    throw std::invalid_argument("key of a wrong length");
  }
  aad_.reserve(1 + keys.ak.size());
  aad_.push_back(control);
  append(aad_, keys.ak);
}

void Cipherer::add(ByteVector& out, const CipherHead& head, Bytes plain) {
  const bool tagged = (control_ & apdu::kAuthenticated) != 0;
  const bool encrypted = (control_ & apdu::kEncrypted) != 0;
  iv_.assign(head.title.begin(), head.title.end());
  add_unsigned(iv_, head.counter, 4);
  if (encrypted) {
    gcm_.encrypt(iv_, tagged ? Bytes(aad_) : Bytes(), plain, ciphertext_, tag_);
  } else {
    ByteVector aad = aad_;
    append(aad, plain);
    gcm_.encrypt(iv_, aad, {}, ciphertext_, tag_);
  }
  if (!tagged) tag_.clear();
  const Bytes content = encrypted ? Bytes(ciphertext_) : plain;

  out.push_back(0xdb);
  add_length(out, head.title.size());
  append(out, head.title);
  add_length(out, 5 + content.size() + tag_.size(), head.length_width);
  out.push_back(control_);
  add_unsigned(out, head.counter, 4);
  append(out, content);
  append(out, tag_);
}

}  // namespace meterpipe::sim
