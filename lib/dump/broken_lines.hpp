// Lines that a terminal, a mail or a forum broke at its width, in the middle of a byte:
//
//   [14:00:01][D][uart:114]: <<< 68 FA FA 68 53 FF 00 01 67 DB 0        all but the last of a
//   8 4B 46 4D 10 20 03 95 34 82 01 55 21 00 00 04 D2 5C 8F 1E 0        message have one width
//   B 7A 42
//
// Only where bytes are cut in two, or end with a mark between bytes, as rows of a dump never do:
// then each line of the full width goes on in one that has nothing but bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace meterpipe::dump {

// For each line whether the next one goes on with it; empty: no byte is cut.
std::vector<bool> find_broken_lines(std::span<const std::string> lines);

}  // namespace meterpipe::dump
