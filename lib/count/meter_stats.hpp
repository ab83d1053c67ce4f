// Counts what comes of each meter: the stage behind the check. What it counts goes out as a `stats`
// record on stderr, on a topic of each meter, and as metrics (metrics.hpp).
//
// Bounded: of more than kMostMeters meters the sums alone are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/buffer.hpp"
#include "base/histogram.hpp"
#include "base/timestamp.hpp"
#include "flow/outlet.hpp"
#include "flow/stage.hpp"
#include "mqtt/counts.hpp"
#include "record/stats.hpp"
#include "shape/topics.hpp"

namespace meterpipe::count {

struct MeterCounts {
  std::uint64_t readings = 0;  // believed
  std::uint64_t refused = 0, duplicates = 0;
  record::CodeCounts errors;
  std::optional<Micros> last_reading;  // its ts, else its time
  Histogram ages;                      // microseconds from the first byte to here
  Histogram publish_ages;              // from the first byte to the last acknowledgement
};

class MeterStats : public flow::PassingStage {
 public:
  static constexpr std::size_t kMostMeters = 1000;

  struct Settings {
    std::optional<shape::TopicTemplate> topic;  // none: no messages
    bool retain = true;
    bool says_times = false;  // a debug line for each reading, and when it is acknowledged
    std::function<Micros()> clock;
  };
  MeterStats(flow::Stage& next, Settings settings)
      : flow::PassingStage(next), settings_(std::move(settings)) {}

  void reading(record::Line& line, const record::ReadingRecord& reading) override;
  void error(record::Line& line, std::string_view meter) override;
  void refused(record::Line& line, const record::ReadingRecord& reading,
               std::string_view reason) override;
  void duplicate(record::Line& line, const record::ReadingRecord& reading,
                 std::string_view reason) override;

  // The last message of a batch has been acknowledged.
  void done(const mqtt::Batch& batch);

  // One message for each meter of which something has changed since the last call.
  void publish(flow::Outlet& outlet, const mqtt::Counts& session, Micros running);
  bool wants_to_publish() const { return settings_.topic && changed_; }

  const MeterCounts& all() const { return all_; }
  void for_each(
      const std::function<void(const std::string& meter, const MeterCounts& counts)>& take) const;

  // What a stats record has behind `seconds`; of the session: what it had to do with.
  static void add_members(json::Writer& json, const MeterCounts& counts);
  static void add_members(json::Writer& json, const mqtt::Counts& session, Micros now);

 private:
  struct Meter {
    MeterCounts counts;
    std::string src;
    bool changed = false;
  };
  Meter& meter_of(std::string_view name, std::string_view src);
  template <class Change>
  void count(std::string_view name, std::string_view src, const Change& change);

  Settings settings_;
  MeterCounts all_;
  std::map<std::string, Meter, std::less<>> meters_;
  Meter others_;  // those too many
  bool changed_ = false;
};

}  // namespace meterpipe::count
