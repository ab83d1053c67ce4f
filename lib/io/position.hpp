// After which byte of which file everything has been taken, so that a later run goes on there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace meterpipe::io {

struct Position {
  std::string path;  // as it was named on the command line, absolute
  std::uint64_t device = 0, inode = 0;
  std::uint64_t offset = 0;  // bytes from the file's start; behind a line's end
  // Of the first 256 bytes of the file and the last 256 before the offset (fewer where there are
  // fewer): tells a file that took the name, or the inode, of the one that was read.
  std::string fingerprint;

  bool operator==(const Position&) const = default;
};

// nullopt: not a regular file.
std::optional<Position> position_of(const std::string& path, int fd, std::uint64_t offset);

// The file holds, up to the position, what was read; `same_file`: under the same inode. A copy is
// taken for the file when there is enough of it to tell.
bool holds(int fd, const Position& position, bool same_file);

std::string absolute_path(const std::string& path);

}  // namespace meterpipe::io
