#include "count/meter_stats.hpp"

#include <algorithm>

#include "cosem/units.hpp"
#include "flow/reading_time.hpp"
#include "os/log.hpp"
#include "shape/value_keys.hpp"

namespace meterpipe::count {
namespace {

std::optional<Decimal> watts_of(const record::ReadingValue& value) {
  auto number = parse_decimal(value.value);
  if (number && value.unit != std::string_view("W", 1))
    number->exponent += cosem::parse_unit(value.unit).prefix;
  return number;
}

// Import less export, or what the meter says of both.
std::optional<Decimal> power_of(const record::ReadingRecord& reading) {
  std::optional<Decimal> import, exported, balance;
  constexpr std::string_view kImport = "1.7.0", kExport = "2.7.0", kBalance = "16.7.0";
  for (const record::ReadingValue& value : reading.values) {
    // Most are none of the three, and this is done for each reading.
    const std::string_view code = shape::short_code(value.obis);
    const std::size_t size = code.size();
    if (size < kImport.size() || size > kBalance.size() || code[size - 3] != '7') continue;
    if (!shape::is_plain_attribute(value.attr)) continue;
    if (code == kImport) import = watts_of(value);
    if (code == kExport) exported = watts_of(value);
    if (code == kBalance) balance = watts_of(value);
  }
  if (balance || !import || !exported) return balance ? balance : import;
  return subtract(*import, *exported);
}

}  // namespace

template <class Change>
MeterStats::Counted& MeterStats::count(const state::Meter& meter, std::string_view src,
                                       const Change& change) {
  Counted& counted = meters_.of(meter);
  if (!src.empty() && counted.src != src) counted.src = src;
  change(counted.counts);
  change(all_);
  counted.changed = changed_ = true;
  return counted;
}

void MeterStats::believed(const record::ReadingRecord& reading, state::Meter& meter) {
  const auto time = flow::sure_time_of(reading);
  const auto first_byte = parse_timestamp(reading.head.ts);
  const Micros now = first_byte ? settings_.clock() : 0;
  if (settings_.wants_power) power_ = power_of(reading);
  count(meter, reading.head.src, [&](MeterCounts& counts) {
    ++counts.readings;
    if (time) counts.last_reading = std::max(*time, counts.last_reading.value_or(*time));
    if (first_byte) counts.ages.add(now - *first_byte);
  }).problem.clear();
  if (settings_.says_times && first_byte) {
    os::log_debug("meter {}: reading, {} ms since its first byte", reading.meter,
                  record::thousandths(now - *first_byte));
  }
}

void MeterStats::error(record::Line& line, state::Meter& meter) {
  const auto code = line.text_at("code");
  count(meter, line.head().src, [&](MeterCounts& counts) {
    counts.errors.add(code.value_or("other"));
  }).problem = code.value_or("other");
}

void MeterStats::refused(const record::ReadingRecord& reading, state::Meter& meter,
                         std::string_view) {
  count(meter, reading.head.src, [](MeterCounts& counts) { ++counts.refused; }).problem = "refused";
}

void MeterStats::duplicate(const record::ReadingRecord& reading, state::Meter& meter) {
  count(meter, reading.head.src, [](MeterCounts& counts) { ++counts.duplicates; });
}

void MeterStats::done(const mqtt::Batch& batch) {
  if (batch.first_byte == mqtt::Batch::kNoTime) return;
  const Micros age = settings_.clock() - batch.first_byte;
  const auto add = [age](MeterCounts& counts) { counts.publish_ages.add(age); };
  if (const state::Meter* meter = meters_.meters().find(batch.meter)) {
    count(*meter, {}, add);
  } else {
    add(all_);
  }
  if (settings_.says_times) {
    os::log_debug("meter {}: acknowledged, {} ms since its first byte", batch.meter,
                  record::thousandths(age));
  }
}

void MeterStats::for_each(
    const std::function<void(const std::string& meter, const MeterCounts& counts)>& take) const {
  meters_.for_each([&](const state::Meter& meter, const Counted& counted) {
    take(meter.name(), counted.counts);
  });
}

void MeterStats::add_members(json::Writer& json, const MeterCounts& counts) {
  json.member_number("readings", counts.readings);
  json.member_number("refused", counts.refused);
  json.member_number("duplicates", counts.duplicates);
  json.text_or_null("last_reading",
                    counts.last_reading ? format_timestamp(*counts.last_reading) : std::string());
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
  json.begin_object("queue");
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

void MeterStats::publish(mqtt::Outlet& outlet, const mqtt::Counts& session, Micros running) {
  if (!settings_.topic) return;
  const Micros now = settings_.clock();
  meters_.for_each([&](const state::Meter& meter, Counted& counted) {
    if (!counted.changed) return;
    Buffer payload;
    json::Writer json(payload);
    record::begin_stats(json, os::Log::tool(), now, running);
    json.member("meter", meter.name());
    json.text_or_null("problem", counted.problem);
    add_members(json, counted.counts);
    add_members(json, session, now);
    json.end_object();
    std::string topic = settings_.topic->text({.meter = meter.name(), .src = counted.src});
    outlet.put(mqtt::latest_of(meter.name(), {topic, payload.view(), settings_.retain}));
    counted.changed = false;
  });
  changed_ = false;
}

}  // namespace meterpipe::count
