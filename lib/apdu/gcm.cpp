#include "apdu/gcm.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "apdu/openssl.hpp"
#include "base/secret.hpp"

namespace meterpipe::apdu {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

constexpr std::size_t kBlockLength = 16;

// OpenSSL fails here only for want of memory or a broken installation.
void must(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL: AES-GCM failed");
}

Context make_context(Bytes key, bool encrypt, bool counter_only = false) {
  const bool is_long = key.size() == 32;
  const EVP_CIPHER* cipher = find_cipher(counter_only ? is_long ? "AES-256-CTR" : "AES-128-CTR"
                                         : is_long    ? "AES-256-GCM"
                                                      : "AES-128-GCM");
  Context context(EVP_CIPHER_CTX_new());
  if (!context) throw std::runtime_error("OpenSSL: no cipher context");
  must(EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr, encrypt ? 1 : 0));
  return context;
}

void update(EVP_CIPHER_CTX* context, Bytes in, std::uint8_t* out) {
  if (in.empty()) return;
  int length = 0;
  must(EVP_CipherUpdate(context, out, &length, in.data(), static_cast<int>(in.size())));
}

}  // namespace

struct Gcm::Impl {
  SecretBytes key;
  Context counting;    // without a tag
  Context decrypting;  // with one
  Context encrypting;  // all three are made when first needed
};

Gcm::Gcm(Bytes key) : impl_(std::make_unique<Impl>()) {
  if (key.size() != 16 && key.size() != 32)
    throw std::invalid_argument("AES key of 16 or 32 bytes");
  impl_->key.assign(key.begin(), key.end());
}
Gcm::~Gcm() = default;
Gcm::Gcm(Gcm&&) noexcept = default;
Gcm& Gcm::operator=(Gcm&&) noexcept = default;

void Gcm::set_key(Bytes key) {
  if (key.size() != impl_->key.size()) throw std::invalid_argument("AES key of another size");
  std::ranges::copy(key, impl_->key.begin());
  impl_->encrypting.reset();
  for (const Context* context : {&impl_->counting, &impl_->decrypting}) {
    if (*context == nullptr) continue;
    must(EVP_CipherInit_ex(context->get(), nullptr, nullptr, key.data(), nullptr, 0));
  }
}

// GCM without its tag is counter mode: block 1 is the tag's, the text begins with block 2
// (SP 800-38D, 6.5 and 7.2).
void Gcm::decrypt(Bytes iv, Bytes ciphertext, ByteVector& plain) {
  if (!impl_->counting) impl_->counting = make_context(impl_->key, false, true);
  std::array<std::uint8_t, kBlockLength> first{};
  std::copy(iv.begin(), iv.end(), first.begin());
  first.back() = 2;
  EVP_CIPHER_CTX* context = impl_->counting.get();
  must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, first.data(), -1));
  plain.resize(ciphertext.size());
  update(context, ciphertext, plain.data());
}

bool Gcm::decrypt_verified(Bytes iv, Bytes aad, Bytes ciphertext, Bytes tag, ByteVector& plain) {
  if (!impl_->decrypting) impl_->decrypting = make_context(impl_->key, false);
  EVP_CIPHER_CTX* context = impl_->decrypting.get();
  must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1));
  ByteVector wanted(tag.begin(), tag.end());
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(wanted.size()),
                           wanted.data()));
  update(context, aad, nullptr);
  plain.resize(ciphertext.size());
  update(context, ciphertext, plain.data());
  int length = 0;
  std::uint8_t nothing[16];
  return EVP_CipherFinal_ex(context, nothing, &length) == 1;
}

void Gcm::encrypt(Bytes iv, Bytes aad, Bytes plain, ByteVector& ciphertext, ByteVector& tag) {
  if (!impl_->encrypting) impl_->encrypting = make_context(impl_->key, true);
  EVP_CIPHER_CTX* context = impl_->encrypting.get();
  must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1));
  update(context, aad, nullptr);
  ciphertext.resize(plain.size());
  update(context, plain, ciphertext.data());
  int length = 0;
  std::uint8_t nothing[16];
  must(EVP_CipherFinal_ex(context, nothing, &length));
  tag.resize(12);
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 12, tag.data()));
}

void wipe(ByteVector& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace meterpipe::apdu
