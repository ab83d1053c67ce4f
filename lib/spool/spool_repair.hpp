// A spool that SQLite finds damaged, or that is no database: a new one in its place with all that
// can still be read, the old one beside it.
//
// The new one is made as FILE.new, whole and synced, before the old one is moved to FILE.corrupt-N
// (N from 1 to 9; the ninth is replaced) and FILE.new gets its name. Killed at any moment, the next
// start finds one of the two: FILE.new counts only where there is no FILE.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spool/spool_file.hpp"

namespace meterpipe::spool {

struct Salvaged {
  std::int64_t batches = 0;
  std::int64_t saved = 0;
  bool position = false;
  std::string moved_to;  // empty: there was nothing to move
};

// `broken`: the file as far as it could be opened, or nullptr; it is closed. Throws SqlError where
// the new one cannot be made; then the old one is where it was.
Salvaged repair(const std::string& path, std::unique_ptr<SpoolFile> broken);

// Before a spool is opened: takes up a repair that was cut short, makes the file (mode 0600) if
// there is none. Throws os::Fatal, or SqlError where there is no room.
void make_ready(const std::string& path);

}  // namespace meterpipe::spool
