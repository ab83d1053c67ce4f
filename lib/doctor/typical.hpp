// What meters typically send, as bytes: heads that they have in common around contents that are
// like chance. Not one meter's messages but a sample of their kinds, to find out what such bytes
// turn into on a line that is set wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::doctor {

enum class Typical : std::uint8_t {
  mbus,        // long frames, segmented, ciphered
  hdlc,        // ciphered
  hdlc_plain,  // data-notifications in the clear
  bare,        // APDUs without a link or in a wrapper
  text,        // telegrams
  sml,         // files
};
inline constexpr int kTypicals = 6;

// The n-th message: always the same one.
ByteVector typical_message(Typical kind, std::uint32_t n);

// How messages of known meters begin, as far as all bytes are known; `all`: those of any length.
std::vector<ByteVector> typical_starts(bool all);
// The same of HDLC frames: of all addresses and lengths, with HCS and LLC header.
std::vector<ByteVector> typical_hdlc_starts();

}  // namespace meterpipe::doctor
