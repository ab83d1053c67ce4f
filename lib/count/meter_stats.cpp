#include "count/meter_stats.hpp"

#include "base/timestamp.hpp"
#include "flow/reading_time.hpp"
#include "os/log.hpp"

namespace meterpipe::count {
MeterStats::Meter& MeterStats::meter_of(std::string_view name, std::string_view src) {
  auto found = meters_.find(name);
  if (found == meters_.end()) {
    if (meters_.size() == kMostMeters) return others_ = {};
    found = meters_.emplace(name, Meter{}).first;
  }
  if (!src.empty() && found->second.src != src) found->second.src = src;
  return found->second;
}

template <class Change>
void MeterStats::count(std::string_view name, std::string_view src, const Change& change) {
  Meter& meter = meter_of(name, src);
  change(meter.counts);
  change(all_);
  meter.changed = changed_ = true;
}

void MeterStats::reading(record::Line& line, const record::ReadingRecord& reading) {
  const auto time = flow::sure_time_of(reading);
  const auto first_byte = parse_timestamp(reading.head.ts);
  const Micros now = first_byte ? settings_.clock() : 0;
  count(reading.meter, reading.head.src, [&](MeterCounts& counts) {
    ++counts.readings;
    if (time) counts.last_reading = std::max(*time, counts.last_reading.value_or(*time));
    if (first_byte) counts.ages.add(now - *first_byte);
  });
  if (settings_.says_times && first_byte) {
    os::log_debug("meter {}: reading, {} ms since its first byte", reading.meter,
                  record::thousandths(now - *first_byte));
  }
  next().reading(line, reading);
}

void MeterStats::error(record::Line& line, std::string_view meter) {
  const json::Field* field = line.find("code");
  const auto code = field == nullptr ? std::nullopt : line.text_of(*field);
  count(meter, line.head().src,
        [&](MeterCounts& counts) { counts.errors.add(code.value_or("other")); });
  next().error(line, meter);
}

void MeterStats::refused(record::Line& line, const record::ReadingRecord& reading,
                         std::string_view reason) {
  count(reading.meter, reading.head.src, [](MeterCounts& counts) { ++counts.refused; });
  next().refused(line, reading, reason);
}

void MeterStats::duplicate(record::Line& line, const record::ReadingRecord& reading,
                           std::string_view reason) {
  count(reading.meter, reading.head.src, [](MeterCounts& counts) { ++counts.duplicates; });
  next().duplicate(line, reading, reason);
}

void MeterStats::done(const mqtt::Batch& batch) {
  if (batch.first_byte == mqtt::Batch::kNoTime) return;
  const Micros age = settings_.clock() - batch.first_byte;
  count(batch.meter, {}, [age](MeterCounts& counts) { counts.publish_ages.add(age); });
  if (settings_.says_times) {
    os::log_debug("meter {}: acknowledged, {} ms since its first byte", batch.meter,
                  record::thousandths(age));
  }
}

void MeterStats::for_each(
    const std::function<void(const std::string& meter, const MeterCounts& counts)>& take) const {
  for (const auto& [name, meter] : meters_) take(name, meter.counts);
}

void MeterStats::add_members(json::Writer& json, const MeterCounts& counts) {
  json.member_number("readings", counts.readings);
  json.member_number("refused", counts.refused);
  json.member_number("duplicates", counts.duplicates);
  json.key("last_reading");
  if (counts.last_reading) {
    json.string(format_timestamp(*counts.last_reading));
  } else {
    json.null();
  }
  record::add_counts(json, "errors", counts.errors);
  record::add_ages(json, "age", counts.ages);
  record::add_ages(json, "publish_age", counts.publish_ages);
}

void MeterStats::add_members(json::Writer& json, const mqtt::Counts& session, Micros now) {
  json.member_number("published", session.published);
  json.member_number("delivered", session.delivered);
  json.member_number("dropped", session.dropped);
  json.member_number("superseded", session.superseded);
  json.member_number("unsendable", session.unsendable);
  json.member_number("refused_by_broker", session.refused);
  json.member_number("reconnects", session.connections - (session.connections == 0 ? 0 : 1));
  json.key("queue");
  json.begin_object();
  json.member_number("messages", session.queue_messages);
  json.member_number("bytes", session.queue_bytes);
  json.member_number("in_flight", session.in_flight);
  json.end_object();
  json.key("spool");
  if (!session.spool) return json.null();
  json.begin_object();
  json.member_number("readings", session.spool->readings);
  json.member_number("bytes", session.spool->bytes);
  json.member_number("dropped", session.spool->dropped);
  const auto& oldest = session.spool->oldest;
  json.member_raw("oldest_age", oldest ? record::thousandths(now - *oldest) : "null");
  json.end_object();
}

void MeterStats::publish(flow::Outlet& outlet, const mqtt::Counts& session, Micros running) {
  if (!settings_.topic) return;
  const Micros now = settings_.clock();
  for (auto& [name, meter] : meters_) {
    if (!meter.changed) continue;
    Buffer payload;
    json::Writer json(payload);
    record::begin_stats(json, os::Log::tool(), now, running);
    json.member("meter", name);
    add_members(json, meter.counts);
    add_members(json, session, now);
    json.end_object();
    shape::TopicParts parts;
    parts.meter = name;
    parts.src = meter.src;
    std::string topic;
    settings_.topic->append(topic, parts);
    flow::Batch batch;
    batch.meter = name;
    batch.is_passing = true;
    batch.messages.emplace_back(topic, payload.view(), settings_.retain);
    outlet.put(std::move(batch));
    meter.changed = false;
  }
  changed_ = false;
}

}  // namespace meterpipe::count
