// What a message says beside what those before it said, where nothing proves it: ciphered without a
// tag, a changed bit on the way changes a bit of what is read (CTR mode), and no key fails.
//
//   its list          the same codes, units and scalers as before, or another list altogether: one
//                     that differs in one or two places is none, until it comes a second time
//   its names         number and device name are those of the message before
//   its voltages      none that is a quarter away from the one before, but 0
//   its sums          no active power above the apparent power of voltages and currents, none that
//                     differs from that of the phases; where the meter has kept to it so far
//
// All of it is asked only where eight messages have kept to it. What comes three times in a row
// (names, voltages, sums) or twice (a list) is how the meter is; of voltages and sums for 64
// messages at least. A value that stays within all this is believed: nothing tells it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "judge/baseline.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::judge {

class Consistency {
 public:
  // What does not fit; nothing else changes but the count of what comes again.
  void check(const record::ReadingRecord& reading, Sample& sample);
  // It was believed.
  void adopt(const record::ReadingRecord& reading, const Sample& sample);

 private:
  static constexpr std::size_t kMostLists = 8;

  struct List {
    std::uint64_t shape = 0;
    unsigned seen = 0;
    std::vector<std::uint64_t> places;  // what stands at each
  };
  // A sum that holds for a meter, or not. One that did not is off, until it has held for so long
  // that it was a single message that broke it; each time twice as long.
  struct Rule {
    unsigned held = 0;    // messages in which it did; while it is off, in a row
    unsigned broken = 0;  // in a row
    unsigned again = 64;
    bool is_off = false;
  };

  void check_list(const record::ReadingRecord& reading, Sample& sample);
  void check_names(Sample& sample);
  void check_voltages(Sample& sample);
  static bool is_broken(Rule& rule, bool holds);
  static bool apparent_holds(const Loads& loads);
  static bool phases_hold(const Loads& loads);

  std::vector<List> lists_;
  std::vector<std::uint64_t> odd_lists_;  // that came once
  struct Name {
    std::uint64_t code = 0, hash = 0;  // of its text
    unsigned seen = 0;
  };
  std::vector<Name> names_;
  unsigned other_names_ = 0;  // in a row
  std::array<double, 3> volts_{};
  Rule voltages_, apparent_, phases_;
};

}  // namespace meterpipe::judge
