// What a master must see in the records: whether a telegram ends with "more telegrams follow" (DIF
// 1F, EN 13757-3, 6.3), and whether it is the next one.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::poll {

// `data` stands behind CI. What cannot be read to its end has no more behind it.
bool more_follows(std::uint8_t ci, Bytes data);

// Whether a telegram is `before` once more: the same but for its access number, or records of the
// same kinds of which most have not changed (a clock and a power go on).
bool is_again(std::uint8_t ci, Bytes data, std::uint8_t ci_before, Bytes before);

}  // namespace meterpipe::poll
