#include "readings/deviation.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

// Whole hours are told apart by less than half of one; messages of an hourly list come seconds
// after its time, and a clock may be some minutes off.
constexpr std::int64_t kNear = 20 * 60;
constexpr std::uint8_t kListGroup = 0, kListKind = 2, kListVersion = 129;

}  // namespace

bool is_aidon(const axdr::Nodes& nodes, Bytes bytes, const Inferred& inferred) {
  return std::ranges::any_of(inferred.values, [&](const Value& value) {
    if (!value.obis || value.obis->c != kListGroup || value.obis->d != kListKind ||
        value.obis->e != kListVersion) {
      return false;
    }
    const auto text = text_of(nodes[value.node], bytes);
    return text && text->starts_with("AIDON");
  });
}

std::optional<DeviationJudgement> judge_deviation(const cosem::Clock& clock,
                                                  std::optional<Micros> arrived) {
  if (!clock.deviation || *clock.deviation < 0) return std::nullopt;
  const int sent = *clock.deviation;
  DeviationJudgement judgement;
  if (!arrived) return judgement;
  const auto off = [&](int deviation) {
    cosem::Clock other = clock;
    other.deviation = deviation;
    return std::abs(*other.utc_seconds() - *arrived / kSecond);
  };
  if (off(sent) <= kNear) return std::nullopt;
  constexpr std::array<int, 2> kNorway{-60, -120};
  for (const int meant : kNorway) {
    if (off(meant) > kNear || (sent != 0 && meant != -sent)) continue;
    judgement.deviation = static_cast<std::int16_t>(meant);
    judgement.quirk = sent != 0 ? "deviation-sign" : "deviation-zero";
  }
  return judgement;
}

void correct_clocks(int sent, const DeviationJudgement& judgement, const axdr::Nodes& nodes,
                    Bytes bytes, Inferred& inferred) {
  for (Value& value : inferred.values) {
    const axdr::Node& node = nodes[value.node];
    if (node.tag != axdr::Tag::octet_string && node.tag != axdr::Tag::date_time) continue;
    const auto clock = cosem::parse_clock(bytes.subspan(node.offset, node.size));
    if (clock && clock->deviation == sent) value.deviation = judgement.deviation;
  }
}

}  // namespace meterpipe::readings
