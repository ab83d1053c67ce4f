#include "cosem/quantity.hpp"

namespace meterpipe::cosem {
namespace {

constexpr std::uint8_t kSubMeter = 24;
constexpr std::uint8_t kLastTariff = 63;

// An abstract object, and what other media have among their general and service objects (C = 0,
// 96).
Subject object_subject(const Obis& code) {
  const bool abstract = code.a == 0;
  switch (code.c) {
    case 0: return code.d == 2 ? Subject::firmware : Subject::other;
    case 1: return abstract ? Subject::clock : Subject::other;
    case kSubMeter:
      if (!abstract) return Subject::other;
      return code.d == 1   ? Subject::sub_type
             : code.d == 2 ? Subject::sub_value
             : code.d == 3 ? Subject::sub_value  // of the last interval: DSMR 2 and 3
             : code.d == 4 ? Subject::sub_valve
                           : Subject::sub_other;
    case 42: return abstract ? Subject::identifier : Subject::other;
    case 96:
      if (code.d == 3 && code.e == 10) return Subject::breaker;
      return code.d == 1    ? Subject::identifier
             : code.d == 7  ? Subject::failures
             : code.d == 13 ? Subject::message
                            : Subject::other;
    default: return Subject::other;
  }
}

// Medium 1; or medium 0 where a gateway writes 0-0:1.8.0 for a counter: the unit, or how it was
// made, tells it from an abstract object with the same C.
bool is_electric(const Obis& code, Processing processing, const Unit& unit) {
  if (code.c == 0 || code.c > kLastPhased || code.a > 1) return false;
  if (code.a == 1) return true;
  return code.c != kSubMeter && (processing == Processing::momentary ||
                                 processing == Processing::total || is_energy(unit.quantity));
}

bool is_supply(Quantity quantity) {
  return quantity == Quantity::volume || quantity == Quantity::heat ||
         quantity == Quantity::active_energy;
}

Course counter_course(const Obis& code, const Meaning& meaning, const Unit& unit) {
  switch (meaning.medium) {
    case Medium::heat:
    case Medium::water:  // D = 0 is the present value
      return code.d == 0 && is_supply(unit.quantity) ? Course::counter : Course::other;
    case Medium::gas:  // D = 0 to 3 are the indexes
      return code.d <= 3 && is_supply(unit.quantity) ? Course::counter : Course::other;
    default: break;
  }
  if (meaning.subject == Subject::sub_value) {  // its first value, also that of the last interval
    constexpr std::uint8_t kInterval = 3;
    const bool is_first = code.d == kInterval ? code.e == 0 : code.e == 1;
    return is_first && is_supply(unit.quantity) ? Course::counter : Course::other;
  }
  // A unit that is no energy's contradicts the code; medium 0 is electricity only if the unit says
  // so.
  const bool fits = is_energy(unit.quantity) || (code.a == 1 && unit.code == kNoUnit);
  if (!meaning.is_electric() || !is_energy(meaning.by_code) || !fits || code.e > kLastTariff) {
    return Course::other;
  }
  if (meaning.processing == Processing::since_billing) return Course::begins_again;
  if (meaning.processing != Processing::total) return Course::other;
  return meaning.direction == Direction::difference ? Course::balance : Course::counter;
}

// With a unit that is not of lasting things; of electricity no maximum and no integral, and a power
// factor needs no unit.
bool is_of_the_moment(const Meaning& meaning, const Unit& unit) {
  if (is_lasting(unit.quantity)) return false;
  if (meaning.medium != Medium::electricity) return unit.code != kNoUnit;
  switch (meaning.processing) {
    case Processing::maximum:
    case Processing::cumulative_maximum:
    case Processing::total:
    case Processing::since_billing:
    case Processing::per_interval: return false;
    case Processing::momentary:
      return unit.code != kNoUnit ||
             (meaning.is_electric() && meaning.by_code == Quantity::power_factor);
    default: return unit.code != kNoUnit;
  }
}

}  // namespace

Meaning meaning_of(const Obis& code, const Unit& unit) {
  Meaning meaning;
  if (const MediumRow* medium = find_medium(code.a)) meaning.medium = medium->medium;
  if (const ProcessingRow* row = find_processing(code.d)) meaning.processing = row->meaning;
  const bool electric = is_electric(code, meaning.processing, unit);
  meaning.subject = electric ? Subject::electric : object_subject(code);
  if (electric || code.a == 1) {
    if (const auto [row, phase] = find_electric(code.c); row != nullptr) {
      meaning.by_code = is_integral(meaning.processing) ? row->is.integral : row->is.moment;
      meaning.direction = row->is.direction;
      meaning.phase = phase;
      meaning.tariff = code.e;
    }
  }
  meaning.quantity = unit.code == kNoUnit ? meaning.by_code : unit.quantity;
  meaning.stored = code.f != 255;
  meaning.course = meaning.stored ? Course::other : counter_course(code, meaning, unit);
  if (meaning.course == Course::other && is_of_the_moment(meaning, unit)) {
    meaning.course = Course::moment;
  }
  return meaning;
}

Meaning meaning_of(std::string_view code, const Unit& unit) {
  if (const auto pattern = parse_obis(code)) return meaning_of(pattern->code(), unit);
  Meaning meaning;
  meaning.quantity = unit.quantity;
  if (is_of_the_moment(meaning, unit)) meaning.course = Course::moment;
  return meaning;
}

bool is_fuse_threshold(const Obis& code) {
  constexpr std::uint8_t kThreshold = 4;
  return code.a == 1 && code.d == kThreshold && code.e == 0 &&
         (code.c == 31 || code.c == 51 || code.c == 71);
}

Medium medium_of_device_type(unsigned type) {
  switch (type) {
    case 0x02: return Medium::electricity;
    case 0x03: return Medium::gas;
    case 0x04:
    case 0x0c:
    case 0x0d: return Medium::heat;
    case 0x06:
    case 0x07:
    case 0x15:
    case 0x16: return Medium::water;
    default: return Medium::other;
  }
}

}  // namespace meterpipe::cosem
