// Keys as operators send them and people write them down, which no other program writes.
//
//   key    = 32 or 64 hex digits with marks, quotes, blanks and 0x between them, alone on a line
//   letter = { label [ ":" ] key }         label and key on one line, or the key on the next one
//   label  = words with "key" or "schlüssel", of which one tells whose: auth…, enc…; EK, AK, key
//
//   0x36, 0xC6, 0x66, …       36.C6.66.…       "36C66639…"       36C6 6639 E48A …
//
//   Authentication Key:
//   C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF
//   Encryption Key:
//   36C66639E48A8CA4D6BC8B282A793BBB
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/secret.hpp"

namespace meterpipe::keys {

// A line that is one key and nothing else; nullopt: it is something else.
std::optional<SecretBytes> read_lone_key(std::string_view line);

// How many hex digits the line has, if it has nothing but those and what stands between them.
std::optional<std::size_t> digits_alone(std::string_view line);

struct Label {
  enum class Key : std::uint8_t { encryption, authentication, broadcast } key;
  std::size_t value_at;  // where the rest of the line begins
};
std::optional<Label> read_label(std::string_view line);

// The line with the blanks, quotes and dashes of a letter or a web page as those of ASCII, as wide
// as it was; nullopt: it has none.
std::optional<SecretBytes> without_typography(std::string_view line);

// JSON, JSON5 or YAML of another program.
bool is_configuration(std::string_view text);

}  // namespace meterpipe::keys
