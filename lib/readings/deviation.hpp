// Aidon's meters in Norway stand in the zone UTC+1 and send the deviation 003C, which is UTC-1, or
// 0000:
//
//   07e3060c 03 170000 ff 003c 00      12 June 2019, 23:00:00; UTC is 22:00:00
//
// Where the time of arrival shows which one is meant, that one stands for it; else none does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "cosem/clock.hpp"
#include "readings/infer.hpp"

namespace meterpipe::readings {

struct DeviationJudgement {
  std::int16_t deviation = kDeviationUnknown;  // that stands for the one that was sent
  std::string_view quirk;                      // "deviation-sign", "deviation-zero"; empty: unsure
};

// Whether the list is one of Aidon's.
bool is_aidon(const axdr::Nodes& nodes, Bytes bytes, const Inferred& inferred);

// Of a clock with a deviation; `arrived`: when the message came. nullopt: nothing speaks against
// the deviation as it was sent.
std::optional<DeviationJudgement> judge_deviation(const cosem::Clock& clock,
                                                  std::optional<Micros> arrived);

// Gives it to all clocks of the message that were sent with `sent`.
void correct_clocks(int sent, const DeviationJudgement& judgement, const axdr::Nodes& nodes,
                    Bytes bytes, Inferred& inferred);

}  // namespace meterpipe::readings
