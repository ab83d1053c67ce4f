// Where a file is gone on with that was left at a position by an earlier run, wherever it is by
// now.
//
//   named          the same: from there on
//   rotated        FILE is another one, and the one that was left lies beside it as FILE.1, FILE.2
//                  or FILE-20261122: its rest, the files between, FILE
//   copied         what FILE.1 holds is what was left (copytruncate): the same
//   truncated, or another one and nothing beside it: from the start
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/position.hpp"

namespace meterpipe::io {

struct Continuation {
  struct File {
    int fd;
    std::string path;
    std::uint64_t offset;
  };
  std::vector<File> before;  // to be read first, in this order; the descriptors are the caller's
  std::uint64_t offset = 0;  // of the file itself
  std::string said;          // what is done, in one line
  bool as_expected = true;
};

// `fd` is the file that is open under `path` now.
Continuation continue_at(const Position& position, const std::string& path, int fd);

}  // namespace meterpipe::io
