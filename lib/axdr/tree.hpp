// A-XDR data (IEC 61334-6) as a tree in one flat array: the nodes of a message in the order in
// which they stand, each with the place of its contents in the bytes and the index behind its
// subtree. Nothing is copied and, with a vector that is kept, nothing is allocated per message.
//
//   02 02                       structure of 2      nodes[0] next 3, count 2
//     09 06 01 00 01 08 00 ff   octet-string        nodes[1] next 2
//     06 00 00 32 89            double-long-uns.    nodes[2] next 3
#pragma once

#include <cstdint>
#include <optional>

#include "axdr/nodes.hpp"
#include "axdr/types.hpp"
#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"

namespace meterpipe::axdr {

inline constexpr int kMaxDepth = 24;

struct ParseOptions {
  // L+G ZMF100 sends `06 09` where `09 06` (octet-string of 6) is meant, before some logical names.
  bool swapped_names = false;
  // Sagemcom XT211, ZPA: `02 02 <class u16, logical name, attribute: no tags> value`.
  bool untagged_descriptors = false;
  // More bytes may follow: what can still become one of these is cut, not something else.
  bool may_go_on = false;
};

// Reads one Data from bytes[start..] into `nodes` (cleared); gives the offset behind it.
Result<std::size_t> parse(Bytes bytes, std::size_t start, Nodes& nodes, ParseOptions options = {});

// The same for data that must end where the bytes end; tries as the standard says first, then with
// what single meters do, but for a list that only these send. Fails with the error of the first
// try.
struct Parsed {
  ParseOptions options;
};
Result<Parsed> parse_all(Bytes bytes, std::size_t start, Nodes& nodes);

// Whether the list of a Sagemcom XT211 or ZPA begins at bytes[start], an enum and pairs whose first
// has an untagged descriptor: `02 02 16 01 01 n 02 02 <class, logical name, attribute>`. It is read
// in no other way: as the standard says it may end after a few bytes, 00 03 01 being null-data and
// a boolean. Nothing where it is cut before that is clear.
std::optional<bool> begins_untagged_list(Bytes bytes, std::size_t start);

// Quick and never wrong when it says yes: the data from bytes[start] on are as the standard says
// and end where the bytes end. No means only that parse_all must look.
bool ends_exactly(Bytes bytes, std::size_t start);

// The same of contents that stand at `at`: big-endian, of 1 to 8 bytes.
inline Decimal integer_at(const std::uint8_t* at, std::size_t size, bool is_signed) {
  std::uint64_t bits = at[0];
  if (size == 4) {
    bits =
        std::uint64_t{at[0]} << 24 | std::uint64_t{at[1]} << 16 | std::uint64_t{at[2]} << 8 | at[3];
  } else {
    for (std::size_t i = 1; i < size; ++i) bits = bits << 8 | at[i];
  }
  if (!is_signed) return Decimal::of_unsigned(bits);
  const auto shift = static_cast<unsigned>(64 - 8 * size);  // sign-extend
  return Decimal::of(static_cast<std::int64_t>(bits << shift) >> shift);
}

// An integer of any size as a decimal with exponent 0. The node must be a number and no real.
Decimal integer_of(const Node& node, Bytes bytes);

}  // namespace meterpipe::axdr
