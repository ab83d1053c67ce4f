// The order of a meter's messages: by the invocation counter, which never falls under one key, and
// for meters that do not cipher by the messages' time. Where there is no time either, by the
// long-invoke-id, if it is seen to count. Messages without all of them are not judged: short lists
// repeat by right.
//
// The same message directly behind itself was sent again. Memory is bounded: the hashes of the
// last 4096 messages of each of 64 meters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "doctor/clock_evidence.hpp"
#include "doctor/finding.hpp"

namespace meterpipe::doctor {

class SequenceEvidence {
 public:
  // `meter`: whoever counts by itself, so source, title and security context. `apdu`: as it came.
  void counted(std::string_view meter, Bytes apdu, std::uint32_t counter);
  // `meter`: source, meter and kind of list.
  void timed(std::string_view meter, Bytes apdu, const MeterTime& time);
  void invoked(std::string_view meter, Bytes apdu, std::uint32_t invoke);

  // Adds what was found to the clock's finding; a fault of the order comes first.
  void judge(Finding& finding) const;

 private:
  static constexpr std::size_t kMostMeters = 64;
  static constexpr std::size_t kKept = 4096;

  struct Meter {
    bool by_counter = false;
    bool by_invoke = false;   // then by_counter, too
    std::uint64_t steps = 0;  // upwards
    std::uint64_t messages = 0, repeated = 0, replayed = 0, backwards = 0, same_counter = 0;
    std::int64_t first = 0, last = 0, most = 0;
    bool last_zoned = false;
    // Behind the last step backwards:
    std::int64_t restart = 0, before_restart = 0;
    std::uint64_t since_restart = 0;
    bool passed = false;  // what was the highest then
    std::uint64_t last_hash = 0;
    std::vector<std::uint64_t> hashes;
    std::size_t next = 0;

    enum class Seen : std::uint8_t { fresh, again, before };
    Seen see(std::uint64_t hash);
    void fall(std::int64_t to);
    bool is_restart() const;
    // Whether what it counts by counts: an invoke-id may stand for ever, or be drawn by lot.
    bool counts() const { return !by_invoke || (steps >= 2 && steps > 2 * backwards); }
  };
  void count(Meter& meter, Bytes apdu, std::int64_t now);
  Meter* meter_of(std::string_view name, bool by_counter);

  std::map<std::string, Meter, std::less<>> meters_;
};

}  // namespace meterpipe::doctor
