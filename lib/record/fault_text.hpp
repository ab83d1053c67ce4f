// From a fault to the words of an error record: its stable code and its sentence.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace meterpipe::record {

// lower-case, hyphened, as meter-records(5) lists them; several faults may share one.
std::string_view code_of(Fault fault);

// What was expected, what was found, where: "frame of 250 bytes: checksum is 3e, …".
std::string describe(const Error& error);

}  // namespace meterpipe::record
