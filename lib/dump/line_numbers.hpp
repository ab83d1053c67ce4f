// The numbers that grep -n sets right before each line of a log:
//
//   12:68 fa fa 68     12-68 fa fa 68
//
// A byte and a time of day look alike: only how the numbers grow from line to line tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace meterpipe::dump {

class LineNumbers {
 public:
  // Cuts them off where they grow by one, or by what was left out between them if the lines have no
  // such mark elsewhere; false, and nothing cut, where that is not sure. The lines go on from those
  // of the call before.
  bool take(std::span<std::string_view> lines);

 private:
  std::uint64_t last_ = 0;
  std::size_t count_ = 0;     // lines in a row whose numbers grow by one
  bool may_be_times_ = true;  // all of them, with what stands behind: 10:30 68 fa
  bool are_sure_ = false;
};

}  // namespace meterpipe::dump
