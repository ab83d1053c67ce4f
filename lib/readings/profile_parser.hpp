// The text of profiles (meter-profiles(5)).
//
//   file    = { profile }
//   profile = "profile" NAME  { line }               NAME: a-z, 0-9 and "-"
//   line    = "about" words
//           | "elements" COUNT                       of the body; without it a profile by code
//           | "list" CODE                            element 0 is the list's own name
//           | "layout" NAME                          by code: applied by itself to such lists
//           | "with" PATTERN [ types [ "=" STRING ] ]      … in which this value is
//           | "without" PATTERN [ types [ "=" STRING ] ]   … or is not
//           | "time" "tagged"                        the date-time is sent as 09 0C …
//           | PLACE types [ "=" STRING ] target [ SCALER [ UNIT ] ]
//           | PATTERN SCALER [ UNIT ]                by code
//           | "sum" terms "=" terms
//           | "mbus" MAKER [ VERSION [ MEDIUM ] ]    a meter on wired M-Bus, whose records follow
//           | "record" KEY target [ "unsigned" ] [ STRING ]   DIB and VIB in hex; its name
//           | "test" HEX { HEX }                     a plain APDU that was seen
//           | "gives" ( CODE | PLACE ) value [ UNIT ]   of the test above it
//   PLACE   = N [ "." M ]                            element N from 0, inside it M from 1
//   types   = type { "|" type }                      any number string text clock time date, or a
//                                                    type of A-XDR by its name
//   STRING  = '"' { character | "*" | "?" | "#" } '"'
//   target  = CODE | "-"
//   value   = NUMBER | STRING
//   terms   = CODE { ( "+" | "-" ) CODE }
//
// A line ends at its end or at a "#" outside of quotes; empty lines count for nothing.
//
//   0  text="ISK*"                  0-0:42.0.0
//   3  number                       1-0:32.7.0  -1 V
//   7  octet-string|visible-string  -                     # two blanks or one, as you like
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "readings/profile.hpp"

namespace meterpipe::readings {

struct ProfileError {
  std::size_t line = 0;  // from 1
  std::string text;      // what was found and what was expected
};

tl::expected<std::vector<Profile>, ProfileError> parse_profiles(std::string_view text);

// Those that are compiled in.
const std::vector<Profile>& builtin_profiles();
// Those of them that are about meters on M-Bus.
const std::vector<Profile>& builtin_meters();

}  // namespace meterpipe::readings
