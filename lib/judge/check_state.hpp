// What is known of a meter's readings, and its text: so that it outlives the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/baseline.hpp"

namespace meterpipe::judge {

// Readings that fit each other, and not what is known.
struct Candidate {
  static constexpr std::size_t kMostFailed = Baseline::kMostCounters + 2;

  Baseline baseline;
  std::uint64_t count = 0;            // 1 at least
  std::vector<std::uint64_t> failed;  // keys of what did not fit
  bool operator==(const Candidate&) const = default;
};

struct CheckState {
  std::optional<Baseline> known;
  std::optional<Candidate> candidate;  // only of a meter that is known
  bool operator==(const CheckState&) const = default;
};

struct SavedCheck {
  CheckState state;
  std::uint64_t heard = 0;  // Meter::heard
  bool is_older = false;    // its text is of an older form
  bool operator==(const SavedCheck&) const = default;
};

// Times beyond are none that a date could be written of.
inline constexpr Micros kMostMicros = 400'000'000'000'000'000;
inline constexpr int kMostExponent = 1000;

std::string check_text(const CheckState& state, std::uint64_t heard);
// Nothing: it is of no form, or damaged.
std::optional<SavedCheck> read_check_text(std::string_view text);
// The older form only.
std::optional<SavedCheck> read_check_words(std::string_view text);

}  // namespace meterpipe::judge
