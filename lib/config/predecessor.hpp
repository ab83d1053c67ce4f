// The file of smart-meter-mbus-dlms (default.json5) as one of ours, meterpipe.conf(5): every key is
// taken, or named with the reason why not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace meterpipe::config {

struct Imported {
  std::string text;      // of NAME.conf, with a comment where something became something else
  std::string keys;      // of NAME.keys; empty: none. A secret
  std::string password;  // of NAME.password; empty: none. A secret
  struct Remark {
    std::string key;  // with its path
    Place place;
    std::string text;
  };
  std::vector<Remark> remarks;  // in the order of the file
};

// `name` of the meter; its files are named in the text.
Imported import_predecessor(const Document& document, std::string_view name);

// A string as TOML has it, in quotes.
std::string quoted(std::string_view text);

}  // namespace meterpipe::config
