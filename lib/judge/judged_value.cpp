#include "judge/judged_value.hpp"

namespace meterpipe::judge {
namespace {

// Momentary; averages of the present and the last period.
bool is_power(const cosem::Meaning& meaning) {
  using cosem::Processing;
  return cosem::is_power(meaning.quantity) && !meaning.stored &&
         (meaning.medium == cosem::Medium::abstract ||
          meaning.medium == cosem::Medium::electricity) &&
         (meaning.processing == Processing::momentary ||
          meaning.processing == Processing::running_average ||
          meaning.processing == Processing::last_average);
}

}  // namespace

std::optional<JudgedValue> judged_value(std::string_view obis, std::string_view unit) {
  const auto pattern = cosem::parse_obis(obis);
  if (!pattern || !pattern->e) return std::nullopt;
  const cosem::Obis code = pattern->code();
  JudgedValue value;
  value.unit = cosem::parse_unit_any_case(unit);
  const cosem::Meaning meaning = cosem::meaning_of(code, value.unit);
  value.key = code.packed() >> 8;
  value.course = meaning.course;
  value.power = value.unit.code != cosem::kNoUnit && is_power(meaning);
  value.by_power = cosem::counts(meaning.course) && meaning.is_electric() &&
                   cosem::is_energy(value.unit.quantity);
  if (!cosem::counts(value.course) && !value.power) return std::nullopt;
  return value;
}

const std::optional<JudgedValue>& JudgedValues::of(std::size_t place, std::string_view obis,
                                                   std::string_view unit) {
  while (known_.size() <= place && place < kMostPlaces) known_.emplace_back();
  Known& known = place < kMostPlaces ? known_[place] : other_;
  if (known.obis != obis || known.unit != unit) {
    known.obis = obis;
    known.unit = unit;
    known.value = judged_value(known.obis, known.unit);
  }
  return known.value;
}

}  // namespace meterpipe::judge
