// Who made a meter, by its FLAG id: the three letters at the beginning of a system title or of a
// logical device name (IEC 62056-5-3; the ids are given out by the DLMS UA).
#pragma once

#include <string>
#include <string_view>

namespace meterpipe::home {

// Empty where the letters are none that are known.
std::string_view manufacturer_of_flag(std::string_view letters);
// Of a title in 16 hex digits.
std::string_view manufacturer_of_title(std::string_view title);
// Of a wired M-Bus meter, "kam-12345678-27-heat": who made it; "heat, version 27".
std::string_view manufacturer_of_identity(std::string_view identity);
std::string model_of_identity(std::string_view identity);
// Of a logical device name, or of a number of DIN 43863-5 ("1KFM0200234804"). A text without digits
// behind the letters is neither.
std::string_view manufacturer_of_name(std::string_view name);

}  // namespace meterpipe::home
