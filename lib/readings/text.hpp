// Strings of a meter: what of their bytes is text for a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"

namespace meterpipe::readings {

// The text of an octet-, visible- or utf8-string without the NULs and blanks that pad it; nullopt
// where the bytes are no printable UTF-8 (or the node is no string).
std::optional<std::string_view> text_of(const axdr::Node& node, Bytes bytes);
// The same of a string's own bytes.
std::optional<std::string_view> text_of(Bytes string);

// The meter number that a Kaifa system title holds: 4b464d1020039534 -> 1KFM0200234804. Empty for
// titles of others, and for Kaifa's where the rule gives a wrong number (Netz NÖ: byte 3 is 67).
std::string number_of_title(Bytes title);

}  // namespace meterpipe::readings
