// The answer of a wired M-Bus meter of another kind (heat, water, gas): RSP_UD, EN 13757-3; and
// what a meter sends by itself that is the master of its line (SND_UD, CI 5B).
//
//   C = 08, 18, 28, 38 (ACD and DFC bits)      CI 70 to 73, 76 to 78, 7A
//   C = 53, 73                                 CI 5B
//
// Only who it is stands here; wired/ knows headers and records.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "link/frame.hpp"

namespace meterpipe::link {

struct RspUd {
  bool has_header = false;
  bool is_trouble = false;   // an application error or an alarm, CI 70 and 71, in place of values
  std::string id;            // 8 digits; letters where the meter sends no BCD
  std::string manufacturer;  // three letters (EN 62056-21 packed), or empty
  std::uint8_t version = 0;
  std::string_view medium;
  std::uint8_t access = 0;
  std::uint8_t status = 0;
};

// nullopt: the frame is no RSP_UD, or too short for the header its CI announces.
std::optional<RspUd> read_rsp_ud(const Frame& frame);

}  // namespace meterpipe::link
