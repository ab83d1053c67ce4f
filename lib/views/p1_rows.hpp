// A P1 telegram as rows, a line of it at a time: its text, and what the readings made of it.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "cosem/names.hpp"
#include "views/rows.hpp"

namespace meterpipe::views {

// Gives what is wrong with the telegram as a whole, or with its first bad line.
std::optional<Error> p1_rows(Rows& rows, const cosem::NameFormat& format);

}  // namespace meterpipe::views
