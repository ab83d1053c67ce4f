// What single fields say, in words: a title, a security control, an invoke-id, a date-time's parts.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "views/rows.hpp"

namespace meterpipe::views {

// "KFM", meter 1KFM0200000001
std::string title_text(Bytes title);
// suite 1 (AES-128-GCM), encrypted, no tag
std::string control_text(std::uint8_t control);
// Of 1 or 4 bytes: "id 1571480, unconfirmed, normal" (its priority).
std::string invoke_text(Bytes invoke);
// Of a general-block-transfer: "last block, window 1".
std::string block_control_text(std::uint8_t control);

// "3, register"; the number alone where it has no name here.
std::string class_text(std::uint16_t interface_class);

// "2022-11-12 16:54:00+01:00", or what there is instead.
std::string clock_text(Bytes twelve);
// Date, time, deviation and status, a row each: the next twelve bytes.
void clock_rows(Rows& rows, int depth);

}  // namespace meterpipe::views
