// What a slot's readings become: exact numbers against sums made another way.
#include "flow/aggregate.hpp"
#include "shape/value_keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/publish/day.hpp"

namespace meterpipe::flow {

using test::Day;

namespace {

std::string reading(const std::string& values) {
  return R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:00.000000Z","meter":"1","layout":"nested","values":[)" +
         values + "]}";
}

std::string of_all(Aggregation aggregation, const std::vector<std::string>& lines) {
  OpenSlot slot;
  for (const std::string& text : lines) {
    record::Line line;
    record::ReadingRecord record;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, record));
    slot.add(line.text(), record, test::utc("2026-11-22T17:00:00.5Z"), aggregation);
  }
  CHECK_FALSE(slot.empty());
  SlotReading closed;
  REQUIRE(slot.close(closed));
  CHECK(slot.empty());
  const std::string text(closed.line.text());
  record::Line line;
  record::ReadingRecord record;
  REQUIRE(line.parse(text));
  REQUIRE(record::read(line, record));
  // The values are those of the text, though nobody has read that again.
  REQUIRE(closed.reading.values.size() == record.values.size());
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    const record::ReadingValue &made = closed.reading.values[i], &read = record.values[i];
    CHECK(made.obis == read.obis);
    CHECK(made.value == read.value);
    CHECK(made.unit == read.unit);
    CHECK(made.hex == read.hex);
    CHECK(made.scaler == read.scaler);
  }
  return text;
}

// The value that samples of one number become.
std::string value_of(Aggregation aggregation, const std::vector<std::string>& numbers,
                     const std::string& unit = "W") {
  std::vector<std::string> lines;
  for (const std::string& number : numbers) {
    lines.push_back(
        reading(R"({"obis":"1-0:1.7.0","value":)" + number + R"(,"unit":")" + unit + R"("})"));
  }
  const std::string text = of_all(aggregation, lines);
  record::Line line;
  record::ReadingRecord record;
  REQUIRE(line.parse(text));
  REQUIRE(record::read(line, record));
  return std::string(record.values.at(0).value);
}

// Long numbers by hand: digits, the least significant first.
struct Long {
  std::vector<int> digits = std::vector<int>(60, 0);
  void add(std::string_view text) {
    int carry = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const int digit = i < text.size() ? text[text.size() - 1 - i] - '0' : 0;
      const int sum = digits[i] + digit + carry;
      digits[i] = sum % 10;
      carry = sum / 10;
    }
  }
  // Divided by n, as a school would; the rest is returned.
  long divide(long n) {
    long rest = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      rest = rest * 10 + digits[i];
      digits[i] = static_cast<int>(rest / n);
      rest %= n;
    }
    return rest;
  }
  std::string text(std::size_t places) const {
    std::string result;
    for (const int digit : digits) result.insert(result.begin(), static_cast<char>('0' + digit));
    result.insert(result.size() - places, 1, '.');
    const std::size_t first = result.find_first_not_of('0');
    return result.substr(result[first] == '.' ? first - 1 : first);
  }
};

}  // namespace

TEST_CASE("aggregate: a mean has two digits more, halves go away from zero") {
  const auto mean = [](const std::vector<std::string>& numbers) {
    return value_of(Aggregation::mean, numbers);
  };
  CHECK(mean({"232.1"}) == "232.100");
  CHECK(mean({"1", "2"}) == "1.50");
  CHECK(mean({"1", "1", "2"}) == "1.33");
  CHECK(mean({"1", "2", "2"}) == "1.67");
  CHECK(mean({"-1", "-2", "-2"}) == "-1.67");
  CHECK(mean({"0", "0", "0", "0", "0", "0", "0", "0.0001", "0", "0"}) == "0.000010");
  // 1/8 = 0.125, at two digits a half
  CHECK(mean({"1", "0", "0", "0", "0", "0", "0", "0"}) == "0.13");
  CHECK(mean({"-1", "0", "0", "0", "0", "0", "0", "0"}) == "-0.13");
  CHECK(mean({"1", "2.05", "3"}) == "2.0167");  // the finest sample counts
  CHECK(mean({"-5", "5"}) == "0.00");
  CHECK(mean({"1e3", "3e3"}) == "2000");
}

TEST_CASE("aggregate: least and greatest are as they were sent") {
  const std::vector<std::string> numbers{"2.50", "-0.30", "2.5", "-0.3", "1"};
  CHECK(value_of(Aggregation::min, numbers) == "-0.30");
  CHECK(value_of(Aggregation::max, numbers) == "2.50");
}

TEST_CASE("aggregate: where an exact result cannot be had the last number stays") {
  const std::string huge = "18446744073709551615", beyond = "123456789012345678901234567890";
  CHECK(value_of(Aggregation::mean, {huge, huge}) == huge);       // no 64 bits for two digits more
  CHECK(value_of(Aggregation::mean, {"1", beyond, "3"}) == "3");  // a sample that cannot be read
  CHECK(value_of(Aggregation::max, {"1", beyond, "3"}) == "3");
  CHECK(value_of(Aggregation::mean, {"1e60", "0.001", "7"}) == "7");  // too far apart for 128 bits
  CHECK(value_of(Aggregation::max, {"1e60", "0.001", "7"}) == "1e60");
  // and a unit that changes
  CHECK(of_all(Aggregation::mean, {reading(R"({"obis":"a","value":1,"unit":"kW"})"),
                                   reading(R"({"obis":"a","value":1500,"unit":"W"})")})
            .find(R"("value":1500,)") != std::string::npos);
}

TEST_CASE("aggregate: means of random samples against a sum on paper") {
  Day day{0};
  std::size_t samples = 0;
  for (int round = 0; round < 300; ++round) {
    const auto count = static_cast<long>(1 + day.below(40));
    const Micros range = round % 3 == 0 ? 1'000'000'000'000'000LL : 100'000;
    Long sum;
    std::vector<std::string> numbers;
    for (long i = 0; i < count; ++i) {
      // in hundredths, some written with one digit
      const Micros hundredths = day.below(range);
      const bool short_form = hundredths % 10 == 0;
      numbers.push_back(short_form ? fmt::format("{}.{}", hundredths / 100, hundredths % 100 / 10)
                                   : fmt::format("{}.{:02}", hundredths / 100, hundredths % 100));
      sum.add(std::to_string(hundredths) + "00");
      ++samples;
    }
    if (std::all_of(numbers.begin(), numbers.end(),
                    [](const std::string& number) { return number[number.size() - 2] == '.'; })) {
      continue;  // the finest has one digit only
    }
    const long rest = sum.divide(count);
    if (2 * rest >= count) sum.add("1");
    CAPTURE(round);
    REQUIRE(value_of(Aggregation::mean, numbers) == sum.text(4));
  }
  MESSAGE(samples, " samples");
}

TEST_CASE("aggregate: the record says what it is, the rest is the last one's") {
  const std::string first =
      R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:00.000000Z","src":"s","seq":1,"id":"a","meter":"1","layout":"nested","profile":"p","values":[{"obis":"1-0:1.7.0","value":1,"unit":"W","raw":1,"scaler":0,"type":"long"},{"obis":"1-0:1.8.0","value":10,"unit":"Wh","raw":10},{"obis":"1-0:2.7.0","value":5,"unit":"W"},{"pos":3,"value":4,"unit":"V"},{"obis":"0-0:96.14.0","value":1},{"obis":"1-0:13.7.0","value":0.9}]})";
  const std::string last =
      R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:05.000000Z","src":"s","seq":2,"id":"b","meter":"1","layout":"nested","profile":"p","values":[{"obis":"1-0:1.7.0","value":2,"unit":"W","raw":2,"scaler":0,"type":"long","own":[1,{"x":2}]},{"obis":"1-0:1.8.0","value":12,"unit":"Wh","raw":12},{"obis":"1-0:4.7.0","value":7,"unit":"var"},{"pos":3,"value":null},{"obis":"0-0:96.14.0","value":2},{"obis":"1-0:13.7.0","value":0.8},{"obis":"0-0:96.1.0","value":"\u00e4"}],"own":"k"})";
  CHECK(
      of_all(Aggregation::mean, {first, last}) ==
      R"({"v":1,"t":"reading","ts":"2026-11-22T17:00:05.000000Z","src":"s","seq":2,"id":"b","meter":"1","layout":"nested","aggregate":"mean","samples":2,"from":"2026-11-22T17:00:00.500000Z","profile":"p","values":[{"obis":"1-0:1.7.0","value":1.50,"unit":"W","type":"long","own":[1,{"x":2}]},{"obis":"1-0:1.8.0","value":12,"unit":"Wh","raw":12},{"obis":"1-0:4.7.0","value":7.00,"unit":"var"},{"pos":3,"value":null},{"obis":"0-0:96.14.0","value":2},{"obis":"1-0:13.7.0","value":0.850},{"obis":"0-0:96.1.0","value":"\u00e4"}],"own":"k"})");
  CHECK(of_all(Aggregation::last, {first, last}) == last);
  // Once more through the same: no key stands twice.
  const std::string once = of_all(Aggregation::max, {first, last});
  const std::string twice = of_all(Aggregation::max, {once, once});
  CHECK(twice.find(R"("aggregate":"max","samples":2,)") == twice.rfind(R"("aggregate")"));
  // Without a layout at the end.
  CHECK(
      of_all(Aggregation::min, {R"({"v":1,"t":"reading","values":[]})"}) ==
      R"({"v":1,"t":"reading","values":[],"aggregate":"min","samples":1,"from":"2026-11-22T17:00:00.500000Z"})");
}

TEST_CASE("aggregate: a value that is in some readings only") {
  const auto line = [](const char* more) {
    return reading(std::string(R"({"obis":"1-0:1.7.0","value":3,"unit":"W"})") + more);
  };
  const std::string text =
      of_all(Aggregation::mean, {line(R"(,{"obis":"1-0:32.7.0","value":230,"unit":"V"})"), line(""),
                                 line(R"(,{"obis":"1-0:32.7.0","value":null})"),
                                 line(R"(,{"obis":"1-0:32.7.0","value":231,"unit":"V"})")});
  CHECK(text.find(R"("value":230.50,"unit":"V")") != std::string::npos);
}

TEST_CASE("aggregate: two values of one code stay two") {
  const std::string both = R"({"obis":"1-0:1.7.0","value":1,"unit":"W"},)"
                           R"({"obis":"1-0:1.7.0","value":9,"unit":"W"})";
  const std::string other = R"({"obis":"1-0:1.7.0","value":2,"unit":"W"},)"
                            R"({"obis":"1-0:1.7.0","value":10,"unit":"W"})";
  const std::string text = of_all(Aggregation::mean, {reading(both), reading(other)});
  CHECK(text.find(R"("value":1.50)") != std::string::npos);
  CHECK(text.find(R"("value":9.50)") != std::string::npos);
}

TEST_CASE("aggregate: more than 15 digits are repeated as text") {
  CHECK(of_all(Aggregation::mean,
               {reading(R"({"obis":"a","value":12345678901234.5,"exact":"x","unit":"W"})")})
            .find(R"("value":12345678901234.500,"exact":"12345678901234.500","unit")") !=
        std::string::npos);
}

TEST_CASE("aggregate: which numbers are of the moment") {
  const auto momentary = [](const char* obis, const char* unit, const char* value = "1") {
    record::ReadingValue one;
    one.obis = obis;
    one.unit = unit;
    one.value = value;
    return shape::is_momentary(one);
  };
  for (const char* unit : {"W", "kW", "V", "A", "VA", "var", "Hz", "°C", "m³/h", "%", "bar"}) {
    CHECK(momentary("", unit));
    CHECK(momentary("1-0:1.7.0", unit));
  }
  for (const char* unit : {"Wh", "kWh", "varh", "VAh", "m³", "m3", "GJ", "l", "°", "s", "h"}) {
    CHECK_FALSE(momentary("", unit));
    CHECK_FALSE(momentary("1-0:1.7.0", unit));
  }
  CHECK(momentary("1-0:13.7.0", ""));  // a power factor
  CHECK(momentary("1-0:33.7.0", ""));
  CHECK_FALSE(momentary("0-0:96.14.0", ""));
  CHECK_FALSE(momentary("1-0:1.6.0", "W"));   // the greatest of a month
  CHECK_FALSE(momentary("1-0:1.16.0", "W"));  // of the second averaging period
  CHECK_FALSE(momentary("1-0:1.8.0", "W"));
  CHECK_FALSE(momentary("1-0:1.7.0", "W", "null"));
  CHECK_FALSE(momentary("1-0:1.7.0", "W", "\"1\""));
  CHECK_FALSE(momentary("1-0:1.7.0", "W", ""));
}

}  // namespace meterpipe::flow
