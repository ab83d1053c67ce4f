// Whether a telegram ends with "more telegrams follow" (DIF 1F, EN 13757-3, 6.3): the one thing a
// master must see in the records.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::poll {

// `data` stands behind CI. What cannot be read to its end has no more behind it.
bool more_follows(std::uint8_t ci, Bytes data);

}  // namespace meterpipe::poll
