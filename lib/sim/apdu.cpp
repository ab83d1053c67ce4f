#include "sim/apdu.hpp"

#include <stdexcept>

#include <openssl/evp.h>

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

struct Cipherer::Impl {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~Impl() { EVP_CIPHER_CTX_free(context); }
};

namespace {

void check(int result) {
  if (result != 1) throw std::runtime_error("the cipher failed");
}

}  // namespace

Cipherer::Cipherer(std::uint8_t control, const CipherKeys& keys)
    : control_(control), ak_(keys.ak), impl_(std::make_unique<Impl>()) {
  if (!is_known_control(control)) throw std::invalid_argument("unknown security control");
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  if (keys.ek.size() != key_length(control) || (tagged && keys.ak.size() != key_length(control))) {
    throw std::invalid_argument("key of a wrong length");
  }
  check(EVP_EncryptInit_ex(impl_->context,
                           keys.ek.size() == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), nullptr,
                           keys.ek.data(), nullptr));
}

Cipherer::~Cipherer() = default;
Cipherer::Cipherer(Cipherer&&) noexcept = default;
Cipherer& Cipherer::operator=(Cipherer&&) noexcept = default;

void Cipherer::add(ByteVector& out, const CipherHead& head, Bytes plain) {
  const bool tagged = (control_ & apdu::kAuthenticated) != 0;
  const bool encrypted = (control_ & apdu::kEncrypted) != 0;
  out.push_back(0xdb);
  add_length(out, head.title.size());
  append(out, head.title);
  add_length(out, 5 + plain.size() + (tagged ? apdu::kTagLength : 0), head.length_width);
  out.push_back(control_);
  add_unsigned(out, head.counter, 4);

  ByteVector nonce(head.title.begin(), head.title.end());
  add_unsigned(nonce, head.counter, 4);
  EVP_CIPHER_CTX* context = impl_->context;
  check(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()));
  int n = 0;
  const auto authenticate = [&](Bytes bytes) {
    check(EVP_EncryptUpdate(context, nullptr, &n, bytes.data(), static_cast<int>(bytes.size())));
  };
  if (tagged) {
    authenticate(Bytes(&control_, 1));
    authenticate(ak_);
    if (!encrypted) authenticate(plain);
  }
  const std::size_t at = out.size();
  append(out, plain);
  if (encrypted) {
    check(EVP_EncryptUpdate(context, out.data() + at, &n, plain.data(),
                            static_cast<int>(plain.size())));
  }
  if (!tagged) return;
  std::uint8_t none = 0;
  check(EVP_EncryptFinal_ex(context, &none, &n));
  out.resize(out.size() + apdu::kTagLength);
  check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, static_cast<int>(apdu::kTagLength),
                            out.data() + out.size() - apdu::kTagLength));
}

}  // namespace meterpipe::sim
