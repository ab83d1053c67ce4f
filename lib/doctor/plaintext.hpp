// How far deciphered bytes look like a message, where no tag vouches for them.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::doctor {

enum class Sense : std::uint8_t {
  none,    // as bytes of a wrong key
  begins,  // head of an APDU or telegram, or text all through: the key fits, more is wrong
  whole,   // an APDU or telegram from the first to the last byte
};

Sense sense_of(Bytes plain);

// Of a whole one: how many bits of chance speak for it, at least. One wrong key in 2^bits gives as
// much.
std::size_t proof_of(Bytes plain);

// A quick look at the first bytes: false rules out Sense::whole. One wrong key in four passes.
bool may_begin(Bytes first);
inline constexpr std::size_t kLook = 16;  // bytes that it wants

}  // namespace meterpipe::doctor
