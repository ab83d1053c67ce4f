#include "serial/detect.hpp"

#include <algorithm>
#include <array>

#include "base/table.hpp"

namespace meterpipe::serial {
namespace {

constexpr LineSettings k8e1(std::uint32_t baud) { return {baud, 8, Parity::even, 1}; }
constexpr LineSettings k8n1(std::uint32_t baud) { return {baud, 8, Parity::none, 1}; }
constexpr LineSettings k7e1(std::uint32_t baud) { return {baud, 7, Parity::even, 1}; }

constexpr std::array kLikely{
    k8e1(2400),    // M-Bus sockets: Austria, Switzerland, Norway, Sweden
    k8n1(2400),    // Kamstrup
    k8n1(9600),    // infrared of Wiener Netze; RS-485 in Czechia
    k8n1(115200),  // P1: DSMR 4 and later, Luxembourg, Slovenia, Kärnten, Steiermark
    k8e1(9600),    // infrared of Netz OÖ
    k7e1(300),     // IEC 62056-21 without a change of the rate
    k7e1(9600),    // P1: DSMR 2 and 3; IEC 62056-21 mode D
    k7e1(115200),  //
    k8n1(19200),   // the rates of M-Bus and of adapters between
    k8n1(38400),  k8n1(57600), k8e1(1200),  k8n1(4800),  k8e1(4800),   k8e1(300),  k8n1(1200),
    k8n1(300),    k8e1(19200), k8e1(38400), k8e1(57600), k8e1(115200), k7e1(2400), k7e1(4800),
    k7e1(19200),  k7e1(1200),  k7e1(38400), k7e1(57600), k8e1(600),    k8n1(600),  k7e1(600),
};

// What a frame with marks may be at the same rate.
constexpr std::array kFormats{k8e1(0), k8n1(0), k7e1(0), LineSettings{0, 8, Parity::odd, 1},
                              LineSettings{0, 7, Parity::odd, 1}};

constexpr unsigned kRounds = 2;
constexpr unsigned kSilentTries = 3;  // a line that was heard once and then no more
constexpr std::uint32_t kFast = 9600;
// 12 s become 72: longer than the minute between two messages in Czechia.
constexpr std::int64_t kPatience = 6;
constexpr std::int64_t kMargin = 2'000'000;

bool is_worth_another(Verdict verdict) {
  return verdict == Verdict::no_frame || verdict == Verdict::silent;
}

bool has_few_marks(const Trial& trial) {
  return trial.checks_parity && trial.bytes >= 32 && trial.marked * 50 <= trial.bytes;
}

// EN 13757-2 asks for even parity; Kamstrup sends none.
LineSettings by_the_book(const Trial& trial) {
  if (trial.is_kamstrup) return k8n1(trial.line.baud);
  return trial.kind == link::FrameKind::mbus_long ? k8e1(trial.line.baud) : trial.line;
}

}  // namespace

std::span<const LineSettings> likely_settings() { return kLikely; }

Search::Search(std::optional<LineSettings> first) : first_(first) {
  if (first) candidates_.push_back({*first, {}});
  for (const LineSettings& line : kLikely) {
    if (line != first) candidates_.push_back({line, {}});
  }
  const std::size_t likely = candidates_.size();
  for (std::size_t i = 0; i < likely; ++i) {
    for (LineSettings sibling : kFormats) {
      sibling.baud = candidates_[i].line.baud;
      if (find(sibling) == nullptr) candidates_.push_back({sibling, {}, 0, false});
    }
  }
}

Search::Candidate* Search::find(const LineSettings& line) {
  return find_row(candidates_, line, &Candidate::line);
}

std::optional<LineSettings> Search::next() const {
  if (const Trial* found = best(); found != nullptr) {
    return found->verdict == Verdict::clean ? std::nullopt : sibling_of_best();
  }
  if (!has_heard_) {
    const auto line = first_unheard_rate();
    return line || !was(Verdict::few) ? line : next_fast();
  }
  if (silent_in_row_ >= kSilentTries) return std::nullopt;
  for (unsigned round = 0; round < kRounds; ++round) {
    if (const auto line = best_of_round(round)) return line;
  }
  return std::nullopt;
}

// Two settings of one rate hear the same silence.
std::optional<LineSettings> Search::first_unheard_rate() const {
  for (const Candidate& one : candidates_) {
    const bool heard = std::ranges::any_of(candidates_, [&](const Candidate& other) {
      return other.line.baud == one.line.baud && other.verdict &&
             (*other.verdict != Verdict::refused || other.line == one.line);
    });
    if (!heard && one.is_likely) return one.line;
  }
  return std::nullopt;
}

// A short message of a fast sender is a few bytes to a slow reader.
std::optional<LineSettings> Search::next_fast() const {
  if (silent_in_row_ >= kSilentTries) return std::nullopt;
  for (const Candidate& one : candidates_) {
    const bool is_open = one.is_likely && one.tries == 0 && one.verdict != Verdict::refused;
    if (is_open && one.line.baud >= kFast) return one.line;
  }
  return std::nullopt;
}

std::optional<LineSettings> Search::sibling_of_best() const {
  for (LineSettings line : kFormats) {
    line.baud = best()->line.baud;
    for (const Candidate& one : candidates_) {
      const bool is_open = !one.verdict || (one.tries == 0 && *one.verdict == Verdict::silent);
      if (one.line == line && is_open) return line;
    }
  }
  return std::nullopt;
}

std::optional<LineSettings> Search::best_of_round(unsigned round) const {
  const Candidate* chosen = nullptr;
  int chosen_rank = 0;
  for (const Candidate& one : candidates_) {
    if (!one.is_likely || one.tries != round || one.verdict == Verdict::refused) continue;
    if (is_pseudo_ && is_tried_rate(one, round)) continue;
    if (round != 0 && !is_worth_another(*one.verdict)) continue;
    const int rank = same_rate_ == one.line.baud ? 0 : is_possible_rate(one.line.baud) ? 1 : 2;
    if (chosen == nullptr || rank < chosen_rank) {
      chosen = &one;
      chosen_rank = rank;
    }
  }
  if (chosen == nullptr) return std::nullopt;
  return chosen->line;
}

// A candidate before this one stands for all of its rate.
bool Search::is_tried_rate(const Candidate& candidate, unsigned round) const {
  return std::ranges::any_of(candidates_, [&](const Candidate& one) {
    return one.line.baud == candidate.line.baud && one.tries > round;
  });
}

// Disturbances can make the two limits contradict each other: then neither holds.
bool Search::is_possible_rate(std::uint32_t baud) const {
  if (fastest_ != 0 && fastest_ < slowest_) return true;
  return baud >= slowest_ && (fastest_ == 0 || baud <= fastest_);
}

void Search::add(const Trial& trial) {
  Candidate* const known = find(trial.line);
  if (known != nullptr) known->verdict = trial.verdict;
  if (trial.verdict == Verdict::refused) return;
  is_pseudo_ = trial.is_pseudo;
  const bool was_patient = is_patient_;
  const bool is_silent = trial.verdict == Verdict::silent;
  has_heard_ |= trial.has_burst || trial.frames != 0;  // the rest may be disturbances
  if (has_heard_ || was_patient) {
    if (known != nullptr) ++known->tries;
    silent_in_row_ = is_silent || !has_heard_ ? silent_in_row_ + 1 : 0;
  }
  is_patient_ = has_heard_ || (was(Verdict::few) && !first_unheard_rate());
  for (const std::int64_t burst : trial.bursts_us) {
    if (last_burst_us_ != 0) interval_us_ = std::max(interval_us_, burst - last_burst_us_);
    last_burst_us_ = burst;
  }
  if (trial.frames != 0) verified_.push_back(trial);
  slowest_ = std::max(slowest_, trial.slowest);
  if (trial.fastest != 0) {
    fastest_ = fastest_ == 0 ? trial.fastest : std::min(fastest_, trial.fastest);
  }
  if (trial.verdict == Verdict::no_frame && has_few_marks(trial)) {
    same_rate_ = trial.line.baud;
    if (!unmarked_ || trial.marked * unmarked_->bytes < unmarked_->marked * trial.bytes) {
      unmarked_ = trial;
    }
  }
}

bool Search::was(Verdict verdict) const {
  return std::ranges::any_of(candidates_,
                             [verdict](const Candidate& one) { return one.verdict == verdict; });
}

std::int64_t Search::patience_us(std::int64_t listen_us) const {
  if (!is_patient_) return listen_us;
  if (interval_us_ == 0) return kPatience * listen_us;
  return std::clamp(2 * interval_us_ + kMargin, listen_us, kPatience * listen_us);
}

// Of those with frames the one with the smallest share of marks, the first of equals.
const Trial* Search::best() const {
  const Trial* best = nullptr;
  for (const Trial& one : verified_) {
    if (one.verdict == Verdict::clean) return &one;
    if (best == nullptr ||
        one.frame_marked * best->frame_bytes < best->frame_marked * one.frame_bytes) {
      best = &one;
    }
  }
  return best;
}

Conclusion Search::conclusion() const {
  if (const Trial* trial = best(); trial != nullptr) {
    const bool is_clean = trial->verdict == Verdict::clean;
    Conclusion end{is_clean ? Outcome::found : Outcome::disturbed, trial->line};
    end.is_parity_guessed = !trial->checks_parity;
    end.is_pseudo = trial->is_pseudo;
    if (end.is_parity_guessed && trial->line != first_) end.line = by_the_book(*trial);
    return end;
  }
  if (!has_heard_ && !was(Verdict::few)) return {Outcome::nothing, {}};
  const bool too_little = !was(Verdict::garbage) && !was(Verdict::no_frame);
  Conclusion end{too_little ? Outcome::fell_silent : Outcome::not_found, {}};
  if (unmarked_) end.unmarked = unmarked_->line;
  return end;
}

}  // namespace meterpipe::serial
