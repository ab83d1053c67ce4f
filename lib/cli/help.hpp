// The text of --help: a usage line, what the program does, its arguments and its options by group,
// in at most 80 columns.
#pragma once

#include <string>
#include <vector>

namespace meterpipe::cli {

struct HelpRow {
  std::string group;  // its heading
  std::string names;  // "-b,--broker URL"
  std::string text;
};

// `usage`: "obis-mqtt [OPTIONS] [FILE...]". Rows of a group stand together under its heading,
// groups in the order of their first rows.
std::string help_text(const std::string& usage, const std::string& summary,
                      const std::vector<HelpRow>& rows);

}  // namespace meterpipe::cli
