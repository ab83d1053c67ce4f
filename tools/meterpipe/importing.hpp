// The file of smart-meter-mbus-dlms becomes ours.
#pragma once

#include <string>

#include "meterpipe/new_files.hpp"

namespace meterpipe::runner {

// Writes NAME.conf and its files of keys and password, or, with dry_run, shows what it would write;
// says what of the old file was not taken, and why. A status.
int import_file(const std::string& file, const std::string& name_or_file, bool dry_run,
                const SettingsCheck& check);

}  // namespace meterpipe::runner
