// Which value is what: layouts, profiles, OBIS codes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "decode/reading_maker.hpp"
#include "doctor/finding.hpp"
#include "readings/profile.hpp"
#include "record/records.hpp"

namespace meterpipe::doctor {

class LayoutEvidence {
 public:
  // `profiles`: the same set that `maker` has; for what could be named.
  LayoutEvidence(decode::ReadingMaker& maker, readings::ProfileSet profiles)
      : maker_(maker), profiles_(std::move(profiles)) {}

  // The reading that `maker` has just made of the record.
  void add(const record::ApduRecord& record, const decode::DecodedMessage& reading);
  std::uint64_t readings() const { return readings_; }
  Finding judge() const;

 private:
  static constexpr std::size_t kMostNames = 64;

  void look_at_units(const record::ApduRecord& record, const decode::DecodedMessage& reading);
  void count(std::map<std::string, std::uint64_t>& in, std::string_view name);

  decode::ReadingMaker& maker_;
  readings::ProfileSet profiles_;
  std::uint64_t readings_ = 0, values_ = 0, named_ = 0, unitless_ = 0;
  std::uint64_t unknown_ = 0, nameless_ = 0, refused_ = 0, rivals_ = 0, misfits_ = 0;
  std::uint64_t structured_ = 0, unsure_ = 0;
  std::map<std::string, std::uint64_t> layouts_, applied_, meters_;
  std::string structured_code_, refused_profile_, rival_names_, suggestion_;
  bool looked_at_units_ = false;
  std::set<std::string> could_name_units_;
};

}  // namespace meterpipe::doctor
