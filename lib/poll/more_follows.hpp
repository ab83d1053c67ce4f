// Whether a telegram ends with "more telegrams follow" (DIF 1F, EN 13757-3, 6.3): the one thing a
// master must see in the records. They are walked by their lengths, nothing is read of them.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::poll {

// `data` stands behind CI. What cannot be walked to its end has no more behind it.
bool more_follows(std::uint8_t ci, Bytes data);

}  // namespace meterpipe::poll
