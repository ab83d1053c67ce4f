#include "apdu/cbc.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "apdu/openssl.hpp"
#include "base/secret.hpp"

namespace meterpipe::apdu {
namespace {

struct FreeCbc {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

void check_cbc(bool good) {
  if (!good) throw std::runtime_error("OpenSSL: AES-CBC failed");
}

void cbc(Bytes key, Bytes iv, Bytes text, ByteVector& out, bool encrypts) {
  check_cbc(key.size() == kBlockSize && iv.size() == kBlockSize && text.size() % kBlockSize == 0);
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCbc> context(EVP_CIPHER_CTX_new());
  check_cbc(context != nullptr &&
            EVP_CipherInit_ex(context.get(), find_cipher("AES-128-CBC"), nullptr, key.data(),
                              iv.data(), encrypts ? 1 : 0) == 1 &&
            EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  out.resize(text.size());
  int size = 0;
  check_cbc(text.empty() || EVP_CipherUpdate(context.get(), out.data(), &size, text.data(),
                                             static_cast<int>(text.size())) == 1);
  check_cbc(static_cast<std::size_t>(size) == text.size());
}

// Times x in the field of CMAC.
void double_block(std::array<std::uint8_t, kBlockSize>& block) {
  constexpr std::uint8_t kPolynomial = 0x87;
  const bool carry = (block[0] & 0x80) != 0;
  for (std::size_t i = 0; i < kBlockSize; ++i) {
    const std::uint8_t next = i + 1 < kBlockSize ? block[i + 1] >> 7 : std::uint8_t{0};
    block[i] = static_cast<std::uint8_t>(block[i] << 1 | next);
  }
  if (carry) block.back() ^= kPolynomial;
}

}  // namespace

void cbc_decrypt(Bytes key, Bytes iv, Bytes ciphertext, ByteVector& out) {
  cbc(key, iv, ciphertext, out, false);
}

void cbc_encrypt(Bytes key, Bytes iv, Bytes plain, ByteVector& out) {
  cbc(key, iv, plain, out, true);
}

// The last block of CBC over the text, its own last block changed by a key made of the key.
std::array<std::uint8_t, kBlockSize> cmac(Bytes key, Bytes text) {
  const std::array<std::uint8_t, kBlockSize> zero{};
  ByteVector out;
  cbc_encrypt(key, zero, zero, out);
  std::array<std::uint8_t, kBlockSize> subkey{};
  std::ranges::copy(out, subkey.begin());
  double_block(subkey);
  ByteVector padded(text.begin(), text.end());
  if (text.empty() || text.size() % kBlockSize != 0) {
    double_block(subkey);
    padded.push_back(0x80);
    padded.resize((padded.size() + kBlockSize - 1) / kBlockSize * kBlockSize);
  }
  for (std::size_t i = 0; i < kBlockSize; ++i) padded[padded.size() - kBlockSize + i] ^= subkey[i];
  cbc_encrypt(key, zero, padded, out);
  std::array<std::uint8_t, kBlockSize> mac{};
  std::ranges::copy(Bytes(out).last(kBlockSize), mac.begin());
  return mac;
}

}  // namespace meterpipe::apdu
