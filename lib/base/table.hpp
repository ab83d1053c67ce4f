// Tables of rows, each with a number or a name of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace meterpipe {

// The first row whose `key` (a member, a function) is `wanted`; nullptr: there is none.
template <class Rows, class Wanted, class Key>
constexpr auto* find_row(Rows&& rows, const Wanted& wanted, Key key) {
  const auto found = std::ranges::find(rows, wanted, key);
  return found == std::ranges::end(rows) ? nullptr : &*found;
}

// Whether each row's number is its place, counted from `first`: then it is found without a search.
template <class Rows, class Key>
constexpr bool stands_in_order(const Rows& rows, Key key, std::size_t first = 0) {
  return std::ranges::all_of(rows, [&](const auto& row) {
    return static_cast<std::size_t>(std::invoke(key, row)) == first++;
  });
}

// Whether each row's key is greater than that of the row before.
template <class Rows, class Key>
constexpr bool ascends(const Rows& rows, Key key) {
  return std::ranges::adjacent_find(rows, std::ranges::greater_equal(), key) ==
         std::ranges::end(rows);
}

// Which row has a byte for its key, so that finding it costs no search; kNoRow: none has it.
inline constexpr std::uint8_t kNoRow = 0xff;
template <class Rows, class Key>
constexpr std::array<std::uint8_t, 256> rows_by_byte(const Rows& rows, Key key) {
  std::array<std::uint8_t, 256> places{};
  places.fill(kNoRow);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    places[static_cast<std::uint8_t>(std::invoke(key, rows[i]))] = static_cast<std::uint8_t>(i);
  }
  return places;
}

// The value of an enum that stands at the place of `name` among their names.
template <class Enum, class Names>
constexpr std::optional<Enum> named(const Names& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == std::ranges::end(names)) return std::nullopt;
  return static_cast<Enum>(found - std::ranges::begin(names));
}

}  // namespace meterpipe
