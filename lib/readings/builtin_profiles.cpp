#include <stdexcept>

#include "readings/builtin_texts.hpp"
#include "readings/profile_parser.hpp"

namespace meterpipe::readings {

const std::vector<Profile>& builtin_profiles() {
  static const std::vector<Profile> profiles = [] {
    std::vector<Profile> all;
    for (const std::string_view text : builtin_texts()) {
      auto parsed = parse_profiles(text);
      if (!parsed) throw std::logic_error("profile that is compiled in: " + parsed.error().text);
      for (Profile& profile : *parsed) all.push_back(std::move(profile));
    }
    return all;
  }();
  return profiles;
}

}  // namespace meterpipe::readings
