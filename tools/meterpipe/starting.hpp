// A new meter: five questions, and its files.
#pragma once

#include <string>

#include "meterpipe/new_files.hpp"

namespace meterpipe::runner {

// Writes NAME.conf and the files of key and password, or, with dry_run, shows them without the
// secrets. A status.
int init(const std::string& name_or_file, bool dry_run, const SettingsCheck& check);

// What is wrong with a key that somebody typed, or two; empty: nothing, also where there is none.
std::string wrong_key(const std::string& text);

}  // namespace meterpipe::runner
