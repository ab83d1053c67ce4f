// Memory that was needed to start, and is not any more.
#pragma once

namespace meterpipe::os {

// Code and constants of the program and its libraries are let go of, as they are in their files;
// what is needed again is taken from there again. What only the start needed (options and their
// texts, the tables of relocations) would stay resident.
void give_back_code();

}  // namespace meterpipe::os
