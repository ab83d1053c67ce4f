// Heads of frames in a stream of which not all verify: how long each says it is, where the next
// one begins, and so whether bytes of it are missing or are wrong.
//
//   M-Bus      68 L L 68 C A CI 01 67         ends with 16
//   HDLC       7E A|S len … HCS E6 E7 00      ends with 7E
//   wrapper    00 01 source destination length APDU
//   ciphered   DB 08 title length SC
//   plain      0F id(4) 00 | 0C time(12) | 09 0C time(12)  01 | 02 count
//   telegram   / XXX Z … !
//
// M-Bus heads are also found with some of their bytes damaged: eight places of nine are known, and
// five of them are enough.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::doctor {

enum class HeadKind : std::uint8_t { mbus, hdlc, wrapper, ciphered, plain, telegram };

struct Head {
  std::size_t at;
  std::size_t size;  // as it says itself; 0: it does not
  HeadKind kind;
  // Places of it whose bytes are known, and those that are not as they must be.
  std::uint8_t checked = 0, wrong = 0;
  std::size_t there = 0;     // bytes of it that are there, for a telegram those that are text
  bool is_headless = false;  // two to four bytes of its beginning are not
};

struct Place {
  std::size_t at, size;
};

enum class Verdict : std::uint8_t {
  cut,      // another frame or silence comes before its end
  damaged,  // it is as long as it says
  edge,     // the capture ends before it does
};

struct Scan {
  std::vector<Head> heads;  // those in no good frame
  std::uint64_t cut = 0, damaged = 0, edges = 0;
  std::uint64_t bytes = 0;  // that those frames cover
  // Of the heads: places known, and how many of them are wrong.
  std::uint64_t checked = 0, wrong = 0;
  std::size_t sampled = 0;      // bytes looked at
  std::uint64_t all_heads = 0;  // with those of good frames

  // Damaged bytes per frame, as the heads let expect.
  double damage_per_frame() const;
  // Of a stream without whole frames: the head of one that the stream ends in, and not more before
  // it than the end of another.
  bool is_half_a_message() const;
  // More than a few in each frame, which single damaged bits do not explain.
  bool is_noisy() const;
};

// Pieces with silence before them that are whole frames once one to three bytes that follow from
// their size stand before them; 0 where most of the pieces are none.
std::uint64_t frames_without_start(Bytes sample, std::span<const std::size_t> bursts);

// `good`: places of frames that verify, in order. `bursts`: places where silence stood before.
Scan scan_frames(Bytes sample, std::span<const Place> good, std::span<const std::size_t> bursts);

}  // namespace meterpipe::doctor
