// Finds out what a line is set to: which settings to try next, from what the tries before have
// heard, and what follows in the end. Pure; detector.hpp does the trying.
//
// - The order is that of the field: 2400-8E1 first, the M-Bus of EN 13757-2 and most meters.
// - A verified frame without a mark ends the search. One with marks leads to the other parities of
//   the same baud rate; the one with the smallest share of marks wins.
// - Silence says nothing about the settings. Until something comes each baud rate is listened to
//   once; from then on every setting until a message has come there.
// - The shortest pulses seen tell how fast the sender can be (Trial::slowest, fastest): such rates
//   come first. Characters without a mark and no frame in them mean the rate is right and the
//   number of bits may be wrong: its other formats come first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "serial/trial.hpp"

namespace meterpipe::serial {

// All settings that are tried, by likelihood.
std::span<const LineSettings> likely_settings();

enum class Outcome : std::uint8_t {
  found,        // `trial` is it
  disturbed,    // the best there is, with marks
  nothing,      // no byte at any setting
  fell_silent,  // too little came to tell
  not_found,    // bytes, and frames at no setting
};

struct Conclusion {
  Outcome outcome = Outcome::not_found;
  std::optional<LineSettings> line = {};  // found, disturbed
  // found: the port checks no parity, so that 8E1 and 8N1 could not be told apart
  bool is_parity_guessed = false;
  bool is_pseudo = false;  // because it is a pseudo terminal
  // not found: settings at which nearly all characters came without an error
  std::optional<LineSettings> unmarked = {};
};

class Search {
 public:
  // `first`: to be tried before all others.
  explicit Search(std::optional<LineSettings> first = std::nullopt);

  // What to try next; nullopt: enough is known.
  std::optional<LineSettings> next() const;
  void add(const Trial& trial);
  // How long to wait for a message at the next setting, where `listen_us` is what to spend on a
  // line that may be dead: meters push every 1 to 10 s, some once in a minute.
  std::int64_t patience_us(std::int64_t listen_us) const;
  Conclusion conclusion() const;

 private:
  struct Candidate {
    LineSettings line;
    std::optional<Verdict> verdict;  // of the last try
    unsigned tries = 0;              // since something was heard
    bool is_likely = true;           // of likely_settings(), or asked for
  };

  Candidate* find(const LineSettings& line);
  std::optional<LineSettings> first_unheard_rate() const;
  std::optional<LineSettings> next_fast() const;
  std::optional<LineSettings> sibling_of_best() const;
  std::optional<LineSettings> best_of_round(unsigned round) const;
  bool was(Verdict verdict) const;
  bool is_tried_rate(const Candidate& candidate, unsigned round) const;
  bool is_possible_rate(std::uint32_t baud) const;
  const Trial* best() const;

  std::vector<Candidate> candidates_;
  std::vector<Trial> verified_;  // with frames
  std::optional<LineSettings> first_;
  bool has_heard_ = false;
  bool is_patient_ = false;  // something came, or seems to have come
  bool is_pseudo_ = false;
  unsigned silent_in_row_ = 0;  // since something was heard
  double slowest_ = 0, fastest_ = 0;
  std::optional<std::uint32_t> same_rate_;  // characters fit there
  std::optional<Trial> unmarked_;
  std::int64_t last_burst_us_ = 0;
  std::int64_t interval_us_ = 0;  // longest between two bursts, 0: not known
};

}  // namespace meterpipe::serial
