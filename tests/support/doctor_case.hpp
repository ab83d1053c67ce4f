// A case for meter-doctor: what meter-sim makes of a meter and its faults, and what the doctor says
// of it. By the programs, or, since there are thousands of cases, in this process by what they are
// made of: a case by the programs is held against the same one in this process.
#pragma once

#include <cstdint>
#include <string>

#include "sim/player.hpp"
#include "support/programs.hpp"

namespace meterpipe::test {

struct DoctorCase {
  std::string meter;
  std::string fault;  // none: empty
  std::uint64_t seed = 1, messages = 1;
  sim::Form form = sim::Form::hex;
  bool has_keys = true;  // the doctor is given them
};

// What came of it.
struct DoctorSeen {
  std::string refused;  // why meter-sim would not make it, a line; the rest is empty then
  std::string truth;    // lines of --truth
  std::string log;
  int status = -1;     // of meter-doctor --json
  std::string report;  // what it printed

  bool operator==(const DoctorSeen&) const = default;
};

DoctorSeen seen_by_programs(const std::string& tools, const DoctorCase& one, const Folder& scratch);
DoctorSeen seen_in_process(const DoctorCase& one, const Folder& scratch);

}  // namespace meterpipe::test
