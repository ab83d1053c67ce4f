// What a person can do about an error record, by its code: one sentence.
#pragma once

#include <string_view>

namespace meterpipe::record {

// Empty: the code is not one of meter-records(5).
std::string_view cure_of(std::string_view code);

}  // namespace meterpipe::record
