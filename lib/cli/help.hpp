// The text of --help, in 80 columns: usage, what the program does, arguments, options by group.
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
