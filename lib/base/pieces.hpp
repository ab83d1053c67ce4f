// A text piece by piece.
#pragma once

#include <algorithm>
#include <string_view>

namespace meterpipe {

// What stands before the next `between`, or all; both are taken off the text.
inline std::string_view take_piece(std::string_view& text, char between) {
  const std::string_view piece = text.substr(0, text.find(between));
  text.remove_prefix(std::min(piece.size() + 1, text.size()));
  return piece;
}

}  // namespace meterpipe
