#include "flow/publisher.hpp"

#include <algorithm>
#include <utility>

#include "flow/reading_time.hpp"
#include "json/writer.hpp"
#include "os/log.hpp"

namespace meterpipe::flow {

namespace {

shape::TopicTemplate field_template(const PublishPlan& plan) {
  return plan.field ? *plan.field
                    : *shape::TopicTemplate::parse("{obis}", {shape::Placeholder::obis});
}

// What stands beside a meter's values.
std::vector<shape::TopicTemplate> reserved_topics(const PublishPlan& plan) {
  std::vector<shape::TopicTemplate> others{plan.error_topic, plan.quarantine_topic};
  if (plan.json_topic) others.push_back(*plan.json_topic);
  if (plan.history_topic) others.push_back(*plan.history_topic);
  if (plan.stats_topic) others.push_back(*plan.stats_topic);
  return others;
}

shape::TopicParts parts_of(const record::ReadingRecord& reading) {
  return {.meter = reading.meter, .src = reading.head.src};
}

}  // namespace

Publisher::Publisher(state::Meters& meters, PublishPlan plan, mqtt::Outlet& outlet,
                     std::function<Micros()> clock)
    : plan_(std::move(plan)),
      outlet_(outlet),
      clock_(std::move(clock)),
      shaper_(plan_.shape),
      fields_(meters, field_template(plan_), {}) {
  if (plan_.value_topic) topics_.emplace(meters, *plan_.value_topic, reserved_topics(plan_));
}

void Publisher::reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) {
  const shape::TopicParts parts = parts_of(reading);
  look_for_shared_topics(reading.meter);
  const bool retain = plan_.retain && (plan_.allow_old || !is_old(reading));
  mqtt::Batch batch{mqtt::Batch::Kind::state,
                    std::string(reading.meter),
                    std::string(reading.id),
                    std::string(reading.auth),
                    {},
                    {},
                    parse_timestamp(reading.head.ts).value_or(mqtt::Batch::kNoTime)};
  values_ = &shaper_.shape(line, reading);
  identities_.clear();
  for (const shape::ShapedValue& value : *values_) {
    identities_.push_back({value.obis, value.pos, value.attr});
  }
  std::string json_topic;
  const std::string_view whole = plan_.json_topic || plan_.history_topic
                                     ? whole_reading(line, reading, meter)
                                     : std::string_view();
  if (plan_.json_topic && !whole.empty()) json_topic = plan_.json_topic->text(parts);
  if (plan_.value_topic) add_values(batch, reading, meter, parts, retain);
  if (!json_topic.empty()) {
    const auto place = plan_.json_last ? batch.messages.end() : batch.messages.begin();
    batch.messages.emplace(place, json_topic, whole, retain);
  }
  if (plan_.history_topic && !whole.empty()) {
    batch.history.emplace(plan_.history_topic->text(parts), whole, false);
  }
  // A line without fields: there is nothing to send.
  if (!batch.messages.empty() || batch.history) outlet_.put(std::move(batch));
  if (listener_ != nullptr) tell_listener(reading, meter, json_topic);
}

std::string_view Publisher::whole_reading(record::Line& line, const record::ReadingRecord& reading,
                                          const state::Meter& meter) {
  if (plan_.json_format == shape::JsonFormat::record) return line.text();
  whole_.clear();
  if (plan_.json_format == shape::JsonFormat::predecessor) {
    append_predecessor_json(whole_, *values_, reading.invoke);
  } else {
    std::vector<std::string_view> keys;
    for (const auto* entry : assign(fields_, meter, {.meter = reading.meter})) {
      keys.push_back(entry->topic);
    }
    append_influx_line(whole_, reading, *values_, keys, time_of(reading));
  }
  return whole_.view();
}

void Publisher::add_values(mqtt::Batch& batch, const record::ReadingRecord& reading,
                           const state::Meter& meter, const shape::TopicParts& parts, bool retain) {
  const shape::ShapeRules& rules = plan_.shape;
  shape::PayloadContext context{reading, reading.time, is_number(rules.time)};
  if (plan_.value_format == shape::ValueFormat::json)
    context.time = shaper_.shape_time(reading.time);
  const auto& entries = assign(*topics_, meter, parts);
  batch.messages.reserve(entries.size() + 1);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if ((*values_)[i].unchanged) continue;  // but its topic is taken
    payload_.clear();
    append_payload(payload_, (*values_)[i], plan_.value_format, context);
    batch.messages.emplace_back(entries[i]->topic, payload_.view(), retain);
  }
}

const std::vector<const shape::TopicBook::Entry*>& Publisher::assign(
    shape::TopicBook& book, const state::Meter& meter, const shape::TopicParts& parts) {
  return book.assign(meter, parts, identities_, [&](std::size_t i) -> shape::TopicBook::Name {
    const shape::ShapedValue& value = (*values_)[i];
    if (!book.topic().has(shape::Placeholder::name)) return {};
    if (value.derived) return {std::string(value.obis)};
    const shape::TopicNames& names = shaper_.names();
    return {names.for_topic(value.obis, value.name),
            names.named_as_another(value.obis, value.name)};
  });
}

void Publisher::tell_listener(const record::ReadingRecord& reading, state::Meter& meter,
                              std::string_view json_topic) {
  shape::TopicBook& book = topics_ ? *topics_ : fields_;
  const auto& entries = assign(book, meter, parts_of(reading));
  const bool own = topics_.has_value();
  published_.resize(entries.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const shape::ShapedValue& value = (*values_)[i];
    if (value.derived && !own) continue;  // it stands in no record
    PublishedValue& to = published_[count++];
    const bool number = value.kind == shape::ShapedValue::Kind::number;
    to.topic = own ? std::string_view(entries[i]->topic) : std::string_view();
    to.key = entries[i]->key;
    to.name = value.name;
    to.unit = own ? value.unit : value.recorded_unit;
    to.obis = value.derived ? std::string_view() : value.obis;
    to.kind = number                                         ? PublishedValue::Kind::number
              : value.kind == shape::ShapedValue::Kind::time ? PublishedValue::Kind::time
                                                             : PublishedValue::Kind::text;
    to.decimals = own ? value.places : value.recorded_places;
    to.has_unit =
        own && plan_.value_format == shape::ValueFormat::unit && number && !value.unit.empty();
    to.is_null = value.kind == shape::ShapedValue::Kind::json && value.text == "null";
    to.is_json = own && plan_.value_format == shape::ValueFormat::json;
  }
  published_.resize(count);
  listener_->published(
      {meter, reading, published_, json_topic, plan_.json_format == shape::JsonFormat::record});
}

void Publisher::error(record::Line& line, state::Meter& meter) {
  const shape::TopicParts parts{.meter = meter.name(), .src = line.head().src};
  outlet_.put(mqtt::event_of(meter.name(), {plan_.error_topic.text(parts), line.text(), false}));
}

// The record as it is, with the reason behind its keys.
void Publisher::refused(record::Line& line, const record::ReadingRecord& reading, state::Meter&,
                        std::string_view reason) {
  std::string_view text = line.text();
  while (!text.empty() && text.back() != '}') text.remove_suffix(1);
  if (!text.empty()) text.remove_suffix(1);
  Buffer quoted;
  json::add_escaped(quoted, reason);
  payload_.clear();
  payload_.add(text);
  payload_.add(R"(,"quarantine":")");
  payload_.add(quoted.view(), "\"}");
  mqtt::Message message(plan_.quarantine_topic.text(parts_of(reading)), payload_.view(), false);
  outlet_.put(mqtt::event_of(reading.meter, std::move(message), reading.id, reading.auth));
}

// By the time of reception, else by the meter's own time if it has an offset. One that a slot held
// back is no older than what came next.
bool Publisher::is_old(const record::ReadingRecord& record) {
  const auto time = sure_time_of(record);
  if (!time) {
    if (!std::exchange(said_ageless_, true)) {
      os::log_warning(
          "readings without ts and without a time zone: taken for new, whatever their age");
    }
    return false;
  }
  if (clock_() - std::max(*time, record.held_until.value_or(*time)) <= kOld) return false;
  if (!std::exchange(said_old_, true)) {
    os::log_warning(
        "readings older than an hour are not retained by the broker (--allow-old does retain "
        "them)");
  }
  return true;
}

void Publisher::look_for_shared_topics(std::string_view meter) {
  if (said_shared_ || only_meter_ == meter) return;
  if (only_meter_.empty()) {
    only_meter_ = meter;
    return;
  }
  const auto mixes = [](const std::optional<shape::TopicTemplate>& topic) {
    return topic && !topic->has(shape::Placeholder::meter) && !topic->has(shape::Placeholder::src);
  };
  if (mixes(plan_.value_topic) || mixes(plan_.json_topic)) {
    os::log_warning("{} and {} share their topics: set {{meter}} into the template", only_meter_,
                    meter);
    said_shared_ = true;
  }
}

}  // namespace meterpipe::flow
