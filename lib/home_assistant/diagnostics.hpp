// How a meter's messages fare, as one JSON object:
//
//   {"last":"2026-11-22T17:00:00.000000Z","messages":17,"errors":2,"refused":1,
//    "last_error":"tag-failed","auth":"verified","counter":1234,"interval":5,"problem":false,
//    "reason":null}
//
// Counts are those of this run. last: when the newest message came, UTC; counter: the invocation
// counter; interval: seconds between two messages, learned or given; problem: the newest record was
// an error, or a reading that was refused, and reason: why. null: not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/timestamp.hpp"
#include "record/line.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::home {

class Diagnostics {
 public:
  void reading(const record::ReadingRecord& reading, std::optional<Micros> time);
  void error(record::Line& line);
  void refused(std::string_view reason);

  std::string text(std::optional<Micros> interval) const;

 private:
  std::uint64_t messages_ = 0, errors_ = 0, refused_ = 0;
  std::optional<Micros> last_;
  std::string last_error_, reason_, auth_;
  std::optional<std::uint64_t> counter_;
  bool problem_ = false;
};

}  // namespace meterpipe::home
