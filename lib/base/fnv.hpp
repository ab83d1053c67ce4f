// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), which tells texts apart that nobody made up
// to be the same. No defence against who wants two texts to have one number.
#pragma once

#include <cstdint>
#include <string_view>

namespace meterpipe {

inline constexpr std::uint64_t kFnv64Basis = 0xcbf29ce484222325;

// Another beginning makes another hash of the same text.
constexpr std::uint64_t fnv1a_64(std::string_view text, std::uint64_t hash = kFnv64Basis) {
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return hash;
}

constexpr std::uint32_t fnv1a_32(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x01000193;
  return hash;
}

// The test vectors of its authors.
static_assert(fnv1a_64("foobar") == 0x85944171f73967e8 && fnv1a_32("foobar") == 0xbf9cf968);

}  // namespace meterpipe
