// HDLC frames as a meter sends them, the mirror of the reader's HDLC framer (IEC 62056-46, frame
// format type 3):
//
//   7E  A0|S len   dst    src    ctl  HCS  information  FCS  7E
//       2 bytes    1,2,4  1,2,4  1    2    …            2
//
//   A000h type 3, 0800h the segmentation bit S, low 11 bits the length from format to FCS, flags
//   not counted. An address ends with the byte whose lowest bit is 1: `03`, `CE FF`, `00 02 00 23`.
//   HCS over format to control, FCS over format to the last byte of information: CRC-16/X.25, low
//   byte first. Without information there is no HCS.
//
//   7E A8 A4 CF 02 23 03 99 96  E6 E7 00 0F …  30 37 7E   S: the APDU goes on in the next frame
//   7E A0 2D CF 02 23 13 71 7C  …              58 C0 7E   the last
//
// Nothing is escaped: 7E occurs inside frames. LLC (E6 E7 00) stands in the first segment only, and
// a segment ends anywhere, in the middle of an element too.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::sim {

inline constexpr std::uint8_t kHdlcFlag = 0x7e;

// The CRC of 16 bits that begins as `crc`, low bits first, bit by bit: a second implementation,
// which the readers' tables are held against.
std::uint16_t crc16(Bytes bytes, std::uint16_t crc, std::uint16_t polynomial);
std::uint16_t crc_x25(Bytes bytes);

// 1, 2 or 4 bytes as they stand in the frame.
struct HdlcAddress {
  std::array<std::uint8_t, 4> bytes{};
  std::uint8_t size = 0;

  constexpr HdlcAddress(std::initializer_list<std::uint8_t> list) {
    for (const std::uint8_t byte : list) bytes[size++] = byte;
  }
  operator Bytes() const { return Bytes(bytes).first(size); }
};

enum class Flags : std::uint8_t {
  own,     // 7E … 7E 7E … 7E
  shared,  // 7E … 7E … 7E
  filled,  // 7E 7E 7E … 7E: flags fill the time between frames
};

inline constexpr std::uint32_t kLongestHdlc = 0x7ff;

struct HdlcForm {
  HdlcAddress destination{0xcf};
  HdlcAddress source{0x02, 0x23};
  std::uint8_t control = 0x13;          // UI with P/F
  std::uint8_t segment_control = 0x13;  // of frames that go on: 03 with the Iskra of Slovenia
  std::uint32_t room = 1024;            // information bytes of a frame at most, LLC counted
  Flags flags = Flags::own;
  std::uint8_t llc_quality = 0xe7;  // E6 E7 00 or E6 E6 00
  bool llc = true;
};

// The longest information that fits into a frame with these addresses.
std::uint32_t longest_information(const HdlcForm& form);

// One frame with both its flags.
void add_hdlc_frame(ByteVector& out, const HdlcForm& form, Bytes information, bool segmented);

// One APDU, cut into segments of `room`. message_too_long: no room for a byte of it, or more room
// than a frame's length can say.
Result<void> to_hdlc(const HdlcForm& form, Bytes apdu, std::vector<ByteVector>& frames);

// Blocks of a block transfer, a frame each: LLC in the first one alone, as L+G's E450 sends it.
Result<void> blocks_to_hdlc(const HdlcForm& form, const std::vector<ByteVector>& blocks,
                            std::vector<ByteVector>& frames);

}  // namespace meterpipe::sim
