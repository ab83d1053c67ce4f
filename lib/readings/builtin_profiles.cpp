#include <stdexcept>

#include "readings/builtin_texts.hpp"
#include "readings/profile_parser.hpp"

namespace meterpipe::readings {

namespace {

std::vector<Profile> builtin(bool of_meters) {
  std::vector<Profile> all;
  for (const std::string_view text : builtin_texts()) {
    auto parsed = parse_profiles(text);
    if (!parsed) throw std::logic_error("profile that is compiled in: " + parsed.error().text);
    for (Profile& profile : *parsed) {
      if (profile.mbus.has_value() == of_meters) all.push_back(std::move(profile));
    }
  }
  return all;
}

}  // namespace

const std::vector<Profile>& builtin_profiles() {
  static const std::vector<Profile> profiles = builtin(false);
  return profiles;
}

const std::vector<Profile>& builtin_meters() {
  static const std::vector<Profile> profiles = builtin(true);
  return profiles;
}

}  // namespace meterpipe::readings
