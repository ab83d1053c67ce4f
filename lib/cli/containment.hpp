// What the programs give up that read standard input or FILEs; see os/sandbox.hpp.
#pragma once

#include <string>
#include <vector>

#include "cli/common.hpp"

namespace meterpipe::cli {

// What is opened while such a program reads: the FILEs behind the first one and their folders. What
// --follow waits for may come by a link from anywhere: all there is, then.
std::vector<std::string> later_files(const Common& common);

// Once the first one is open, before a byte of it is read: what is open can be read and written,
// and later_files() can be opened to be read.
void contain_reader(const Common& common);

}  // namespace meterpipe::cli
