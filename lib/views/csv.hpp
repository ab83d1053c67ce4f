// A field of a line of CSV, RFC 4180; a text that a spreadsheet would take for a formula has a '
// before it, and what a terminal obeys is written as \x1b: the name of a source may hold it.
#pragma once

#include <string_view>

#include "base/buffer.hpp"

namespace meterpipe::views {

// `end`: what stands behind it, a comma or the line's end.
void add_csv(Buffer& out, std::string_view text, char end);

}  // namespace meterpipe::views
