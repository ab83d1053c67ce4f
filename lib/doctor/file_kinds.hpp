// Files that are given for a capture and are none, by their first bytes.
#pragma once

#include <string_view>

namespace meterpipe::doctor {

// "a zip archive", "a picture"; empty: none that is known.
std::string_view kind_of_file(std::string_view bytes);

}  // namespace meterpipe::doctor
