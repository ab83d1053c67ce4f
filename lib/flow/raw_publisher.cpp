#include "flow/raw_publisher.hpp"

#include <utility>

namespace meterpipe::flow {
namespace {

// Its text, or nothing.
std::string_view text_of(record::Line& line, std::string_view key) {
  const json::Field* field = line.find(key);
  return field == nullptr ? std::string_view() : line.text_of(*field).value_or("");
}

}  // namespace

void RawPublisher::reading(record::Line& line, record::ReadingRecord& reading, state::Meter&) {
  publish(line, reading.meter, reading.id, reading.auth);
}

void RawPublisher::error(record::Line& line, state::Meter& meter) {
  publish(line, meter.name(), {}, {});
}

void RawPublisher::refused(record::Line& line, const record::ReadingRecord& reading, state::Meter&,
                           std::string_view) {
  publish(line, reading.meter, reading.id, reading.auth);
}

void RawPublisher::other(record::Line& line, std::string_view meter) {
  const bool is_reading = line.type() == record::Type::reading;  // one of a higher version
  const bool is_mbus = line.type() == record::Type::mbus;
  const std::string_view own = is_reading ? text_of(line, "meter")
                               : is_mbus  ? text_of(line, "id")
                                          : std::string_view();
  publish(line, own.empty() ? meter : own, {}, {});
}

void RawPublisher::publish(record::Line& line, std::string_view meter, std::string_view id,
                           std::string_view auth) {
  shape::TopicParts parts;
  parts.meter = meter;
  parts.src = line.head().src;
  parts.type = line.type() == record::Type::unknown ? text_of(line, "t") : name(line.type());
  text_.clear();
  topic_.append(text_, parts);
  mqtt::Batch batch;
  batch.meter = meter;
  batch.id = id;
  batch.auth = auth;
  batch.messages.emplace_back(text_, line.text(), false);
  outlet_.put(std::move(batch));
}

}  // namespace meterpipe::flow
