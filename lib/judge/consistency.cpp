#include "judge/consistency.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace meterpipe::judge {
namespace {

constexpr unsigned kInRow = 3;       // what comes so often is how the meter is
constexpr unsigned kHeldBefore = 8;  // messages after which a sum is known to hold
constexpr std::size_t kFew = 2;      // places in which a damaged list differs

std::vector<std::uint64_t> places_of(const record::ReadingRecord& reading) {
  std::vector<std::uint64_t> places;
  for (const record::ReadingValue& value : reading.values) places.push_back(shape_of(value));
  return places;
}

// Where two lists differ, if it is in few places: the first one. A code that is damaged leaves one
// value more, or takes its neighbours with it.
std::optional<std::size_t> nearly_equal(const std::vector<std::uint64_t>& a,
                                        const std::vector<std::uint64_t>& b) {
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  std::size_t tail = 0;  // that is the same from the end on
  while (tail < std::min(a.size(), b.size()) - at &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  if (std::max(a.size(), b.size()) - at - tail <= kFew && at + tail != 0) return at;
  if (a.size() != b.size()) return std::nullopt;
  std::size_t other = 0;
  for (std::size_t i = at; i < a.size(); ++i) other += a[i] != b[i];
  return other <= kFew ? std::optional(at) : std::nullopt;
}

template <class T>
void keep(std::vector<T>& all, T one, std::size_t most) {
  if (all.size() == most) all.erase(all.begin());
  all.push_back(std::move(one));
}

}  // namespace

void Consistency::check(const record::ReadingRecord& reading, Sample& sample) {
  check_list(reading, sample);
  check_names(sample);
  check_voltages(sample);
  const Loads& loads = sample.loads;
  if (loads.has_apparent() && is_broken(apparent_, apparent_holds(loads))) {
    sample.faults.push_back(fmt::format(
        "{:.0f} W are more than voltages and currents give, and no tag proves it", loads.net()));
  }
  if (loads.has_phases() && is_broken(phases_, phases_hold(loads))) {
    sample.faults.push_back(
        fmt::format("{:.0f} W are not the sum of the phases, and no tag proves it", loads.net()));
  }
}

void Consistency::check_list(const record::ReadingRecord& reading, Sample& sample) {
  sample.shape = reading.shape != 0 ? reading.shape : shape_of(reading);
  const std::uint64_t shape = sample.shape;
  if (lists_.empty() || std::ranges::find(lists_, shape, &List::shape) != lists_.end()) return;
  if (const auto odd = std::ranges::find(odd_lists_, shape); odd != odd_lists_.end()) return;
  const std::vector<std::uint64_t> places = places_of(reading);
  for (const List& list : lists_) {
    if (list.seen < kHeldBefore) continue;
    const auto at = nearly_equal(places, list.places);
    if (!at) continue;
    keep(odd_lists_, shape, kMostLists);
    const auto& value = reading.values[std::min(*at, reading.values.size() - 1)];
    sample.faults.push_back(fmt::format(
        "the list is not as before: at place {} is {} {}, and no tag proves it", *at + 1,
        value.obis.empty() ? "a value without a code" : value.obis, value.unit));
    return;
  }
}

void Consistency::check_names(Sample& sample) {
  for (const auto& [code, hash] : sample.names) {
    const auto known = std::ranges::find(names_, code, &Name::code);
    if (known == names_.end() || known->seen < kHeldBefore || known->hash == hash) continue;
    if (++other_names_ >= kInRow) break;
    sample.faults.push_back("the meter's number or name is not as before, and no tag proves it");
    return;
  }
  other_names_ = 0;
}

// A phase may fail, and come again; it does not jump about.
void Consistency::check_voltages(Sample& sample) {
  constexpr double kShare = 0.25;
  const Loads& loads = sample.loads;
  std::size_t odd = loads.volts.size();
  bool is_known = false;
  for (std::size_t phase = 0; phase < loads.volts.size(); ++phase) {
    const double volts = loads.volts[phase], before = volts_[phase];
    if (before == 0 || volts == 0) continue;
    is_known = true;
    if (std::abs(volts - before) > before * kShare) odd = phase;
  }
  if (!is_known || !is_broken(voltages_, odd == loads.volts.size())) return;
  sample.faults.push_back(fmt::format("{} V behind {} V on phase {}, and no tag proves it",
                                      loads.volts[odd], volts_[odd], odd + 1));
}

bool Consistency::is_broken(Rule& rule, bool holds) {
  if (rule.is_off) {
    rule.held = holds ? rule.held + 1 : 0;
    rule.is_off = rule.held < rule.again;
    if (rule.is_off) return false;
    constexpr unsigned kLongest = 1U << 20;
    rule = {kHeldBefore, 0, std::min(2 * rule.again, kLongest), false};
  }
  if (holds) {
    rule.broken = 0;
    if (rule.held < kHeldBefore) ++rule.held;
    return false;
  }
  // Not of this meter: transformers, another kind of average.
  rule.is_off = rule.held < kHeldBefore || ++rule.broken >= kInRow;
  if (rule.is_off) rule.held = 0;
  return !rule.is_off;
}

bool Consistency::apparent_holds(const Loads& loads) {
  constexpr double kShare = 1.15, kWatts = 100;  // of moments that are not the same
  double apparent = 0;
  for (std::size_t phase = 0; phase < 3; ++phase) {
    apparent += loads.volts[phase] * (loads.amperes[phase] + loads.ampere_grain);
  }
  return std::abs(loads.net()) <= apparent * kShare + kWatts;
}

bool Consistency::phases_hold(const Loads& loads) {
  constexpr double kShare = 0.05, kWatts = 30;
  const double sum = loads.phases[0] + loads.phases[1] + loads.phases[2];
  return std::abs(loads.net() - sum) <= std::abs(sum) * kShare + kWatts;
}

void Consistency::adopt(const record::ReadingRecord& reading, const Sample& sample) {
  auto list = std::ranges::find(lists_, sample.shape, &List::shape);
  if (list == lists_.end()) {
    keep(lists_, List{sample.shape, 0, places_of(reading)}, kMostLists);
    std::erase(odd_lists_, sample.shape);
    list = lists_.end() - 1;
  }
  if (list->seen < kHeldBefore) ++list->seen;
  for (std::size_t phase = 0; phase < volts_.size(); ++phase) {
    if (sample.loads.volts[phase] != 0) volts_[phase] = sample.loads.volts[phase];
  }
  for (const auto& [code, hash] : sample.names) {
    auto known = std::ranges::find(names_, code, &Name::code);
    if (known == names_.end()) {
      if (names_.size() == kMostLists) continue;
      known = names_.insert(names_.end(), {code, hash, 0});
    }
    known->seen = known->hash == hash ? std::min(known->seen + 1, kHeldBefore) : 1;
    known->hash = hash;
  }
}

}  // namespace meterpipe::judge
