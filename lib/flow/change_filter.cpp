#include "flow/change_filter.hpp"

#include <algorithm>

#include "base/fnv.hpp"
#include "cosem/units.hpp"
#include "flow/reading_time.hpp"
#include "flow/slots.hpp"
#include "json/fields.hpp"
#include "os/log.hpp"
#include "shape/value_keys.hpp"
#include "state/state_text.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::string_view kChangePrefix = "change/";
constexpr std::string_view kChangeVersion = "1";
constexpr std::size_t kLongestText = 256;  // of longer ones a digest is kept

bool is_same(const std::optional<std::uint8_t>& wanted, const std::optional<std::uint8_t>& found) {
  return !wanted || !found || *wanted == *found;
}

bool covers(const cosem::ObisPattern& band, std::string_view text) {
  const auto code = cosem::parse_obis(text);
  return code && band.c == code->c && band.d == code->d && is_same(band.a, code->a) &&
         is_same(band.b, code->b) && band.e.value_or(0) == code->e.value_or(0) &&
         band.f.value_or(255) == code->f.value_or(255);
}

// Of two beginnings, so that no two texts have one.
std::string digest_of(std::string_view text) {
  std::string result = "digest";
  for (const std::uint64_t begin : {kFnv64Basis, std::uint64_t{0x9ae16a3b2f90404f}}) {
    result += ' ' + std::to_string(fnv1a_64(text, begin));
  }
  return result + ' ' + std::to_string(text.size());
}

std::string text_of(const record::ReadingValue& value) {
  const std::string_view text = value.value.empty() ? value.hex : value.value;
  return text.size() > kLongestText ? digest_of(text) : std::string(text);
}

}  // namespace

std::optional<DeadBand> DeadBand::parse(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  const std::string_view of = text.substr(0, equals);
  const auto width = parse_decimal(text.substr(equals + 1));
  if (!width || (width->negative && width->magnitude != 0)) return std::nullopt;
  DeadBand band;
  band.width = *width;
  band.width.negative = false;
  band.code = cosem::parse_obis(of);
  if (band.code) return band;
  const cosem::Unit unit = cosem::parse_unit(of);
  if (unit.code == cosem::kOtherUnit && unit.base != "dm3") return std::nullopt;
  band.unit = unit.base;
  band.width.exponent += unit.prefix;
  return band;
}

ChangeFilter::ChangeFilter(state::Meters& meters, Stage& next, ChangeSettings settings)
    : PassingStage(next), settings_(std::move(settings)), before_(meters, kChangePrefix) {}

void ChangeFilter::reading(record::Line& line, record::ReadingRecord& reading,
                           state::Meter& meter) {
  Before& before = before_.of(meter);
  const auto time = time_of(reading);
  const bool all = wants_refresh(before, time);
  if (all) ++before.refreshes;
  shape::value_keys(reading, keys_);
  bool any = all;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    record::ReadingValue& value = reading.values[i];
    const auto known = before.values.find(keys_[i]);
    const bool is_known = known != before.values.end();
    value.unchanged = is_known && (shape::is_date_time(value)
                                       ? !all
                                       : known->second.refresh == before.refreshes &&
                                             !differs(known->second, value, text_of(value)));
    any = any || !value.unchanged;
  }
  if (!any) return;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    record::ReadingValue& value = reading.values[i];
    if (value.unchanged && shape::is_date_time(value)) value.unchanged = false;
    if (!value.unchanged) remember(before, keys_[i], value);
  }
  if (all && time) before.refreshed = time;
  before.round = rounds_;
  before_.change(meter);
  next().reading(line, reading, meter);
}

// The first reading, or the first of a round; or refresh has passed, or time has gone back.
bool ChangeFilter::wants_refresh(const Before& before, std::optional<Micros> time) const {
  if (before.values.empty() || before.round != rounds_) return true;
  if (!time || settings_.refresh == 0) return false;
  if (!before.refreshed || *time < *before.refreshed - kSecond) return true;
  return *time - *before.refreshed >= settings_.refresh - tolerance(settings_.refresh);
}

bool ChangeFilter::differs(const Published& before, const record::ReadingValue& value,
                           const std::string& text) const {
  if (before.unit != value.unit) return true;
  if (before.text == text) return false;
  if (!json::is_number(before.text) || !json::is_number(text)) return true;
  const auto old_number = parse_decimal(before.text), new_number = parse_decimal(text);
  if (!old_number || !new_number) return true;
  if (compare(*old_number, *new_number) == 0) return false;
  Decimal width;
  if (band_of(value, width) == nullptr) return true;
  auto distance = subtract(*new_number, *old_number);
  if (!distance) return true;
  distance->negative = false;
  return compare(*distance, width) > 0;
}

const DeadBand* ChangeFilter::band_of(const record::ReadingValue& value, Decimal& width) const {
  const DeadBand* found = nullptr;
  const cosem::Unit unit = cosem::parse_unit(value.unit);
  for (const DeadBand& band : settings_.bands) {
    if (band.code ? !covers(*band.code, value.obis) : band.unit != unit.base) continue;
    if (found != nullptr && found->code && !band.code) continue;
    found = &band;
  }
  if (found == nullptr) return nullptr;
  width = found->width;
  if (!found->code) width.exponent -= unit.prefix;
  return found;
}

void ChangeFilter::remember(Before& before, const std::string& key,
                            const record::ReadingValue& value) {
  auto at = before.values.find(key);
  if (at == before.values.end()) {
    if (before.values.size() >= kMostValues || key.size() > shape::kLongestKey) return;
    at = before.values.try_emplace(key).first;
  }
  at->second.text = text_of(value);
  at->second.unit = value.unit;
  at->second.refresh = before.refreshes;
}

// version, refreshed or "", number of values, key, text and unit of each; without those that are to
// go out when they come next, whatever they are
void ChangeFilter::save_changes(const Save& save) {
  before_.save_changes(save, [&](const state::Meter& meter, const Before& before) {
    state::StateWriter to;
    const auto is_current = [&](const auto& one) { return one.second.refresh == before.refreshes; };
    to.add(kChangeVersion, before.refreshed, std::ranges::count_if(before.values, is_current));
    for (const auto& one : before.values) {
      if (is_current(one)) to.add(one.first, one.second.text, one.second.unit);
    }
    save(std::string(kChangePrefix) + meter.name(), to.take());
  });
}

void ChangeFilter::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kChangePrefix)) return;
  state::StateReader from(text);
  if (from.text() != kChangeVersion) return;
  Before before;
  before.refreshed = from.optional_time();
  for (std::int64_t n = from.number(); n > 0 && !from.failed(); --n) {
    const std::string value_key(from.text());
    Published published{std::string(from.text()), std::string(from.text())};
    if (before.values.size() < kMostValues) before.values.emplace(value_key, std::move(published));
  }
  if (!from.done()) return;
  before_.restore(before_.meters().restored(key.substr(kChangePrefix.size())), std::move(before));
}

}  // namespace meterpipe::flow
