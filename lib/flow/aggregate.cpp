#include "flow/aggregate.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/buffer.hpp"
#include "base/table.hpp"
#include "json/writer.hpp"
#include "shape/value_keys.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::array<std::string_view, 5> kAggregationNames{"first", "last", "mean", "min", "max"};

constexpr int kSafeDigits = 15;  // what a double carries; with more `exact` stands beside
constexpr std::int64_t kMostSamples = 1'000'000'000'000;  // of what was saved
constexpr int kFarthestPlace = 400;  // exponents beyond are nobody's measurement

void add_number(Buffer& out, std::string_view number) {
  out.add(number);
  const auto digits = std::ranges::count_if(number, [](char c) { return c >= '0' && c <= '9'; });
  if (digits <= kSafeDigits) return;
  out.add(",\"exact\":\"", number, '"');
}

void add_key(Buffer& out, std::string_view key, char before) { out.add(before, '"', key, "\":"); }

// The element of "values" with another number.
void add_element(Buffer& out, std::string_view element, std::string_view number) {
  std::vector<json::Field> members;
  if (!json::split_object(element, members)) return out.add(element);
  char before = '{';
  for (const json::Field& member : members) {
    if (member.key == "raw" || member.key == "scaler" || member.key == "exact") continue;
    add_key(out, member.key, before);
    before = ',';
    if (member.key == "value") {
      add_number(out, number);
    } else {
      out.add(member.raw);
    }
  }
  out.add('}');
}

}  // namespace

std::string_view name(Aggregation aggregation) {
  return kAggregationNames[static_cast<std::size_t>(aggregation)];
}

std::optional<Aggregation> aggregation_of(std::string_view name) {
  return named<Aggregation>(kAggregationNames, name);
}

// ---- one number ----

void Samples::add(const record::ReadingValue& value) {
  const auto number = parse_decimal(value.value);
  if (count_ == 0) {
    unit_ = value.unit;
    if (number) exponent_ = number->exponent;
  }
  ++count_;
  sound_ = sound_ && number && unit_ == value.unit && std::abs(number->exponent) <= kFarthestPlace;
  if (!sound_) return;
  const auto keep = [&](Extreme& extreme) {
    extreme.text = value.value;
    extreme.number = *number;
  };
  if (least_.text.empty() || compare(*number, least_.number) < 0) keep(least_);
  if (greatest_.text.empty() || compare(*number, greatest_.number) > 0) keep(greatest_);
  Wide term(number->magnitude, number->negative);
  const auto to_finer = [&](Wide& x, int& exponent, int finer) {
    for (; exponent > finer && sum_holds_; --exponent) sum_holds_ = x.times_ten();
  };
  int exponent = number->exponent;
  to_finer(sum_, exponent_, exponent);
  to_finer(term, exponent, exponent_);
  sum_holds_ = sum_holds_ && sum_.add(term);
}

std::optional<std::string> Samples::result(Aggregation aggregation) const {
  if (!sound_ || count_ == 0) return std::nullopt;
  if (aggregation == Aggregation::min) return least_.text;
  if (aggregation == Aggregation::max) return greatest_.text;
  if (!sum_holds_) return std::nullopt;
  const auto count = static_cast<std::uint64_t>(count_);
  const auto mean = sum_.divided_by(count);
  if (!mean || mean->whole > UINT64_MAX / 100 - 1) return std::nullopt;
  const std::uint64_t rest = mean->rest * 100;
  std::uint64_t hundredths = rest / count;
  if (rest % count * 2 >= count) ++hundredths;  // half away from zero
  return to_string({mean->whole * 100 + hundredths, exponent_ - 2, sum_.is_negative()});
}

void Samples::save(state::StateWriter& to) const {
  to.add(sum_.high_half(), static_cast<std::int64_t>(sum_.low_half()), exponent_, count_, unit_,
         least_.text, greatest_.text, (sound_ ? 1 : 0) | (sum_holds_ ? 2 : 0));
}

void Samples::restore(state::StateReader& from) {
  const std::int64_t high = from.number();
  const auto low = static_cast<std::uint64_t>(from.number());
  sum_ = Wide::of_halves(high, low);
  exponent_ = static_cast<int>(from.number());
  count_ = from.number();
  unit_ = from.text();
  bool readable = true;
  for (Extreme* extreme : {&least_, &greatest_}) {
    extreme->text = from.text();
    if (extreme->text.empty()) continue;
    const auto number = parse_decimal(extreme->text);
    readable = readable && number;
    extreme->number = number.value_or(Decimal());
  }
  const std::int64_t flags = from.number();
  sound_ = (flags & 1) != 0 && readable && std::abs(exponent_) <= kFarthestPlace && count_ > 0 &&
           count_ <= kMostSamples;
  sum_holds_ = (flags & 2) != 0;
}

// ---- one slot ----

void OpenSlot::add(std::string_view line, const record::ReadingRecord& reading, Micros time,
                   Aggregation aggregation) {
  if (count_++ == 0) {
    aggregation_ = aggregation;
    from_ = time;
  }
  last_ = line;
  if (aggregation_ == Aggregation::last) return;
  shape::value_keys(reading, keys_);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!shape::is_momentary(reading.values[i])) continue;
    auto at = samples_.find(keys_[i]);
    if (at == samples_.end()) {
      if (samples_.size() >= kMostValues || keys_[i].size() > shape::kLongestKey) continue;
      at = samples_.try_emplace(keys_[i]).first;
    }
    at->second.add(reading.values[i]);
  }
}

bool OpenSlot::close(SlotReading& to) {
  to.last = std::move(last_);
  const auto count = std::exchange(count_, 0);
  const auto samples = std::exchange(samples_, {});
  last_.clear();
  record::Line& line = to.line;
  record::ReadingRecord& reading = to.reading;
  if (!line.parse(to.last) || !record::read(line, reading)) return false;
  if (aggregation_ == Aggregation::last) return true;
  shape::value_keys(reading, keys_);
  to.numbers.reserve(keys_.size());  // they are pointed at
  std::vector<std::string_view> elements;
  Buffer out;
  const auto add_aggregate = [&] {
    add_key(out, "aggregate", ',');
    out.add('"', name(aggregation_), "\",\"samples\":", std::to_string(count));
    add_key(out, "from", ',');
    out.add('"', format_timestamp(from_), '"');
  };
  char before = '{';
  bool told = false;
  for (const json::Field& field : line.fields()) {
    // Of a record that went through here before.
    if (field.key == "aggregate" || field.key == "samples" || field.key == "from") continue;
    add_key(out, field.key, before);
    before = ',';
    if (field.key != "values" || !json::split_array(field.raw, elements)) {
      out.add(field.raw);
    } else {
      out.add('[');
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i != 0) out.add(',');
        record::ReadingValue& value = reading.values[i];
        const auto found = samples.find(keys_[i]);
        auto number = found == samples.end() || !shape::is_momentary(value)
                          ? std::nullopt
                          : found->second.result(aggregation_);
        if (number) {
          value.value = to.numbers.emplace_back(std::move(*number));
          value.scaler = {};
          add_element(out, elements[i], value.value);
        } else {
          out.add(elements[i]);
        }
      }
      out.add(']');
    }
    if (field.key == "layout") {
      add_aggregate();
      told = true;
    }
  }
  if (!told) add_aggregate();
  out.add('}');
  to.text = out.view();
  line.set_text(to.text);
  return true;
}

void OpenSlot::save(state::StateWriter& to) const {
  to.number(count_);
  if (empty()) return;
  to.text(name(aggregation_));
  to.number(from_);
  to.text(last_);
  to.number(static_cast<std::int64_t>(samples_.size()));
  for (const auto& [key, samples] : samples_) {
    to.text(key);
    samples.save(to);
  }
}

bool OpenSlot::restore(state::StateReader& from) {
  count_ = from.number();
  if (count_ <= 0 || count_ > kMostSamples) return count_ == 0;
  aggregation_ = aggregation_of(from.text()).value_or(Aggregation::last);
  from_ = from.time();
  last_ = from.text();
  for (std::int64_t n = from.number(); n > 0 && !from.failed(); --n) {
    if (samples_.size() >= kMostValues) return false;
    const std::string key(from.text());
    samples_[key].restore(from);
  }
  record::Line line;
  record::ReadingRecord reading;
  return line.parse(last_) && record::read(line, reading);
}

}  // namespace meterpipe::flow
