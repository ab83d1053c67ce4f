// The values of a reading as they are published: energy in Wh or kWh, times in the form asked for,
// what is derived (net power) behind them, the date-time last. Who waits for the date-time knows
// then that the others are there.
//
// The date-time is 0-0:1.0.0, else the first clock value that is the reading's time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "shape/time_format.hpp"
#include "shape/topic_names.hpp"

namespace meterpipe::shape {

enum class EnergyUnit : std::uint8_t { as_is, wh, kwh };

struct ShapeRules {
  NameRules names;
  EnergyUnit energy = EnergyUnit::as_is;
  TimeFormat time = TimeFormat::as_is;
  Zone zone = Zone::meter;
  bool drop_zeros = false;  // 232.0 is 232, as JavaScript prints it
  bool net = false;         // 1-0:1.7.0 minus 1-0:2.7.0
  bool totals = false;      // of the tariffs 1-0:1.8.1 and so on, of 1-0:2.8.1 and so on
  bool means = false;       // the numbers of the moment are means: they have two digits more
};

struct ShapedValue {
  enum class Kind : std::uint8_t {
    number,
    text,
    time,   // a clock's: `text` in the form asked for
    bytes,  // no text: hex digits
    json,   // a structure, true, false, null
  };

  Kind kind = Kind::text;
  bool derived = false;
  bool unchanged = false;            // no message of its own; what is derived: of such values only
  std::string_view obis, pos, attr;  // what is derived: one of kDerivedKeys
  std::string_view name;             // for people; or empty
  std::string_view text;             // digits; the text; JSON
  std::string_view hex;              // digits that say `text`, as a telegram sent them; or empty
  std::string_view unit;             // or empty
  std::string_view recorded_unit;    // before --energy
  std::string_view recorded;         // the number before it
  int places = 0;                    // behind the point, as the meter sent it, in `unit`
  int recorded_places = 0;           // in `recorded_unit`
  std::string_view at;               // when it was taken, as `text` of a time; or empty
};

class ValueShaper {
 public:
  explicit ValueShaper(ShapeRules rules) : rules_(std::move(rules)), names_(rules_.names) {}

  // Views point into the record, its line or this, until the next call.
  const std::vector<ShapedValue>& shape(record::Line& line, const record::ReadingRecord& reading);

  const ShapeRules& rules() const { return rules_; }
  const TopicNames& names() const { return names_; }
  // A time of the record in the form asked for; as it is where it is incomplete.
  std::string_view shape_time(std::string_view iso, std::optional<bool> summer = std::nullopt);

 private:
  ShapedValue shape_value(record::Line& line, const record::ReadingRecord& reading,
                          const record::ReadingValue& value);
  void shape_number(ShapedValue& value);
  void add_net();
  void add_total(std::string_view group, std::string_view key, std::string_view name);
  void add_derived(const ShapedValue& value);
  void move_time_to_end(const record::ReadingRecord& reading);
  std::string_view keep(std::string text);

  ShapeRules rules_;
  TopicNames names_;
  std::vector<ShapedValue> values_;
  std::vector<std::string_view> clocks_;  // as recorded, one for each value; empty: no clock
  std::deque<std::string> texts_;
  std::size_t texts_used_ = 0;
};

}  // namespace meterpipe::shape
