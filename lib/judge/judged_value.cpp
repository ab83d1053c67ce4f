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

Role role_of(const cosem::Meaning& meaning) {
  using cosem::Quantity;
  if (meaning.subject == cosem::Subject::identifier) return Role::name;
  if (!meaning.is_electric() || meaning.stored ||
      meaning.processing != cosem::Processing::momentary) {
    return Role::none;
  }
  switch (meaning.quantity) {
    case Quantity::voltage: return meaning.phase != 0 ? Role::voltage : Role::none;
    case Quantity::current: return meaning.phase != 0 ? Role::current : Role::none;
    case Quantity::active_power:
      return meaning.direction == cosem::Direction::imported   ? Role::import_power
             : meaning.direction == cosem::Direction::exported ? Role::export_power
                                                               : Role::none;
    default: return Role::none;
  }
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
  value.role = role_of(meaning);
  value.phase = meaning.phase;
  if (!cosem::counts(value.course) && !value.power && value.role == Role::none) return std::nullopt;
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
