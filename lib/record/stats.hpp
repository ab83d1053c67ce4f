// The `stats` record: what a tool has counted since it was started, meter-records(5).
//
//   {"v":1,"t":"stats","tool":"mbus-frame","ts":"2026-11-22T17:00:00.123456Z","seconds":12.345,
//    …,"errors":{"bad-checksum":3},"age":{"n":7,"min":0.512,"median":1.203,"p99":4.1,"max":4.12}}
//
// Each tool has its own keys between `seconds` and `errors`, all of them always there, in one
// order. Times are in milliseconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/histogram.hpp"
#include "base/timestamp.hpp"
#include "json/writer.hpp"

namespace meterpipe::record {

// How often each error code has occurred. Codes that others made up are bounded: what is too many
// counts as "other".
class CodeCounts {
 public:
  static constexpr std::size_t kMost = 64;

  void add(std::string_view code, std::uint64_t n = 1);
  std::uint64_t of(std::string_view code) const;
  const std::map<std::string, std::uint64_t, std::less<>>& all() const { return counts_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

// The object stays open.
void begin_stats(json::Writer& json, std::string_view tool, Micros now, Micros running);
void end_stats(json::Writer& json);

// The line of a program as io::Stats writes it; `members` adds its own, of the same writer.
// `missed`: how many lines before this one found no room, where there were any.
template <class Members>
auto stats_line(Members members) {
  return [members](Buffer& line, std::string_view tool, Micros now, Micros running,
                   std::uint64_t missed) {
    json::Writer json(line);
    begin_stats(json, tool, now, running);
    if (missed != 0) json.member_number("missed", missed);
    members(json);
    end_stats(json);
  };
}

void add_counts(json::Writer& json, std::string_view key, const CodeCounts& counts);
// Of microseconds; without any, the quantiles are null.
void add_ages(json::Writer& json, std::string_view key, const Histogram& ages);

// Microseconds in thousandths, "-0.250"; with three digits behind the point.
std::string thousandths(std::int64_t value);

}  // namespace meterpipe::record
