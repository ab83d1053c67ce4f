#include "meterpipe/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/timestamp.hpp"
#include "base/utf8.hpp"
#include "cosem/quantity.hpp"

namespace meterpipe::runner {
namespace {

using cosem::Direction;
using cosem::Quantity;

constexpr std::size_t kHead = 10;  // the width of what stands before the values
constexpr std::size_t kColumn = 14;
// A column of the line of power, how many there are, and how long a value stands for what follows.
constexpr Micros kBucket = 10 * kSecond, kHolds = 2 * kMinute;
constexpr std::size_t kMostBuckets = 60;
constexpr std::string_view kPower = "Power", kReactive = "Reactive", kEnergy = "Energy",
                           kReactiveEnergy = "Reactive energy", kVoltage = "Voltage",
                           kCurrent = "Current";
constexpr std::array<std::string_view, 3> kDirections{"import", "export", "balance"};

std::string text_of(const json::Fields& record, std::string_view key) {
  const json::Field* const field = record.find(key);
  std::string scratch;
  if (field == nullptr) return "";
  const auto text = json::to_text(field->raw, scratch);
  return text ? printable_utf8(*text) : "";
}

// Where a quantity stands; nothing: it is not shown.
std::optional<std::string_view> row_of(const cosem::Meaning& meaning) {
  const bool is_moment = meaning.processing == cosem::Processing::momentary;
  const bool is_total = meaning.processing == cosem::Processing::total;
  switch (meaning.quantity) {
    case Quantity::active_power: return is_moment ? std::optional(kPower) : std::nullopt;
    case Quantity::reactive_power: return is_moment ? std::optional(kReactive) : std::nullopt;
    case Quantity::voltage: return is_moment ? std::optional(kVoltage) : std::nullopt;
    case Quantity::current: return is_moment ? std::optional(kCurrent) : std::nullopt;
    case Quantity::active_energy: return is_total ? std::optional(kEnergy) : std::nullopt;
    case Quantity::reactive_energy: return is_total ? std::optional(kReactiveEnergy) : std::nullopt;
    default: return std::nullopt;
  }
}

// 0 import, 1 export, 2 their difference; nothing: another one.
std::optional<std::size_t> column_of(Direction direction) {
  switch (direction) {
    case Direction::imported: return 0;
    case Direction::exported: return 1;
    case Direction::difference: return 2;
    default: return std::nullopt;
  }
}

// Phases stand behind the directions, and behind these the directions of each tariff.
constexpr std::size_t kFirstPhase = kDirections.size(), kPerTariff = 10, kTariffs = 9;

std::string age_text(Micros age) {
  const Micros seconds = std::max<Micros>(age, 0) / kSecond;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

// Cut to so many characters, and marked where it is: a number that is cut would be another one.
std::string clipped(const std::string& text, std::size_t width) {
  std::size_t at = 0, last = 0;
  for (std::size_t n = 0; n < width && at < text.size(); ++n) {
    last = at;
    at += std::max<std::size_t>(utf8_sequence(text, at), 1);
  }
  return at < text.size() && at != 0 ? text.substr(0, last) + "…" : text.substr(0, at);
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

bool Picture::take(std::string_view line, Micros now) {
  json::Fields record;
  if (!line.starts_with('{') || !record.parse(line)) return false;
  const std::string type = text_of(record, "t");
  if (type != "reading" && type != "error") return false;
  const auto came = parse_timestamp(text_of(record, "ts")).value_or(now);
  if (type == "error") {
    // Who begins to listen in the middle of a message gets the rest of it.
    if (record.find("start") != nullptr) return false;
    take_error(record);
  } else {
    take_reading(record, came);
  }
  last_time_ = came;
  return true;
}

void Picture::take_error(const json::Fields& record) {
  ++errors_;
  last_error_ = fmt::format("{}: {}", text_of(record, "code"), text_of(record, "text"));
  last_line_ = "error: " + last_error_;
}

void Picture::take_reading(const json::Fields& record, Micros came) {
  std::string name = text_of(record, "meter");
  if (name.empty()) name = text_of(record, "src");
  Meter& meter = meters_[name];
  ++meter.readings;
  meter.time = text_of(record, "time");
  if (meter.time.empty()) meter.time = text_of(record, "ts");
  meter.came = came;
  std::map<Place, double> watts;
  std::vector<std::string_view> objects;
  const json::Field* const values = record.find("values");
  if (values != nullptr && json::split_array(values->raw, objects)) {
    for (const std::string_view object : objects) take_value(meter, object, watts);
  }
  const auto balance = watts.find({kPower, 2});
  const auto import = watts.find({kPower, 0}), exported = watts.find({kPower, 1});
  if (balance != watts.end()) {
    meter.power.push_back({came, balance->second});
  } else if (import != watts.end()) {
    meter.power.push_back(
        {came, import->second - (exported == watts.end() ? 0 : exported->second)});
  }
  const Micros oldest = came - (static_cast<Micros>(kMostBuckets) * kBucket + kHolds);
  while (!meter.power.empty() && meter.power.front().time < oldest) meter.power.pop_front();

  last_line_ = fmt::format("{}  {}", meter.time, name);
  const auto add = [this](const Place& place, const Value& value) {
    const auto& [row, column] = place;
    const std::string what = row == kPower          ? ""
                             : column >= kPerTariff ? fmt::format("tariff {} ", column / kPerTariff)
                                                    : "energy ";
    last_line_ +=
        fmt::format("  {}{} {} {}", what, kDirections[column % kPerTariff], value.text, value.unit);
  };
  for (const auto& [place, value] : meter.values) {
    if (place.first == kPower && place.second < kFirstPhase) add(place, value);
  }
  for (const auto& [place, value] : meter.values) {
    if (place.first == kEnergy) add(place, value);
  }
}

void Picture::take_value(Meter& meter, std::string_view object, std::map<Place, double>& watts) {
  std::vector<json::Field> members;
  if (!json::split_object(object, members)) return;
  std::string scratch, code, number;
  Value value;
  for (const json::Field& member : members) {
    if (member.key == "obis") code = json::to_text(member.raw, scratch).value_or("");
    if (member.key == "value" && json::is_number(member.raw)) number = member.raw;
    if (member.key == "unit") {
      value.unit = printable_utf8(json::to_text(member.raw, scratch).value_or(""));
    }
  }
  if (number.empty()) return;
  const cosem::Unit unit = cosem::parse_unit(value.unit);
  const cosem::Meaning meaning = cosem::meaning_of(code, unit);
  if (!meaning.is_electric() || meaning.stored) return;
  const auto row = row_of(meaning);
  if (!row || (meaning.tariff != 0 && (*row != kEnergy || meaning.phase != 0))) return;
  if (meaning.tariff > kTariffs) return;
  // A current or a voltage of no phase is that of the only one.
  const bool is_of_phases = *row == kVoltage || *row == kCurrent;
  std::size_t column = 0;
  if (is_of_phases) {
    column = kFirstPhase + std::max<std::size_t>(meaning.phase, 1) - 1;
  } else {
    const auto direction = column_of(meaning.direction);
    if (!direction) return;
    if (meaning.phase != 0 && (*row != kPower || *direction == 1)) return;
    column = meaning.phase == 0 ? *direction + kPerTariff * meaning.tariff
                                : kFirstPhase + meaning.phase - 1U;
  }
  value.text = number;
  if (const auto exact = parse_decimal(number)) {
    if (unit.quantity == Quantity::active_power || meaning.quantity == Quantity::active_power) {
      watts[{*row, column}] = std::strtod(number.c_str(), nullptr) * std::pow(10, unit.prefix);
    }
    if (value.unit == "Wh" || value.unit == "varh") {
      value.text = to_string(Decimal{exact->magnitude, exact->exponent - 3, exact->negative});
      value.unit.insert(0, 1, 'k');
    }
  }
  meter.values[{*row, column}] = std::move(value);
}

void Picture::note(std::string_view line) { note_ = printable_utf8(line); }

void Picture::add_power(std::vector<std::string>& lines, const Meter& meter, std::size_t width) {
  if (meter.power.empty() || width < kHead + 10) return;
  const std::size_t most = std::min(kMostBuckets, width - kHead);
  // Up to the last reading; a value stands until the next one, for some time.
  const Micros end = meter.power.back().time;
  std::vector<std::optional<double>> buckets(most);
  auto point = meter.power.begin();
  std::optional<Point> last;
  for (std::size_t i = 0; i < most; ++i) {
    const Micros until = end - static_cast<Micros>(most - 1 - i) * kBucket;
    double sum = 0;
    std::size_t count = 0;
    for (; point != meter.power.end() && point->time <= until; ++point) {
      if (point->time > until - kBucket) {
        sum += point->watts;
        ++count;
      }
      last = *point;
    }
    if (count != 0) {
      buckets[i] = sum / static_cast<double>(count);
    } else if (last && until - last->time <= kHolds) {
      buckets[i] = last->watts;
    }
  }
  std::optional<double> least, greatest;
  std::size_t first = most;
  for (std::size_t i = 0; i < most; ++i) {
    if (!buckets[i]) continue;
    first = std::min(first, i);
    least = std::min(least.value_or(*buckets[i]), *buckets[i]);
    greatest = std::max(greatest.value_or(*buckets[i]), *buckets[i]);
  }
  constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double span = std::max(*greatest - *least, 1e-9);
  std::string bars(kHead, ' ');
  for (std::size_t i = first; i < most; ++i) {
    if (!buckets[i]) {
      bars += ' ';
      continue;
    }
    const double part = (*buckets[i] - *least) / span;
    bars += kBars[std::min<std::size_t>(static_cast<std::size_t>(part * 8), 7)];
  }
  lines.push_back(bars);
  // Of the readings, not of the means that are drawn.
  const Micros since = end - static_cast<Micros>(most) * kBucket;
  for (const Point& one : meter.power) {
    if (one.time <= since) continue;
    least = std::min(*least, one.watts);
    greatest = std::max(*greatest, one.watts);
  }
  lines.push_back(fmt::format("{:{}}{:.0f} to {:.0f} W in {}", "", kHead, *least, *greatest,
                              age_text(static_cast<Micros>(most - first) * kBucket)));
}

void Picture::add_meter(std::vector<std::string>& lines, const std::string& name,
                        const Meter& meter, Micros now, std::size_t width) {
  lines.push_back(fmt::format("{:<{}}{}", "Meter", kHead, name));
  lines.push_back(
      fmt::format("{:<{}}{}, {} ago", "Time", kHead, meter.time, age_text(now - meter.came)));
  const auto add_row = [&](std::string_view row, std::size_t first, auto label) {
    std::string text;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto value = meter.values.find({row, first + i});
      const std::string cell =
          value == meter.values.end()
              ? ""
              : label(i) + fmt::format("{} {}", value->second.text, value->second.unit);
      // Phases stand below one another; directions are as long as they are.
      if (first == kFirstPhase) {
        text += fmt::format("{:<{}}", cell, kColumn);
      } else if (!cell.empty()) {
        text += (text.empty() ? "" : "   ") + cell;
      }
    }
    text.erase(text.find_last_not_of(' ') + 1);
    if (text.empty()) return;
    const std::string head = first >= kPerTariff      ? fmt::format("Tariff {}", first / kPerTariff)
                             : row == kReactiveEnergy ? std::string()
                                                      : std::string(row);
    lines.push_back(fmt::format("{:<{}}{}", head, kHead, text));
  };
  const auto direction = [](std::size_t i) { return std::string(kDirections[i]) + " "; };
  const auto phase = [](std::size_t) { return std::string(); };
  add_row(kPower, 0, direction);
  add_power(lines, meter, width);
  add_row(kReactive, 0, direction);
  add_row(kEnergy, 0, direction);
  add_row(kReactiveEnergy, 0, direction);
  for (std::size_t tariff = 1; tariff <= kTariffs; ++tariff) {
    add_row(kEnergy, tariff * kPerTariff, direction);
  }
  const auto has_phase = [](const auto& value) {
    return value.first.second >= kFirstPhase && value.first.second < kPerTariff;
  };
  if (std::ranges::any_of(meter.values, has_phase)) {
    lines.push_back(fmt::format("{:{}}{:<{}}{:<{}}L3", "", kHead, "L1", kColumn, "L2", kColumn));
  }
  for (const std::string_view row : {kVoltage, kCurrent, kPower}) {
    add_row(row, kFirstPhase, phase);
  }
  lines.emplace_back();
}

std::vector<std::string> Picture::lines(Micros now, std::size_t width) const {
  std::vector<std::string> lines{title_, ""};
  std::uint64_t readings = 0;
  for (const auto& [name, meter] : meters_) {
    add_meter(lines, name, meter, now, width);
    readings += meter.readings;
  }
  lines.push_back(meters_.empty() ? "No reading yet" : counted(readings, "reading"));
  lines.back() +=
      errors_ == 0 ? ", no errors"
                   : fmt::format(", {}; the last one: {}", counted(errors_, "error"), last_error_);
  if (!note_.empty()) lines.push_back(note_);
  for (std::string& line : lines) line = clipped(line, width);
  return lines;
}

}  // namespace meterpipe::runner
