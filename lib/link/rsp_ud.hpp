// The answer of a wired M-Bus meter of another kind (heat, water, gas): RSP_UD, EN 13757-3.
//
//   C = 08, 18, 28, 38 (ACD and DFC bits)
//   CI 72, 76   ID(4) MAN(2) VER MED ACC STATUS SIG(2)     long header; 76 is high byte first
//   CI 73       ID(4) ACC STATUS MED/unit(2)               fixed structure
//   CI 7A       ACC STATUS SIG(2)                          short header
//   CI 78       no header
//
// Only the header is read; the data are another world and stay hex.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "link/frame.hpp"

namespace meterpipe::link {

struct RspUd {
  bool has_header = false;
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
