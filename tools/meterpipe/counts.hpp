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
  // What a program could not read.
  std::uint64_t errors(const std::string& program) const;
  // Readings that were not refused.
  std::uint64_t readings() const;
  // Whether every frame had a checksum and none a wrong one: what is wrong in them came so.
  bool is_intact() const;

 private:
  // Of all that have a name like this.
  std::uint64_t sum(const std::string& program, std::string_view group) const;

  std::string power_;
  std::map<std::string, std::map<std::string, std::uint64_t>> of_;
};

// Why there is no reading, by the first program that had nothing to hand on.
struct Verdict {
  int status;
  unsigned proof;  // so many messages prove it; 0: none do, with more time a reading may come
  std::string_view cause;
  std::string text;  // and what to do
  // Those it is made of: the programs are asked one after the other, and what one of them has not
  // taken yet proves nothing about it.
  std::uint64_t messages = 0;
};
// `within` stands behind what did not come: " within 5 s".
Verdict why_no_reading(const Counts& counts, const config::Settings& settings,
                       std::string_view within);

}  // namespace meterpipe::runner
