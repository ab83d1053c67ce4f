// What `watch` shows: the values of the meters that were heard, as lines of text. Values keep the
// digits that the meter sent; energies in Wh are shown in kWh.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "json/fields.hpp"

namespace meterpipe::runner {

class Picture {
 public:
  explicit Picture(std::string title) : title_(std::move(title)) {}

  // A record of cosem-decode; what is neither a reading nor an error is left alone. `now` stands
  // for the time of one that has none. True: it was shown.
  bool take(std::string_view record, Micros now);
  // What a program has said last, without what it would do to a terminal; empty: nothing.
  void note(std::string_view line);

  // At most so many characters each; one that is cut ends with "…".
  std::vector<std::string> lines(Micros now, std::size_t width) const;
  // What was taken last, in one line.
  const std::string& last_line() const { return last_line_; }
  // When it came.
  Micros last_time() const { return last_time_; }

 private:
  struct Value {
    std::string text, unit;
  };
  // Which row, and which place in it: a direction or a phase.
  using Place = std::pair<std::string_view, std::size_t>;
  struct Point {
    Micros time;
    double watts;
  };
  struct Meter {
    std::string time;  // as the meter says
    Micros came = 0;
    std::uint64_t readings = 0;
    std::map<Place, Value> values;
    std::deque<Point> power;  // import less export
  };

  void take_reading(const json::Fields& record, Micros came);
  void take_error(const json::Fields& record);
  void take_value(Meter& meter, std::string_view object, std::map<Place, double>& watts);
  static void add_meter(std::vector<std::string>& lines, const std::string& name,
                        const Meter& meter, Micros now, std::size_t width);
  static void add_power(std::vector<std::string>& lines, const Meter& meter, std::size_t width);

  std::string title_;
  std::map<std::string, Meter> meters_;
  std::uint64_t errors_ = 0;
  std::string last_error_, note_, last_line_;
  Micros last_time_ = 0;
};

}  // namespace meterpipe::runner
