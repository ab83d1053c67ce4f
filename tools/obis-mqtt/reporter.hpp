// Gives out what a run has counted: as a record on stderr, as metrics in a file.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "count/meter_stats.hpp"
#include "count/metrics.hpp"
#include "flow/intake.hpp"
#include "io/replaced_file.hpp"
#include "io/stats.hpp"
#include "mqtt/counts.hpp"
#include "obis-mqtt/arguments.hpp"
#include "os/clock.hpp"
#include "record/stats.hpp"

namespace meterpipe::tool {

class Reporter {
 public:
  using SessionCounts = std::function<mqtt::Counts()>;

  // Fatal where the metrics cannot be written.
  Reporter(const Arguments& given, std::string client, const count::MeterStats& meters,
           const flow::Intake& intake, SessionCounts session)
      : client_(std::move(client)),
        meters_(meters),
        intake_(intake),
        session_(std::move(session)),
        stats_(given.common.stats,
               record::stats_line([this](json::Writer& json) { write_line(json); })) {
    if (given.stats.metrics().empty()) return;
    file_.emplace(given.stats.metrics());
    file_->write(metrics());
    stats_.every(StatsOptions::metrics_ms(given.common), [this] { update_metrics(); });
  }
  ~Reporter() { update_metrics(); }

  Micros running() const { return os::wall_clock() - started_; }

 private:
  void update_metrics() {
    if (file_) file_->try_to_write(metrics());
  }
  std::string metrics() const {
    const mqtt::Counts session = session_();
    Buffer text;
    count::write_metrics(
        text, {client_, meters_, session, intake_.bad_lines(), os::wall_clock(), started_});
    return std::string(text.view());
  }
  void write_line(json::Writer& json) const {
    count::MeterStats::add_members(json, meters_.all());
    json.member_number("bad_lines", intake_.bad_lines());
    json.member_number("meters", meters_.known().size());
    json.member_number("forgotten_meters", meters_.known().forgotten());
    const auto power = meters_.power();
    json.member_raw("power", power ? to_string(*power) : "null");
    count::MeterStats::add_members(json, session_(), os::wall_clock());
  }

  const Micros started_ = os::wall_clock();
  std::string client_;
  const count::MeterStats& meters_;
  const flow::Intake& intake_;
  SessionCounts session_;
  std::optional<io::ReplacedFile> file_;
  io::Stats stats_;  // the last: it speaks of all the others
};

}  // namespace meterpipe::tool
