// The counters in Prometheus's text format (exposition format 0.0.4), for node_exporter's textfile
// collector. Each series has the label `client`, so that several programs on one computer do not
// collide; those of a meter have `meter`, too.
#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "count/meter_stats.hpp"

namespace meterpipe::count {

struct MetricsOf {
  std::string_view client;
  const MeterStats& meters;
  const mqtt::Counts& session;
  std::uint64_t bad_lines = 0;
  Micros now = 0, started = 0;
};

void write_metrics(Buffer& out, const MetricsOf& what);

}  // namespace meterpipe::count
