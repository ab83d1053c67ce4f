// Profile files (lib/readings): any text is profiles or an error with its line; a profile that was
// read can be tried on its own messages, held against its tests and applied.
#include "readings/profile_parser.hpp"

#include <algorithm>

#include "decode/reading_maker.hpp"
#include "fuzz/fuzz.hpp"
#include "views/profile_check.hpp"

namespace meterpipe::fuzz {

void check(Bytes input) {
  const std::string_view text = as_text(input);
  const auto profiles = readings::parse_profiles(text);
  if (!profiles) {
    REQUIRE(profiles.error().line <= 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
    REQUIRE_FALSE(profiles.error().text.empty());
    return;
  }
  for (const readings::Profile& profile : *profiles) {
    REQUIRE_FALSE(profile.name.empty());
    const views::ProfileCheck checked = views::check(profile);
    REQUIRE(checked.tests == profile.tests.size());
    readings::ProfileSet set;
    set.use_builtin();
    set.add(profile);
    // Records of wired M-Bus say themselves whose they are; a built-in of the name may be
    // preferred.
    readings::ProfileSet alone;
    alone.add(profile);
    REQUIRE(alone.prefer(profile.name) != profile.mbus.has_value());
    REQUIRE((set.prefer(profile.name) || profile.mbus.has_value()));
    decode::ReadingMaker maker(std::move(set), {});
    for (const readings::ProfileTest& test : profile.tests) {
      record::ApduRecord record;
      record.bytes = test.message;
      const auto made = maker.make(record, apdu::Auth::plain);
      if (made) REQUIRE((*made)->values != nullptr);
    }
  }
}

}  // namespace meterpipe::fuzz
