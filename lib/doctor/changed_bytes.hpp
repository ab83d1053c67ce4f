// What programs between a port and here do to bytes, most of them since they take them for text:
//
//   UTF-8        a byte from 80 on becomes two (C2 80 … C3 BF), EF BF BD or a question mark
//   line ends    0A becomes 0D 0A (ONLCR), 0D becomes 0A (ICRNL)
//   marks        FF becomes FF FF, a byte x with a parity error FF 00 x (PARMRK of termios)
//   twice        each byte comes two times
//   bits         they come in reverse order (a logic analyser that takes the first for the highest)
//   taken out    NUL; 11 and 13 (software flow control); 0D; what ends and erases a terminal's line
//
// Where that can be undone, frames verify that did not; where not, the bytes themselves show it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "doctor/frame_scan.hpp"

namespace meterpipe::doctor {

struct LineEvidence;

struct ChangedBytes {
  std::string_view change;  // "utf-8": a word for programs
  std::string text;         // what shows it
  std::string_view advice;
  double confidence = 0;
};

// Of a stream in which not everything is right; `scan`: the frames in it that do not verify.
std::optional<ChangedBytes> find_changes(const LineEvidence& line, const Scan& scan);

}  // namespace meterpipe::doctor
