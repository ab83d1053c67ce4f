// What a command prints on standard output, at once.
#pragma once

#include <string_view>

namespace meterpipe::runner {

// Throws a Fatal 74 where it cannot be written.
void print(std::string_view text);
// The same with an end of line.
void say(std::string_view text);

// "120 s", "0.2 s".
std::string seconds(long long ms);

}  // namespace meterpipe::runner
