// The files of profiles/, as they are; made by profiles/profiles.cmake.
#pragma once

#include <span>
#include <string_view>

namespace meterpipe::readings {

std::span<const std::string_view> builtin_texts();

}  // namespace meterpipe::readings
