#include "flow/raw_publisher.hpp"

#include <utility>

namespace meterpipe::flow {

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
  const auto own = is_reading || is_mbus ? line.text_at(is_reading ? "meter" : "id") : std::nullopt;
  publish(line, own && !own->empty() ? *own : meter, {}, {});
}

void RawPublisher::publish(record::Line& line, std::string_view meter, std::string_view id,
                           std::string_view auth) {
  shape::TopicParts parts{.meter = meter, .src = line.head().src, .type = name(line.type())};
  if (line.type() == record::Type::unknown) parts.type = line.text_at("t").value_or("");
  mqtt::Batch batch = mqtt::event_of(meter, {topic_.text(parts), line.text(), false}, id, auth);
  if (order_ == Order::of_meter) batch.kind = mqtt::Batch::Kind::state;
  outlet_.put(std::move(batch));
}

}  // namespace meterpipe::flow
