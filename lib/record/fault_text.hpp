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

// The beginning of an input line that could not be read, for a message: nothing that a terminal
// would act on, and no key, should it be a line of a key file.
std::string shown(std::string_view line);

}  // namespace meterpipe::record
