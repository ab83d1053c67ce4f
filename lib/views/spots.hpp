// Where in a reading that was written the texts stand that the next message of its kind will have
// otherwise. All else is the same as long as the message differs in these alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/buffer.hpp"
#include "readings/value.hpp"

namespace meterpipe::views {

struct Spot {
  enum class What : std::uint8_t {
    ts,         // of the record
    seq,        // of the record
    id,         // title:counter, or the digest with or without the time behind it
    time,       // the message's, ISO 8601
    invoke,     // the long-invoke-id
    number,     // a value's, scaled
    raw,        // a value's, as sent
    clock,      // a value's, ISO 8601
    clock_hex,  // its twelve bytes
    octets,     // the hex of an octet-string of so few bytes that it is neither clock nor OBIS code
  };
  What what;
  std::size_t begin, end;  // in the buffer
  const readings::Value* value = nullptr;
};
using Spots = std::vector<Spot>;

// The `size` bytes at the end of `out` are one; `spots` may be null.
inline void add_spot(Spots* spots, Spot::What what, const Buffer& out, std::size_t size,
                     const readings::Value* value = nullptr) {
  if (spots != nullptr) spots->push_back({what, out.size() - size, out.size(), value});
}

}  // namespace meterpipe::views
