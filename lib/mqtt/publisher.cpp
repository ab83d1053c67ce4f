#include "mqtt/publisher.hpp"

#include "base/buffer.hpp"
#include "io/log.hpp"
#include "json/writer.hpp"
#include "mqtt/payloads.hpp"

namespace meterpipe::mqtt {

Publisher::Publisher(PublishPlan plan, Outlet& outlet, std::function<record::Micros()> clock)
    : plan_(std::move(plan)), outlet_(outlet), clock_(std::move(clock)) {}

void Publisher::reading(record::Line& line, const record::ReadingRecord& reading) {
  TopicParts parts;
  parts.src = reading.head.src;
  parts.meter = reading.meter;
  look_for_shared_topics(reading.meter);
  const bool retain = plan_.retain && (plan_.allow_old || !is_old(reading));
  Batch batch{Batch::Kind::state,
              std::string(reading.meter),
              std::string(reading.id),
              std::string(reading.auth),
              {},
              {}};
  used_.clear();
  published_.clear();
  std::string json_topic;
  if (plan_.json_topic) {
    plan_.json_topic->append(json_topic, parts);
    used_.insert(json_topic);
    batch.messages.emplace_back(json_topic, line.text(), retain);
  }
  if (plan_.value_topic) {
    for (const record::ReadingValue& value : reading.values) {
      parts.obis = value.obis;
      parts.pos = value.pos;
      parts.name = value.name;
      topic_.clear();
      plan_.value_topic->append(topic_, parts);
      make_unique(topic_, parts);
      if (value.unchanged) continue;  // but its topic is taken
      payload_.clear();
      append_payload(payload_, line, value);
      batch.messages.emplace_back(topic_, payload_, retain);
    }
  }
  outlet_.put(std::move(batch));
  if (listener_ != nullptr) {
    listener_->published({reading.meter, reading, published_, json_topic});
  }
}

void Publisher::error(record::Line& line, std::string_view meter) {
  TopicParts parts;
  parts.src = line.head().src;
  parts.meter = meter;
  topic_.clear();
  plan_.error_topic.append(topic_, parts);
  Batch batch;
  batch.meter = meter;
  batch.messages.emplace_back(topic_, line.text(), false);
  outlet_.put(std::move(batch));
}

// The record as it is, with the reason behind its keys.
void Publisher::refused(record::Line& line, const record::ReadingRecord& reading,
                        std::string_view reason) {
  TopicParts parts;
  parts.src = reading.head.src;
  parts.meter = reading.meter;
  topic_.clear();
  plan_.quarantine_topic.append(topic_, parts);
  std::string_view text = line.text();
  while (!text.empty() && text.back() != '}') text.remove_suffix(1);
  if (!text.empty()) text.remove_suffix(1);
  Buffer quoted;
  json::add_escaped(quoted, reason);
  payload_.assign(text).append(R"(,"quarantine":")").append(quoted.view()).append("\"}");
  Batch batch;
  batch.meter = reading.meter;
  batch.id = reading.id;
  batch.auth = reading.auth;
  batch.messages.emplace_back(topic_, payload_, false);
  outlet_.put(std::move(batch));
}

// By the time of reception, else by the meter's own time if it has an offset.
bool Publisher::is_old(const record::ReadingRecord& record) {
  auto time = record::parse_timestamp(record.head.ts);
  if (!time) time = record::parse_timestamp(record.time);
  if (!time) {
    if (!said_ageless_) {
      io::log_warning(
          "readings without ts and without a time zone: taken for new, whatever "
          "their age");
    }
    said_ageless_ = true;
    return false;
  }
  if (clock_() - *time <= kOld) return false;
  if (!said_old_) {
    io::log_warning(
        "readings older than an hour are not retained by the broker "
        "(--allow-old does retain them)");
  }
  said_old_ = true;
  return true;
}

void Publisher::look_for_shared_topics(std::string_view meter) {
  if (said_shared_ || only_meter_ == meter) return;
  if (only_meter_.empty()) {
    only_meter_ = meter;
    return;
  }
  const auto mixes = [](const std::optional<TopicTemplate>& topic) {
    return topic && !topic->has(Placeholder::meter) && !topic->has(Placeholder::src);
  };
  if (mixes(plan_.value_topic) || mixes(plan_.json_topic)) {
    io::log_warning("{} and {} share their topics: set {{meter}} into the template", only_meter_,
                    meter);
    said_shared_ = true;
  }
}

void Publisher::make_unique(std::string& topic, const TopicParts& parts) {
  if (used_.insert(topic).second) return;
  // A template with {obis} has it already: then two values have the same code.
  if (!plan_.value_topic->has(Placeholder::obis)) {
    topic += '/';
    append_obis(topic, parts);
    if (used_.insert(topic).second) return;
  }
  const std::size_t size = topic.size();
  for (unsigned n = 2;; ++n) {
    topic.resize(size);
    topic += '/' + std::to_string(n);
    if (used_.insert(topic).second) return;
  }
}

}  // namespace meterpipe::mqtt
