// Data as JSON where the type stands beside it: {"long-unsigned":2321}. Numbers, truth values and
// strings that their type calls text are written as such; all else in hex, so that nothing is lost.
#pragma once

#include <cstdint>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "json/writer.hpp"
#include "readings/shown.hpp"

namespace meterpipe::views {

// What stands behind the type; no container.
void write_data(json::Writer& json, const readings::Shown& shown);

// A value whose shape nobody knows, whole: {"structure":[{"long-unsigned":2},…]}. Gives the index
// behind it.
std::uint32_t write_data_tree(json::Writer& json, const axdr::Nodes& nodes, std::uint32_t index,
                              Bytes bytes);

}  // namespace meterpipe::views
