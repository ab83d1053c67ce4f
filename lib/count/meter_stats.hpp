// Counts what comes of each meter, as far as it is believed and as far as it is not. What it counts
// goes out as a `stats` record on stderr, on a topic of each meter, and as metrics (metrics.hpp).
// Of meters that were forgotten the sums alone are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/buffer.hpp"
#include "base/decimal.hpp"
#include "base/histogram.hpp"
#include "base/timestamp.hpp"
#include "flow/observer.hpp"
#include "mqtt/counts.hpp"
#include "mqtt/message.hpp"
#include "record/stats.hpp"
#include "shape/topics.hpp"
#include "state/per_meter.hpp"

namespace meterpipe::count {

struct MeterCounts {
  std::uint64_t readings = 0;  // believed
  std::uint64_t refused = 0, duplicates = 0;
  record::CodeCounts errors;
  std::optional<Micros> last_reading;  // its ts, else its time
  Histogram ages;                      // microseconds from the first byte to here
  Histogram publish_ages;              // from the first byte to the last acknowledgement
};

class MeterStats : public flow::Observer {
 public:
  struct Settings {
    std::optional<shape::TopicTemplate> topic;  // none: no messages
    bool retain = true;
    bool says_times = false;  // a debug line for each reading, and when it is acknowledged
    std::function<Micros()> clock;
    bool wants_power = false;  // the power of each reading is kept for power()
  };
  MeterStats(state::Meters& meters, Settings settings)
      : settings_(std::move(settings)), meters_(meters) {}

  void believed(const record::ReadingRecord& reading, state::Meter& meter) override;
  void refused(const record::ReadingRecord& reading, state::Meter& meter,
               std::string_view reason) override;
  void duplicate(const record::ReadingRecord& reading, state::Meter& meter) override;
  void error(record::Line& line, state::Meter& meter) override;

  // The last message of a batch has been acknowledged.
  void done(const mqtt::Batch& batch);

  // One message for each meter of which something has changed since the last call.
  void publish(mqtt::Outlet& outlet, const mqtt::Counts& session, Micros running);
  bool wants_to_publish() const { return settings_.topic && changed_; }

  const MeterCounts& all() const { return all_; }
  // Of the last reading that was believed, in W: import less export. Nothing where it had none.
  std::optional<Decimal> power() const { return power_; }
  const state::Meters& known() const { return meters_.meters(); }
  void for_each(
      const std::function<void(const std::string& meter, const MeterCounts& counts)>& take) const;

  // What a stats record has behind `seconds`; of the session: what it had to do with.
  static void add_members(json::Writer& json, const MeterCounts& counts);
  static void add_members(json::Writer& json, const mqtt::Counts& session, Micros now);

 private:
  struct Counted {
    MeterCounts counts;
    std::string src;
    std::string problem;  // of the newest record: its code, or that it was refused
    bool changed = false;
  };
  template <class Change>
  Counted& count(const state::Meter& meter, std::string_view src, const Change& change);

  Settings settings_;
  MeterCounts all_;
  std::optional<Decimal> power_;
  state::PerMeter<Counted> meters_;
  bool changed_ = false;
};

}  // namespace meterpipe::count
