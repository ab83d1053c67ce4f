// What a reading tells of one of its values besides the value's code: the device on an M-Bus
// channel, by the type that the meter sends for it, and that a P1 telegram has it.
//
//   0-1:24.1.0  3    0-1:24.2.1  12785.123 m3    so that this one is gas
#pragma once

#include <string_view>

#include "cosem/names.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::shape {

// Of 0-n:24.x; Medium::other where the code is another, or nothing tells.
cosem::Medium channel_medium(const record::ReadingRecord& reading, std::string_view obis);

bool is_of_telegram(const record::ReadingValue& value);

cosem::NameContext name_context(const record::ReadingRecord& reading,
                                const record::ReadingValue& value);

}  // namespace meterpipe::shape
