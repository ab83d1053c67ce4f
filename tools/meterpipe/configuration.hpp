// The settings of one meter: its file NAME.conf, the preset of its operator below it and the
// command line above it, held against what the programs take.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/operators.hpp"
#include "config/settings.hpp"

namespace meterpipe::runner {

// The pipe, in its order.
inline constexpr std::array<std::string_view, 5> kStages{"mbus-read", "mbus-frame", "dlms-decrypt",
                                                         "cosem-decode", "obis-mqtt"};
inline constexpr std::string_view kSelf = "meterpipe";

// A file of settings, whatever its form. Throws a Fatal: 66, 77, or 78 for what is none.
std::string read_settings(const std::string& path);

// What each program says of itself; `own` is this one's table of options.
std::vector<config::Program> ask_programs(const std::string& own);

struct Configuration {
  std::string name;  // of the meter
  std::string file;
  config::Settings settings;
  const config::Operator* preset = nullptr;  // of the operator, where one is named
};

// Between two messages of a meter, as the preset has it; of the file, which goes before it: 0 where
// neither says it.
long long interval_ms(const config::Operator& preset);
long long interval_ms(const Configuration& configuration);

// "house" is /etc/meterpipe/house.conf; what has a slash or ends with .conf is a file. `set` are
// the KEY=VALUE of the command line. Says what is wrong, a line each, and throws a Fatal 78; 66 and
// 77 where the file cannot be read.
Configuration load(const std::string& name_or_file, const std::vector<std::string>& set,
                   const std::string& own);
// The same of what stands in the file, or would.
Configuration parsed(const std::string& path, const std::string& text,
                     const std::vector<std::string>& set, const std::string& own);
// The words of a command line but for some options.
std::vector<std::string> without(const std::vector<std::string>& words,
                                 const std::vector<std::string>& names);
// Where systemd has handed over keys or the password, those go before the files that are named.
void use_credentials(Configuration& configuration);
// What the programs themselves, this one too, have to say of their options; the same.
void check_by_programs(const Configuration& configuration);

}  // namespace meterpipe::runner
