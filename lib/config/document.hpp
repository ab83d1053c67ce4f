// A TOML text as a list of what it says, each with its place; the one file that sees toml++.
//
//   key = value          of no section
//   [section]
//   key = value
//
// A table in a table is a value of kind `table`; who asks for something else there says so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace meterpipe::config {

struct Place {
  std::size_t line = 0, column = 0;  // from 1; 0: nowhere
  auto operator<=>(const Place&) const = default;
};

struct Value {
  enum class Kind { text, integer, real, boolean, date, array, table } kind = Kind::text;
  std::string text;          // of a number as it is written; true, false; empty for the last two
  std::vector<Value> items;  // of an array
};

struct Entry {
  std::string section;  // empty: none
  std::string key;
  Value value;
  Place key_place, value_place;
};

struct Section {
  std::string name;
  Place place;
};

struct Document {
  std::vector<Section> sections;
  std::vector<Entry> entries;  // in the order of the text

  const Entry* find(std::string_view section, std::string_view key) const;
};

struct SyntaxError {
  Place place;
  std::string text;
};

tl::expected<Document, SyntaxError> parse_document(std::string_view text);

// A value that stands alone, as on a command line: TOML where it is a boolean, a number, a string
// in quotes or a list, and a string as it stands else.
Value parse_value(const std::string& text);

// A key in small letters, as people may have written it otherwise.
std::string lower_text(std::string_view text);

}  // namespace meterpipe::config
