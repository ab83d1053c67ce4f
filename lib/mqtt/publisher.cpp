#include "mqtt/publisher.hpp"

#include "io/log.hpp"
#include "mqtt/payloads.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMostMeters = 1000;  // whose titles are remembered

std::string_view first_of(std::string_view a, std::string_view b, std::string_view c) {
  return !a.empty() ? a : !b.empty() ? b : c;
}

// The system title of an error record about a ciphered APDU, or nothing.
std::string_view title_of(record::Line& line) {
  const json::Field* security = line.find("security");
  std::vector<json::Field> members;
  if (security == nullptr || !json::split_object(security->raw, members)) return {};
  for (const json::Field& member : members) {
    if (member.key == "title") return line.text_of(member).value_or("");
  }
  return {};
}

}  // namespace

Publisher::Publisher(PublishPlan plan, Outlet& outlet, std::function<record::Micros()> clock)
    : plan_(std::move(plan)), outlet_(outlet), clock_(std::move(clock)) {}

void Publisher::reading(record::Line& line, const record::ReadingRecord& record) {
  TopicParts parts;
  parts.src = record.head.src;
  parts.meter = first_of(record.meter, record.head.src, "unknown");
  learn_meter(record, parts.meter);
  const bool retain = plan_.retain && (plan_.allow_old || !is_old(record));
  used_.clear();
  if (plan_.json_topic) {
    topic_.clear();
    plan_.json_topic->append(topic_, parts);
    used_.insert(topic_);
    outlet_.put(Message(topic_, line.text(), retain));
  }
  if (plan_.value_topic) {
    outlet_.gather(true);
    for (const record::ReadingValue& value : record.values) {
      parts.obis = value.obis;
      parts.pos = value.pos;
      parts.name = value.name;
      topic_.clear();
      plan_.value_topic->append(topic_, parts);
      make_unique(topic_, parts);
      payload_.clear();
      append_payload(payload_, line, value);
      outlet_.put(Message(topic_, payload_, retain));
    }
    outlet_.gather(false);
  }
}

void Publisher::error(record::Line& line) {
  const std::string_view title = title_of(line);
  const auto known = meter_of_title_.find(title);
  TopicParts parts;
  parts.src = line.head().src;
  parts.meter = known != meter_of_title_.end() ? std::string_view(known->second)
                                               : first_of(title, parts.src, "unknown");
  topic_.clear();
  plan_.error_topic.append(topic_, parts);
  outlet_.put(Message(topic_, line.text(), false));
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

void Publisher::learn_meter(const record::ReadingRecord& record, std::string_view meter) {
  const std::string_view title = record.title();
  if (!title.empty()) {
    if (const auto known = meter_of_title_.find(title); known != meter_of_title_.end()) {
      if (known->second != meter) known->second = meter;
    } else if (meter_of_title_.size() < kMostMeters) {
      meter_of_title_.emplace(title, meter);
    }
  }
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
