#include "poll/more_follows.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace meterpipe::poll {
namespace {

constexpr std::uint8_t kExtended = 0x80;
constexpr std::uint8_t kFiller = 0x2f, kMore = 0x1f;
constexpr std::size_t kMostExtensions = 10;
constexpr std::uint8_t kVariable = 0x0d, kSpecial = 0x0f;
// Bytes of data by the low four bits of DIF.
constexpr std::array<std::uint8_t, 16> kSizes{0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0};

bool is_printable(std::uint8_t c) { return c >= 0x20 && c != 0x7f; }

// Walks; false from a call: the bytes end too early, or no record is like that.
struct Walk {
  Bytes rest;

  bool skip(std::size_t n) {
    if (n > rest.size()) return false;
    rest = rest.subspan(n);
    return true;
  }
  std::optional<std::uint8_t> take() {
    if (rest.empty()) return std::nullopt;
    const std::uint8_t byte = rest[0];
    rest = rest.subspan(1);
    return byte;
  }
  bool skip_extensions(std::uint8_t first) {
    for (std::size_t n = 0; (first & kExtended) != 0; ++n) {
      const auto next = take();
      if (!next || n == kMostExtensions) return false;
      first = *next;
    }
    return true;
  }
  bool skip_text() {
    const auto size = take();
    return size && skip(*size);
  }
  // A unit as text stands before its VIFEs (old meters) or behind them (since 2013).
  bool skip_unit(std::uint8_t vif) {
    if ((vif & 0x7f) != 0x7c) return skip_extensions(vif);
    if (vif == 0x7c) return skip_text();
    const bool is_old = !rest.empty() && rest[0] >= 1 && rest[0] < 0x40 &&
                        rest.size() > rest[0] + 1U &&
                        std::ranges::all_of(rest.subspan(1, rest[0]), is_printable);
    return is_old ? skip_text() && skip_extensions(vif) : skip_extensions(vif) && skip_text();
  }
  bool skip_variable() {
    const auto length = take();
    if (!length) return false;
    const std::size_t l = *length;
    if (l < 0xc0) return skip(l);
    if (l <= 0xc9) return skip(l - 0xc0);
    if (l >= 0xd0 && l <= 0xd9) return skip(l - 0xd0);
    if (l >= 0xe0 && l <= 0xef) return skip(l - 0xe0);
    if (l >= 0xf0 && l <= 0xf4) return skip(4 * (l - 0xec));
    if (l == 0xf5) return skip(48);
    return l == 0xf6 && skip(64);
  }
  bool skip_record(std::uint8_t dif) {
    if (!skip_extensions(dif)) return false;
    const auto vif = take();
    if (!vif || !skip_unit(*vif)) return false;
    const std::uint8_t form = dif & 0x0f;
    return form == kVariable ? skip_variable() : skip(kSizes[form]);
  }
};

std::optional<std::size_t> header_size(std::uint8_t ci) {
  if (ci == 0x72 || ci == 0x76) return 12;
  if (ci == 0x7a) return 4;
  if (ci == 0x78) return 0;
  return std::nullopt;
}

// Mode 5 says how many blocks are ciphered; what stands behind them is plain.
std::size_t ciphered_size(Bytes header, std::size_t left) {
  if (header.size() < 2) return 0;
  const std::uint8_t low = header[header.size() - 2], high = header[header.size() - 1];
  const std::size_t size = std::size_t{low} / 16 * 16;
  return (high & 0x1f) == 5 && size <= left ? size : 0;
}

}  // namespace

bool more_follows(std::uint8_t ci, Bytes data) {
  const auto size = header_size(ci);
  if (!size || *size > data.size()) return false;
  Walk walk{data.subspan(*size)};
  walk.skip(ciphered_size(data.first(*size), walk.rest.size()));
  while (const auto dif = walk.take()) {
    if (*dif == kFiller) continue;
    if (*dif == kMore) return true;
    if ((*dif & 0x0f) == kSpecial || !walk.skip_record(*dif)) return false;
  }
  return false;
}

}  // namespace meterpipe::poll
