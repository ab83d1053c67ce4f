// An APDU as rows, from its tag down to each element, by the general walk (apdu/walk.hpp). Of a
// ciphered one the header, security control and invocation counter; its content stays hex.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "views/meanings.hpp"
#include "views/rows.hpp"

namespace meterpipe::views {

// All bytes of the rows, once each: what cannot be read follows as it is behind lines with ??.
// `tag_note` is said of an authentication tag. Gives why it could not be read to its end.
std::optional<Error> apdu_rows(Rows& rows, const Meanings& meanings, std::string_view tag_note);

}  // namespace meterpipe::views
