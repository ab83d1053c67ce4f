// What the messages of one slot become: one reading.
//
//   first  the first, as it is                 last  the last, as it is
//   mean, min, max  the last, with other numbers:
//     {…,"layout":"nested","aggregate":"mean","samples":12,"from":"2026-11-22T17:00:00.123456Z",…,
//      "values":[{"obis":"1-0:32.7.0","value":232.125,"unit":"V",…}]}
//
// Aggregated are numbers of the moment: those with a unit of power, voltage, current and the like.
// Counters (Wh, varh, m³, …), maxima of a period (D = 2, 6), angles, numbers without a unit (but
// for power factors), texts, times and null stay those of the last message. A value that is in
// some messages only is aggregated over those. Its `raw` and `scaler` are gone: no meter sent them.
//
// The numbers are exact decimals. A mean has two digits more than the finest of its samples,
// rounded half away from zero; least and greatest are written as they were sent. Where 127 bits do
// not hold a sum, 64 not a result, or the unit changed, the last message's number stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/decimal.hpp"
#include "base/timestamp.hpp"
#include "base/wide.hpp"
#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "state/state_text.hpp"

namespace meterpipe::flow {

enum class Aggregation : std::uint8_t { first, last, mean, min, max };

std::string_view name(Aggregation aggregation);
std::optional<Aggregation> aggregation_of(std::string_view name);

// The samples of one number.
class Samples {
 public:
  void add(const record::ReadingValue& value);
  // The aggregated number as JSON text; nothing: the last one's stays.
  std::optional<std::string> result(Aggregation aggregation) const;

  void save(state::StateWriter& to) const;
  void restore(state::StateReader& from);

 private:
  struct Extreme {
    std::string text;  // as it was sent; empty: none yet
    Decimal number;
  };

  Wide sum_;
  int exponent_ = 0;  // of the sum: the finest so far
  std::int64_t count_ = 0;
  std::string unit_;
  Extreme least_, greatest_;
  bool sound_ = true;  // all were numbers that could be read, of one unit
  bool sum_holds_ = true;
};

// What a slot has become: the reading with its numbers, and its line. It lives as long as it is
// looked at, in its place: its parts point to each other.
struct SlotReading {
  std::string last, text;            // the slot's last line, and the reading's own
  std::vector<std::string> numbers;  // those that are not of the last line
  record::Line line;
  record::ReadingRecord reading;
};

// The messages of one slot of one meter; of `last` and those that count.
class OpenSlot {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{64} << 10;  // longer ones are not taken
  static constexpr std::size_t kMostValues = 1024;  // further ones stay those of the last message

  bool empty() const { return count_ == 0; }
  // `aggregation` holds from the first message of a slot on.
  void add(std::string_view line, const record::ReadingRecord& reading, Micros time,
           Aggregation aggregation);
  // Then the slot is empty. False: what was saved of it is no reading.
  bool close(SlotReading& to);

  void save(state::StateWriter& to) const;
  // False: it is not what was saved.
  bool restore(state::StateReader& from);

 private:
  Aggregation aggregation_ = Aggregation::last;
  std::int64_t count_ = 0;
  Micros from_ = 0;
  std::string last_;
  std::unordered_map<std::string, Samples> samples_;
  std::vector<std::string> keys_;
};

}  // namespace meterpipe::flow
