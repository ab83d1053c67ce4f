// What was tried and what follows, for people: a row for each try, sentences at the end, and the
// setting as the last line. In the form that the service's settings have it, which a shell takes,
// too:
//
//   LINE           BYTES MARKED SHARE  FRAMES  WHAT CAME
//   2400-8E1         113     61   54 %       0  no frame, and many errors: not these settings
//   9600-8N1         346      0    0 %       1  HDLC, no errors: found
//   …
//   LINE=9600-8N1
#pragma once

#include <string>

#include "serial/detect.hpp"

namespace meterpipe::serial {

std::string detect_head();
std::string detect_row(const Trial& trial);
// `port` as the user gave it. `is_stopped`: a signal ended the search. `listened_us`: for how long
// it was listened, at all settings together.
std::string detect_end(const Conclusion& conclusion, const std::string& port, bool is_stopped,
                       std::int64_t listened_us);

}  // namespace meterpipe::serial
