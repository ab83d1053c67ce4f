// The column of characters behind the bytes of a dump's line. It is believed where it says what the
// bytes are; then it needs no mark before it, and may look like anything.
//
//   68fa fa68 53ff  h..hS.        the bytes that are printable stand there, others as a dot or so
//   31 2d 30 3a     |1-0:|
//
// Words of bytes in the other order (xxd -e, od -x) are seen by it, too.
#pragma once

#include <cstddef>
#include <string_view>

namespace meterpipe::dump {

struct Characters {
  std::size_t begin = std::string_view::npos;  // where the column begins; npos: there is none
  bool swapped = false;                        // it says the bytes of each group backwards
};
Characters find_characters(std::string_view line);

}  // namespace meterpipe::dump
