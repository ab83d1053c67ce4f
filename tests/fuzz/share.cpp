// A capture made anonymous (lib/share): it is refused, or what comes out reads as the old one did
// under keys of its own, and the old keys and titles are gone.
#include <string>

#include "fuzz/fuzz.hpp"
#include "fuzz/keys.hpp"
#include "support/anonymised.hpp"

namespace meterpipe::fuzz {

void check(Bytes input) {
  const std::string text(as_text(input));
  test::Rings rings(key_lines());
  share::AnonymiseSettings settings;
  settings.seed = 1;
  settings.keys_in_output = false;
  const auto made = share::anonymise(text, settings, rings);
  if (!made) {
    REQUIRE_FALSE((made.error().kind == share::AnonymiseFault::Kind::bin_keys));
    return;
  }
  CAPTURE(made->text);
  test::Seen was(key_lines()), is(made->keys);
  was.read(text);
  is.read(made->text);
  REQUIRE(is.apdus.size() == made->reciphered + made->plain);
  REQUIRE(is.readings.size() <= was.readings.size());
  for (std::size_t i = 0; i < is.counters.size(); ++i) {
    REQUIRE(std::ranges::find(was.counters, is.counters[i]) != was.counters.end());
  }
  for (const Bytes secret : rings.secrets()) {
    REQUIRE_FALSE(test::holds(as_bytes(made->text), to_hex(secret)));
    REQUIRE_FALSE(test::holds(is.stream, as_text(secret)));
  }
}

}  // namespace meterpipe::fuzz
