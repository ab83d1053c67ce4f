#include "base/sha256.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/hex.hpp"

namespace meterpipe {
namespace {

std::string hex_of(std::string_view text) {
  const std::string digest = to_hex(sha256(as_bytes(text)));
  CHECK(to_hex(sha256_by_hand(as_bytes(text))) == digest);
  return digest;
}

}  // namespace

TEST_CASE("SHA-256: the examples of FIPS 180-2, B, and nothing") {
  CHECK(hex_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex_of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256: by hand and by the processor it is the same at every length around a block") {
  std::string text;
  for (int size = 0; size < 300; ++size) {
    hex_of(text);
    text += static_cast<char>(size * 151 + 7);
  }
}

}  // namespace meterpipe
