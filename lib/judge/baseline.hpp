// What is known of a meter, and whether a reading fits it. Pure: from values to words.
//
// A reading becomes a Sample; `judge` compares it with the Baseline that the readings before it
// have left, `adopt` adds it. What is wrong with a sample by itself (a power above the limit, a
// clock of 1970) is found when it is made.
//
// A counter in W h may grow by  limit * time since it was last seen, and 2 s for the way here, and
// two of its last digits. Some meters count every 5 s; others show a new value every quarter of an
// hour, or hour, and send the old one in between. So more is granted, as far back as its last
// change, to a counter that counts in steps:
//
//   two changes seen      the shortest time between two of them; more than 1 h only after the
//   second one, or none yet      1 h at most, and nothing to one that has been standing for longer
//   at full quarters      1 h at most, where all changes so far, if any, came at such
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "base/timestamp.hpp"
#include "judge/judged_value.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::judge {

// No meter that can be read here was made before. 2010-01-01T00:00:00Z
inline constexpr Micros kFirstGoodTime = 1'262'304'000 * kSecond;

struct PlausibilitySettings {
  static constexpr std::uint64_t kMostPower = 1'000'000'000'000;  // W

  bool enabled = true;
  std::optional<std::uint64_t> power_limit = 1'000'000;  // W, 1 to kMostPower; or off
  std::optional<Micros> clock_limit = kDay;              // or off
  // How many readings that do not fit what is known, but each other, make a new baseline; 0: never.
  std::uint64_t accept_after = 3;
  std::vector<std::string> plain_meters;  // that do not cipher any more
};

// When a reading was taken: by who received it, and by the meter.
struct Moment {
  std::optional<Micros> ts, time;
  bool operator==(const Moment&) const = default;
};

// Voltages, currents and powers of one reading, for sums: in V, A and W.
struct Loads {
  std::array<double, 3> volts{}, amperes{}, phases{};  // by phase; powers import - export
  double import_power = 0, export_power = 0;
  double ampere_grain = 0;                                     // the last digit of a current
  std::uint8_t has_volts = 0, has_amperes = 0, has_phase = 0;  // bits
  bool has_import = false, has_export = false;

  double net() const { return import_power - export_power; }
  // As many voltages as currents, and the power that may be drawn with them.
  bool has_apparent() const { return has_import && has_volts != 0 && has_volts == has_amperes; }
  bool has_phases() const { return has_import && has_phase == 7; }
};

struct Sample {
  struct Value {
    JudgedValue what;
    std::uint64_t key = 0;  // of the code; of the second value with this code, and so on
    Decimal number;         // in W h, var h, m³ …: the prefix is in the exponent
    int grain = 0;          // its last digit counts 10^grain
    std::string_view obis, unit;
  };

  Moment at;
  bool at_two_times = false;  // the meter's time is of the hour that summer time's end repeats
  std::uint64_t id = 0;       // hash of the reading's id; 0: none
  std::string_view id_text;
  bool id_recurs = false;              // it does not name one message for sure
  std::optional<std::uint64_t> title;  // the system title as a number, with its counter
  std::uint64_t counter = 0;
  std::vector<Value> counters;
  bool is_plain = false;  // the message was not ciphered
  bool unproved = false;  // it was ciphered, and no tag proves it
  Loads loads;            // where it is unproved, and so are the next two
  std::vector<std::pair<std::uint64_t, std::uint64_t>> names;  // code and hash of its text
  std::uint64_t shape = 0;                                     // see Consistency
  std::vector<std::string> faults;                             // what is wrong with it by itself
  bool bad_clock = false;                                      // that is among it
  // What the meter's clock says where that is before 2010 and there is a `ts`, by which the reading
  // is judged then; else empty.
  std::string_view unset_clock;
};

// The reason.
std::string before_2010(std::string_view clock);

// In reasons: 5 s, 90 min, 30 h, 12 days; in the unit in which the meter sent the value.
std::string span_text(Micros span);
std::string with_unit(Decimal number, const Sample::Value& as);

// Views are those of the reading.
void make_sample(const record::ReadingRecord& reading, const PlausibilitySettings& settings,
                 JudgedValues& known, Sample& sample);

struct Baseline {
  static constexpr std::size_t kMostCounters = 128, kMostTitles = 4;

  struct Counter {
    // fresh: seen once; still: seen again, the same; moved: seen to change
    enum class Motion : std::uint8_t { fresh, still, moved };

    std::uint64_t key = 0;
    std::uint8_t unit = cosem::kNoUnit;
    Decimal number;
    Motion motion = Motion::fresh;
    Moment changed, seen;
    int grain = 0;         // the finest seen
    Micros step = 0;       // the shortest time between two changes; 0: not known
    unsigned steps = 0;    // how often that was measured, 2 at most
    bool offbeat = false;  // it has changed between two quarters of an hour
    bool operator==(const Counter&) const = default;
  };
  struct Title {
    std::uint64_t title = 0, counter = 0;
    bool operator==(const Title&) const = default;
  };

  Moment at;  // the latest of each that was given
  std::uint64_t id = 0;
  std::vector<Title> titles;  // the one seen last is last
  std::vector<Counter> counters;

  const Counter* find(std::uint64_t key) const;
  bool operator==(const Baseline&) const = default;
};

// What may have failed, besides counters, which have their key.
inline constexpr std::uint64_t kMessageKey = std::uint64_t{1} << 62, kClockKey = kMessageKey + 1;

struct Verdict {
  std::vector<std::string> faults;
  std::vector<std::uint64_t> keys;  // of what failed, as many as there are faults
  bool repeated = false;            // the message that was accepted last
  bool older = false;               // an invocation counter of the same title that was there
  bool newer = false;               // one that is ahead
  bool late = false;                // an older ts
  bool backwards = false;           // some counter
  bool forwards = false;            // some counter
  bool timeless = false;            // a jump could not be judged

  bool fits() const { return faults.empty(); }
};

Verdict judge(const Sample& sample, const Baseline& baseline, const PlausibilitySettings& settings);

// Older than what is known, by its times and by what it counts, as far as it has them: however well
// such readings fit each other, they are no new beginning. Where a clock was set back the other
// one, or a counter, goes on rising.
bool is_replay(const Sample& sample, const Baseline& baseline, const Verdict& verdict);

void adopt(const Sample& sample, Baseline& baseline);

}  // namespace meterpipe::judge
