// An SML file as a message like those of DLMS: its values as nodes, with code, scaler and unit, so
// that all views show them in one way.
#pragma once

#include <string>
#include <vector>

#include "axdr/nodes.hpp"
#include "decode/reading.hpp"
#include "readings/value.hpp"
#include "wired/sml.hpp"

namespace meterpipe::decode {

struct SmlReading {
  ByteVector server;  // its id, or empty
  ByteVector bytes;   // of the values: integers have a length there that a DLMS type has
  axdr::Nodes nodes;
  std::vector<readings::Value> values;
  std::vector<SmlExtra> extras;  // of each value
  std::string meter;             // or empty
  std::string time;              // ISO 8601 with an offset, or empty
  std::optional<std::uint32_t> running_s;
};

// One for each server that the file has lists of, in their order; a list without one is of the
// server before it. Never none.
Result<std::vector<SmlReading>> read_sml(Bytes file);

}  // namespace meterpipe::decode
