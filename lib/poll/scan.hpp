// Which meters are on a bus.
//
// primary: each address is asked for data, in as many rounds as there are tries, so that a meter
// that is hard of hearing is found in a later one. An answer names its address: one that comes
// late, behind the request to another, is counted where it belongs.
//
// secondary: meters are selected by the first digit of their number with wildcards behind it. Where
// several answer, the next digit is tried, 0 to 9; where all eight are the same, the medium, the
// version and the manufacturer byte by byte.
//
// Noise and an echo are no meter: only a whole answer is, or parts of answers at each try. What was
// silent just before noise, or before an answer that nobody gave, is asked again with all of the
// timeout: it may have been late.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "poll/address.hpp"
#include "poll/bus.hpp"

namespace meterpipe::poll {

struct FoundMeter {
  std::optional<std::uint8_t> primary;
  std::optional<SecondaryAddress> identity;  // where it says who it is
  bool is_several = false;  // more than one at this primary address, or that cannot be told apart
  bool is_late = false;     // its answer came behind --timeout
};

struct ScanProgress {
  std::string at;    // what is tried
  unsigned percent;  // of a primary scan; 0 of a secondary one, whose end nobody knows
  std::size_t found;
};

class Scan {
 public:
  // `answer_us`: how long each is waited for at first. `progress` may be called often.
  Scan(Bus& bus, std::int64_t answer_us, std::function<void(const ScanProgress&)> progress)
      : bus_(bus), answer_us_(answer_us), progress_(std::move(progress)) {}

  // The bus is open. False: the line was lost or is disturbed, or a signal came.
  bool primary();
  bool secondary();
  // By address.
  const std::vector<FoundMeter>& found() const { return found_; }
  std::uint64_t readings() const { return readings_; }  // meters that had to give data
  // It was given up: parts of answers came whatever was asked.
  bool is_disturbed() const { return is_disturbed_; }

 private:
  enum class Heard : std::uint8_t { nothing, one, several };
  struct Silent {
    SecondaryAddress mask;  // or
    std::uint8_t primary;
    std::int64_t at_us;
  };

  bool goes_on(const Answer& answer);
  Heard ask_primary(std::uint8_t address, std::int64_t answer_us, bool is_again);
  void again_primary();
  Heard probe(const SecondaryAddress& mask, std::int64_t answer_us, bool is_again);
  Heard ask_again(const SecondaryAddress& mask, bool is_again);
  void again_secondary();
  void give_up();
  void descend(const SecondaryAddress& mask, std::size_t depth);
  bool sweep_digits(const SecondaryAddress& mask, std::size_t index, std::uint8_t from,
                    std::uint8_t to);
  void sweep_bytes(const SecondaryAddress& mask, std::size_t at, std::size_t depth);
  void try_mask(const SecondaryAddress& mask, std::size_t depth);
  void keep_silent(const Silent& silent);
  std::vector<Silent> recently_silent();
  bool knows(std::uint8_t primary) const;
  void add(FoundMeter meter);
  void add_others(const Answer& answer, bool by_primary);
  void sort();

  Bus& bus_;
  std::int64_t answer_us_;
  std::function<void(const ScanProgress&)> progress_;
  std::vector<FoundMeter> found_;
  std::deque<Silent> silent_;  // of the time that a late answer may take
  std::uint64_t readings_ = 0;
  std::size_t fruitless_ = 0;
  bool is_over_ = false, is_disturbed_ = false;
};

}  // namespace meterpipe::poll
