// Memory for keys: locked, wiped, used again.
#include "base/secret.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace meterpipe {
namespace {

// KiB of this process that are locked.
long locked_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmLck:")) return std::stol(line.substr(6));
  }
  return -1;
}

bool is_wiped(const std::uint8_t* at, std::size_t size) {
  // What was given back first holds where the next one is.
  return std::all_of(at + sizeof(void*), at + size, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

TEST_CASE("secrets: their memory is locked, as far as the limit goes") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  const long before = locked_kib();
  const std::size_t unlocked = unlocked_secrets();
  const SecretBytes large(100'000, 7);
  const bool is_locked = locked_kib() - before >= 97;
  CHECK((is_locked || unlocked_secrets() > unlocked));
  if (limit.rlim_cur > 1 << 20) CHECK(is_locked);
}

TEST_CASE("secrets: what is given back is wiped, also what a vector grows out of") {
  SecretBytes bytes(32, 0xa5);
  const std::uint8_t* const first = bytes.data();
  bytes.resize(64, 0xa5);
  REQUIRE(bytes.data() != first);
  CHECK(is_wiped(first, 32));
  const std::uint8_t* const second = bytes.data();
  bytes = SecretBytes();
  CHECK(is_wiped(second, 64));
}

TEST_CASE("secrets: memory is used again, and no two have the same") {
  std::vector<SecretBytes> all;
  for (std::size_t size = 1; size < 3000; size += 7) {
    all.emplace_back(size, static_cast<std::uint8_t>(size));
  }
  for (const SecretBytes& one : all) {
    CHECK(std::ranges::all_of(
        one, [&](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(one.size()); }));
  }
  const std::uint8_t* const at = all.back().data();
  const std::size_t size = all.back().size();
  all.pop_back();
  CHECK(SecretBytes(size).data() == at);
}

}  // namespace meterpipe
