// What the programs have counted, by their stats records, and what follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace meterpipe::runner {

class Counts {
 public:
  // Whether it is a stats record, which is taken then.
  bool take(const std::string& program, std::string_view line);
  std::uint64_t operator()(const std::string& program, const std::string& what) const;
  // What has been counted since.
  Counts since(const Counts& before) const;
  // Of the last reading, in W; empty: it has none.
  const std::string& power() const { return power_; }
  // Frames of any link.
  std::uint64_t frames() const;
  // Readings that were not refused.
  std::uint64_t readings() const;

 private:
  std::string power_;
  std::map<std::string, std::map<std::string, std::uint64_t>> of_;
};

// Why there is no reading, by the first program that had nothing to hand on.
struct Verdict {
  int status;
  bool may_come;  // with more time: nothing is known to be wrong with what came
  std::string_view cause;
  std::string text;  // and what to do
};
// `within` stands behind what did not come: " within 5 s".
Verdict why_no_reading(const Counts& counts, const config::Settings& settings,
                       std::string_view within);

}  // namespace meterpipe::runner
