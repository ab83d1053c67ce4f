// The ways in which a key is copied wrong, undone: from the key that was given to those that may
// have been meant.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.hpp"

namespace meterpipe::doctor {

// What was done to the key, as a sentence's end: "its halves are exchanged". Places are named, from
// 1; digits never. Made only if it is asked for.
using Says = std::function<std::string()>;

// Gives candidates of `size` bytes (16 or 32) one by one, the likely ones first, until `fits` says
// true; that is the result. `other`: the key that stands beside this one, or none. Some 3,100
// candidates for a key of 16 bytes, 7,500 for one of 32; 20,000 more where it is text with all
// letters of one case.
bool each_variant(Bytes key, Bytes other, std::size_t size,
                  const std::function<bool(Bytes, const Says&)>& fits);

}  // namespace meterpipe::doctor
