#include "count/metrics.hpp"

#include <string>

#include <fmt/format.h>

namespace meterpipe::count {
namespace {

// A label's value: backslash, quote and line feed are escaped.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

// Microseconds as seconds, with all their digits.
std::string seconds(Micros time) {
  const auto magnitude = time < 0 ? 0 - static_cast<std::uint64_t>(time) : std::uint64_t(time);
  return fmt::format("{}{}.{:06}", time < 0 ? "-" : "", magnitude / kSecond, magnitude % kSecond);
}

class Text {
 public:
  Text(Buffer& out, std::string_view client)
      : out_(out), client_(fmt::format("client=\"{}\"", escaped(client))) {}

  // The series that follow belong to it.
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("meterpipe_{}", name);
    out_.add(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type));
  }
  void series(std::string_view value, std::string_view labels = {}, std::string_view suffix = {}) {
    out_.add(fmt::format("{}{}{{{}{}{}}} {}\n", name_, suffix, client_, labels.empty() ? "" : ",",
                         labels, value));
  }
  void one(std::string_view name, std::string_view type, std::uint64_t value,
           std::string_view help) {
    family(name, type, help);
    series(std::to_string(value));
  }

 private:
  Buffer& out_;
  std::string client_, name_;
};

std::string of_meter(const std::string& name) { return fmt::format("meter=\"{}\"", escaped(name)); }

void write_meters(Text& text, const MeterStats& meters) {
  const auto counter = [&](std::string_view name, std::string_view help,
                           std::uint64_t MeterCounts::*member) {
    text.family(name, "counter", help);
    meters.for_each([&](const std::string& meter, const MeterCounts& counts) {
      text.series(std::to_string(counts.*member), of_meter(meter));
    });
  };
  counter("readings_total", "Readings that were believed.", &MeterCounts::readings);
  counter("refused_total", "Readings that cannot be true.", &MeterCounts::refused);
  counter("duplicates_total", "Readings that another source had brought already.",
          &MeterCounts::duplicates);
  text.family("errors_total", "counter", "Error records, by code.");
  meters.for_each([&](const std::string& meter, const MeterCounts& counts) {
    for (const auto& [code, n] : counts.errors.all()) {
      text.series(std::to_string(n), fmt::format("{},code=\"{}\"", of_meter(meter), escaped(code)));
    }
  });
  text.family("last_reading_timestamp_seconds", "gauge", "When the last reading began to come.");
  meters.for_each([&](const std::string& meter, const MeterCounts& counts) {
    if (counts.last_reading) text.series(seconds(*counts.last_reading), of_meter(meter));
  });
  text.family("publish_age_seconds", "summary",
              "From the first byte of a message to the broker's acknowledgement.");
  meters.for_each([&](const std::string& meter, const MeterCounts& counts) {
    const Histogram& ages = counts.publish_ages;
    const std::string label = of_meter(meter);
    for (const auto& [quantile, percent] : {std::pair{"0.5", 50u}, std::pair{"0.99", 99u}}) {
      const std::string labels = fmt::format("{},quantile=\"{}\"", label, quantile);
      text.series(ages.count() == 0 ? "NaN" : seconds(ages.quantile(percent)), labels);
    }
    text.series(fmt::format("{:.6f}", ages.sum() / 1e6), label, "_sum");
    text.series(std::to_string(ages.count()), label, "_count");
  });
}

void write_session(Text& text, const mqtt::Counts& session, Micros now) {
  text.one("published_total", "counter", session.published, "Messages handed over to be sent.");
  text.one("delivered_total", "counter", session.delivered,
           "Messages that the broker acknowledged.");
  text.one("dropped_total", "counter", session.dropped,
           "Messages that the full queue had no room for.");
  text.one("superseded_total", "counter", session.superseded,
           "Messages in place of which a history message or newer ones went.");
  text.one("unsendable_total", "counter", session.unsendable,
           "Messages that can never be sent to this broker.");
  text.one("refused_by_broker_total", "counter", session.refused,
           "Messages that the broker refused.");
  text.one("reconnects_total", "counter", session.connections == 0 ? 0 : session.connections - 1,
           "Connections to the broker behind the first one.");
  text.one("connected", "gauge", session.online ? 1 : 0, "Whether there is a connection.");
  text.one("queue_messages", "gauge", session.queue_messages,
           "Messages in memory without an acknowledgement.");
  text.one("queue_bytes", "gauge", session.queue_bytes, "Memory of these, about.");
  text.one("in_flight_messages", "gauge", session.in_flight, "Of these, those that were sent.");
  if (!session.spool) return;
  text.one("spool_readings", "gauge", session.spool->readings, "Readings in the spool.");
  text.one("spool_bytes", "gauge", session.spool->bytes, "Size of the spool.");
  text.one("spool_dropped_total", "counter", session.spool->dropped,
           "Readings that the spool's bounds cost.");
  text.family("spool_oldest_age_seconds", "gauge", "How long the oldest reading is in the spool.");
  text.series(session.spool->oldest ? seconds(now - *session.spool->oldest) : "0");
}

}  // namespace

void write_metrics(Buffer& out, const MetricsOf& what) {
  Text text(out, what.client);
  text.family("start_time_seconds", "gauge", "When the program was started.");
  text.series(seconds(what.started));
  write_meters(text, what.meters);
  text.one("meters", "gauge", what.meters.known().size(), "Meters that are known.");
  text.one("forgotten_meters_total", "counter", what.meters.known().forgotten(),
           "Meters that were forgotten because there were too many.");
  text.one("bad_lines_total", "counter", what.bad_lines,
           "Lines of the input that are neither reading nor error.");
  write_session(text, what.session, what.now);
}

}  // namespace meterpipe::count
