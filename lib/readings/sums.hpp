// Sums that the values of one message must satisfy: total = tariff 1 + tariff 2, import - export =
// the phases' import - export. Each side may be off by one unit of its last digit per term: meters
// round each register by itself and net the phases at other moments.
//
//   1.8.0 = 1.8.1 + 1.8.2     4408736 = 3593919 + 814817     off by 0 of 3: holds
#pragma once

#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "readings/infer.hpp"

namespace meterpipe::readings {

struct Sum;

// True also where a term is not there, is null or is no integer: then nothing can be said.
bool holds(const Sum& sum, const axdr::Nodes& nodes, Bytes bytes, const std::vector<Value>& values);

}  // namespace meterpipe::readings
