// A capture that can be shared: the same frames at the same places with the same values, under
// fresh keys and with made-up titles, serials and names.
//
//   1  read as mbus-frame does (capture_map.hpp), open with the keys
//   2  gather who the meters are (identity_finder.hpp), draw new identities (new_identity.hpp)
//   3  put them into the plain messages, byte for byte, and wherever else they stand (patch.hpp)
//   4  cipher again in place (recipher.hpp), mend the checksums
//   5  write in the form of the input, without all that belongs to no readable message
//   6  check: all values but names are as before; read back, the same messages open with the new
//      keys alone, as far to be trusted as before, and no old key, title, serial or name stands in
//      any form in what was written
//
// Nothing is given out that does not pass the check.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apdu/open.hpp"
#include "link/frame.hpp"
#include "record/input.hpp"

namespace meterpipe::share {

enum class SharedForm : std::uint8_t { as_read, hex, json, bin };

struct AnonymiseSettings {
  record::Form input = record::Form::automatic;
  link::Link link = link::Link::automatic;
  SharedForm output = SharedForm::as_read;
  std::uint64_t seed = 0;
  bool keys_in_output = true;  // in `# key:` lines at its top
};

struct Anonymised {
  std::string text;  // or the bytes
  std::string keys;  // lines of a key file
  std::size_t messages = 0, reciphered = 0, plain = 0;
  std::size_t answers = 0;                      // of other wired M-Bus meters, kept
  std::map<std::string, std::size_t> left_out;  // messages, by why and whose
  std::map<std::string, std::size_t> framing;   // what was wrong with frames and blocks, by code
  std::size_t bytes_left_out = 0;
  std::size_t other_records = 0, bad_lines = 0;
};

// How the keys can be had anew: a finder remembers what it saw.
class KeyRings {
 public:
  virtual ~KeyRings() = default;
  virtual apdu::KeySource& old_keys() = 0;
  // Of the lines of a key file; until the next call.
  virtual apdu::KeySource& new_keys(std::string_view lines) = 0;
  // Every old key, to be looked for.
  virtual std::vector<Bytes> secrets() const = 0;
};

struct AnonymiseFault {
  enum class Kind : std::uint8_t {
    nothing,   // no message that could be shared
    bin_keys,  // raw bytes have no place for keys
    left,      // something old is left
    differs,   // a value that is no name would be another one
    changed,   // what was written does not read back as it should
  } kind;
  std::string text;
  Anonymised so_far;
};

tl::expected<Anonymised, AnonymiseFault> anonymise(std::string_view input,
                                                   const AnonymiseSettings& settings,
                                                   KeyRings& keys);

}  // namespace meterpipe::share
