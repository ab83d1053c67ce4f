// One JSON object, split into its keys and the raw text of their values.
//
//   {"v":1,"t":"apdu","hex":"0f00"}  ->  v = 1, t = "apdu", hex = "0f00"  (quotes and all)
//
// A scanner of our own reads objects in the exact form in which we write them (no blanks, no
// escapes in keys, plain numbers, ASCII). At the first surprise the line goes to simdjson, which
// checks all of it, nested values and UTF-8 included; then the compact form is scanned again. A key
// that stands twice in one object, escapes or not, is an error wherever that object is split.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::json {

struct Field {
  std::string_view key;
  std::string_view raw;
};

class Fields {
 public:
  // Views point into `object` or, after simdjson, into this: keep both while they are used.
  Result<void> parse(std::string_view object);

  const std::vector<Field>& all() const { return fields_; }
  // Of an object that need not be split, since it is like one that was.
  std::vector<Field>& set() { return fields_; }
  const Field* find(std::string_view key) const;

 private:
  std::vector<Field> fields_;
  Buffer compact_;
};

// A nested value that has passed Fields::parse: its members, its elements.
Result<void> split_object(std::string_view object, std::vector<Field>& members);
Result<void> split_array(std::string_view array, std::vector<std::string_view>& elements);

// The text of a JSON string, escapes resolved (then it lives in `scratch`); nullopt: no string.
std::optional<std::string_view> to_text(std::string_view raw, std::string& scratch);
// A whole number without sign, point or exponent, up to 2^64 - 1.
std::optional<std::uint64_t> to_unsigned(std::string_view raw);
std::optional<bool> to_bool(std::string_view raw);
bool is_number(std::string_view raw);
bool is_null(std::string_view raw);
// The bytes of a JSON string of hex digits, appended.
bool to_hex_bytes(std::string_view raw, ByteVector& bytes);

}  // namespace meterpipe::json
