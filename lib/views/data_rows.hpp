// Data (A-XDR) as rows, a row per element:
//
//   0016  02 03                  structure of 3
//   0018  09 06 01 00 20 07 00 ff  octet-string(6): 1-0:32.7.0 Voltage L1
//   0020  12 09 11                 long-unsigned 2321 -> 232.1 V
#pragma once

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "views/meanings.hpp"
#include "views/rows.hpp"

namespace meterpipe::views {

// `nodes` refer to `apdu`, which begins `base` bytes behind the start of the rows. A tree that was
// cut (its open containers have next 0) is shown as far as it goes.
void data_rows(Rows& rows, const axdr::Nodes& nodes, Bytes apdu, std::size_t base, int depth,
               const Meanings& meanings);

}  // namespace meterpipe::views
