
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "apdu/security.hpp"
#include "base/fnv.hpp"
#include "base/timestamp.hpp"
#include "base/whole_number.hpp"
#include "flow/reading_time.hpp"
#include "json/fields.hpp"
#include "judge/baseline.hpp"

namespace meterpipe::judge {
namespace {

// Never 0.
std::uint64_t hash_of(std::string_view text) {
  const std::uint64_t hash = fnv1a_64(text);
  return hash == 0 ? 1 : hash;
}

// "title:counter"
void read_id(const record::ReadingRecord& reading, Sample& sample) {
  sample.id_text = reading.id;
  sample.id = reading.id.empty() ? 0 : hash_of(reading.id);
  // An access number: some meters never count it, others begin anew when they are asked (SND_NKE).
  sample.id_recurs = reading.layout == "mbus";
  const std::string_view title = reading.title();
  if (title.empty()) return;
  const auto counter = whole_number<std::uint64_t>(reading.id.substr(title.size() + 1));
  sample.counter = counter.value_or(0);
  if (counter) sample.title = whole_number<std::uint64_t>(title, 16);
}

void check_clock(const record::ReadingRecord& reading, const PlausibilitySettings& settings,
                 Sample& sample) {
  if (!settings.clock_limit || !sample.at.time) return;
  const Micros time = *sample.at.time;
  if (time < kFirstGoodTime && sample.at.ts) {
    // Never set, or lost: no time at all. Whether it was right before is known to the caller.
    sample.unset_clock = reading.time;
    sample.at.time.reset();
    sample.at_two_times = false;
    return;
  }
  if (time < kFirstGoodTime) {
    sample.faults.push_back(before_2010(reading.time));
  } else if (sample.at.ts && time - *sample.at.ts > *settings.clock_limit) {
    // Which of the two is wrong nothing here tells.
    sample.faults.push_back(fmt::format(
        "the meter's clock says {}, {} ahead of {}, when it came: is this machine's clock behind "
        "(timedatectl)? (--clock-limit)",
        reading.time, span_text(time - *sample.at.ts), reading.head.ts));
  }
  sample.bad_clock = !sample.faults.empty();  // the first thing that is looked at
}

void check_power(const Sample::Value& value, const PlausibilitySettings& settings, Sample& sample) {
  if (!settings.power_limit) return;
  if (compare(absolute(value.number), Decimal::of_unsigned(*settings.power_limit)) <= 0) return;
  Decimal limit = Decimal::of_unsigned(*settings.power_limit);
  sample.faults.push_back(fmt::format("{} is {}, more than the limit of {} (--power-limit)",
                                      value.obis, with_unit(value.number, value),
                                      with_unit(limit, value)));
}

// The last digit that counts: the scaler's (a counter of 10 W h writes a 0 behind it). Without one
// zeros at the end are taken for none, up to 1 kW h.
int grain_of(const Decimal& number, std::string_view scaler, int prefix) {
  const auto power = whole_number<int>(scaler);
  constexpr int kMostScaler = 127;
  if (power && *power >= -kMostScaler && *power <= kMostScaler) return *power + prefix;
  constexpr int kCoarsest = 3;  // 1 kW h
  int power_of_zeros = number.exponent;
  for (std::uint64_t rest = number.magnitude; power_of_zeros < kCoarsest && rest % 10 == 0;
       rest /= 10) {
    ++power_of_zeros;
  }
  return power_of_zeros;
}

// The second value with one code in one reading is another counter.
std::uint64_t own_key(const Sample& sample, std::uint64_t code) {
  std::uint64_t same = 0;
  for (const Sample::Value& value : sample.counters) same += value.what.key == code;
  return same << 40 | code;
}

double as_double(const Decimal& number) {
  constexpr std::array kPowers{1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3};
  constexpr int kFirst = -3;
  const int place = number.exponent - kFirst;
  const bool is_usual = place >= 0 && place < static_cast<int>(kPowers.size());
  const double power =
      is_usual ? kPowers[static_cast<std::size_t>(place)] : std::pow(10.0, number.exponent);
  const double value = static_cast<double>(number.magnitude) * power;
  return number.negative ? -value : value;
}

void add_load(Loads& loads, const JudgedValue& what, const Decimal& given,
              std::string_view scaler) {
  Decimal scaled = given;
  scaled.exponent += what.unit.prefix;
  const double number = as_double(scaled);
  const std::size_t phase = what.phase == 0 ? 0 : what.phase - std::size_t{1};
  const auto bit = static_cast<std::uint8_t>(1u << phase);
  switch (what.role) {
    case Role::voltage:
      loads.volts[phase] = number;
      loads.has_volts |= bit;
      break;
    case Role::current:
      loads.amperes[phase] = std::abs(number);
      loads.ampere_grain = as_double({1, grain_of(scaled, scaler, what.unit.prefix), false});
      loads.has_amperes |= bit;
      break;
    case Role::import_power:
    case Role::export_power: {
      const bool imported = what.role == Role::import_power;
      if (what.phase != 0) {
        loads.phases[phase] += imported ? number : -number;
        loads.has_phase |= imported ? bit : 0;
      } else {
        (imported ? loads.import_power : loads.export_power) = number;
        (imported ? loads.has_import : loads.has_export) = true;
      }
      break;
    }
    default: break;
  }
}

}  // namespace

std::string before_2010(std::string_view clock) {
  return fmt::format("the meter's clock says {}, before 2010 (--clock-limit off believes it)",
                     clock);
}

std::string span_text(Micros span) {
  if (span < 2 * 60 * kSecond) return fmt::format("{} s", (span + kSecond / 2) / kSecond);
  if (span < 2 * kHour) return fmt::format("{} min", span / (60 * kSecond));
  if (span < 48 * kHour) return fmt::format("{} h", span / kHour);
  return fmt::format("{} days", span / (24 * kHour));
}

// As the meter writes it: in its own unit.
std::string with_unit(Decimal number, const Sample::Value& as) {
  number.exponent -= as.what.unit.prefix;
  return to_string(number) + (as.unit.empty() ? "" : " ") + std::string(as.unit);
}

void make_sample(const record::ReadingRecord& reading, const PlausibilitySettings& settings,
                 JudgedValues& known, Sample& sample) {
  Sample fresh;
  fresh.counters = std::move(sample.counters);  // for their memory
  fresh.names = std::move(sample.names);
  fresh.counters.clear();
  fresh.names.clear();
  sample = std::move(fresh);
  sample.at.ts = parse_timestamp(reading.head.ts);
  sample.at.time = flow::meter_time_of(reading);
  sample.at_two_times = flow::stands_for_two_times(reading);
  read_id(reading, sample);
  sample.is_plain = reading.auth == apdu::name(apdu::Auth::plain);
  sample.unproved = reading.auth == apdu::name(apdu::Auth::none) ||
                    reading.auth == apdu::name(apdu::Auth::unverified);
  check_clock(reading, settings, sample);
  if (reading.replayed) {
    sample.faults.push_back(fmt::format(
        "replayed: {} was deciphered before (dlms-decrypt --counter-state)", reading.id));
  }
  for (std::size_t place = 0; place < reading.values.size(); ++place) {
    const record::ReadingValue& read = reading.values[place];
    if (read.obis.empty()) continue;
    if (!json::is_number(read.value)) {
      if (!sample.unproved || !read.value.starts_with('"')) continue;
      const auto& what = known.of(place, read.obis, read.unit);
      if (what && what->role == Role::name) {
        sample.names.emplace_back(what->key, hash_of(read.value));
      }
      continue;
    }
    if (!read.attr.empty() && read.attr != "2") continue;  // 2: the value of a register
    const auto number = parse_decimal(read.value);
    if (!number) {
      sample.faults.push_back(fmt::format("{} has a number of more than 64 bits", read.obis));
      continue;
    }
    const auto& what = known.of(place, read.obis, read.unit);
    if (!what) continue;
    if (sample.unproved && what->role != Role::none) {
      add_load(sample.loads, *what, *number, read.scaler);
      if (!what->power) continue;
    }
    Sample::Value value{*what, 0, *number, 0, read.obis, read.unit};
    value.number.exponent += what->unit.prefix;
    value.grain = grain_of(value.number, read.scaler, what->unit.prefix);
    if (what->power) check_power(value, settings, sample);
    if (!cosem::counts(what->course) || sample.counters.size() == Baseline::kMostCounters) continue;
    value.key = own_key(sample, what->key);
    sample.counters.push_back(value);
  }
}

}  // namespace meterpipe::judge
