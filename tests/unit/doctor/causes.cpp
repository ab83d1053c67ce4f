// The table of causes: stable codes, each in its layer, each with something to try.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "doctor/causes.hpp"

namespace meterpipe::doctor {

TEST_CASE("every cause has its code, its layer and something to try") {
  const std::map<std::string, std::set<std::string>> expected{
      {"line",
       {"nothing-received", "zeros-or-ones", "noise", "leftover-bytes", "changed-bytes", "baud",
        "parity", "inverted", "no-answer"}},
      {"framing",
       {"cut-frames", "checksum", "needs-answer", "modbus", "rsp-ud", "sml", "dsmr", "collision"}},
      {"transport", {"segment-lost", "block-lost"}},
      {"cipher", {"wrong-title", "unsupported-cipher"}},
      {"key", {"no-key", "key-file", "wrong-key", "swapped-keys", "garbled-key", "tag-failed"}},
      {"apdu", {"bad-apdu"}},
      {"layout", {"unknown-layout", "unsure-values"}},
      {"clock", {"clock-zone", "clock-off", "counter-replay", "counter-backwards"}},
      {"none", {"none"}},
  };
  std::size_t seen = 0;
  for (const auto& [layer, codes] : expected) {
    for (const std::string& code : codes) {
      CAPTURE(code);
      const auto cause = find_cause(code);
      REQUIRE(cause);
      CHECK(name(layer_of(*cause)) == layer);
      CHECK(code_of(*cause) == code);
      CHECK(!row_of(*cause).meaning.empty());
      CHECK((row_of(*cause).advice.empty()) == (code == "none"));
      ++seen;
    }
  }
  CHECK(seen == static_cast<std::size_t>(Cause::counter_backwards) + 1);
  CHECK(!find_cause("bad luck"));
}

// meter-doctor has that option, too, where it reads nothing out.
TEST_CASE("advice names the tool whose option it is") {
  const std::string_view advice = row_of(Cause::tag_failed).advice;
  CHECK(advice.find("dlms-decrypt --auth ignore") != std::string_view::npos);
}

}  // namespace meterpipe::doctor
