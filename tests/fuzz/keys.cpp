// Key files (lib/keys): any text is a ring or an error that says where; no message repeats a key.
// In an input @ and % stand for two keys, so that it can be told what must not be said.
#include "keys/keys.hpp"

#include <string>

#include "fuzz/fuzz.hpp"
#include "keys/key_finder.hpp"
#include "keys/pasted.hpp"
#include "os/status.hpp"

namespace meterpipe::fuzz {

namespace {

constexpr std::string_view kKeys[] = {"f10c54894004f3e8eb5da40098a1ca87",
                                      "4FAFAC5971D8A1F1383B4823D781A491"};

std::string with_keys(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '@' || c == '%') {
      out += kKeys[c == '%' ? 1 : 0];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void check(Bytes input) {
  const std::string_view given = as_text(input);
  const std::string text = with_keys(given);
  std::vector<std::string> said;
  try {
    const keys::KeyRing ring = keys::KeyRing::parse(text, "keys", said);
    constexpr std::size_t kTitleDigits = 16;  // the number of an M-Bus meter has 8
    std::size_t titled = 0;
    for (const keys::KeyRing::Entry& entry : ring.entries()) {
      REQUIRE(entry.key != nullptr);
      REQUIRE((entry.encryption.size() == 16 || entry.encryption.size() == 32));
      REQUIRE(entry.key->size() == entry.encryption.size());
      titled += entry.title.size() == kTitleDigits ? 1 : 0;
    }
    REQUIRE(ring.titled().size() == titled);
    REQUIRE(ring.size() == ring.entries().size());
  } catch (const os::Fatal& fatal) {
    said.emplace_back(fatal.what());
    REQUIRE(said.back().starts_with("keys"));
  }
  for (const std::string& one : said) {
    CAPTURE(one);
    for (const std::string_view key : kKeys) {
      for (std::size_t at = 0; at + 8 <= key.size(); ++at) {
        // What stands in the input by itself is no part of a key.
        const std::string_view part = key.substr(at, 8);
        if (given.find(part) != std::string_view::npos) continue;
        REQUIRE(one.find(part) == std::string::npos);
      }
    }
  }
  keys::parse_title(given);
  keys::is_configuration(given);
  if (const auto key = keys::read_lone_key(given)) REQUIRE_FALSE(key->empty());
}

}  // namespace meterpipe::fuzz
