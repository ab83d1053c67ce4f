#include "spool/batch_codec.hpp"

#include <algorithm>

#include "spool/sealed.hpp"

namespace meterpipe::spool {
namespace {

constexpr std::uint8_t kVersion = 2, kWithoutTime = 1;
constexpr std::size_t kLongestTopic = 65'535;
constexpr std::size_t kLargest = std::size_t{64} << 20;

void write(SealedWriter& out, const mqtt::Message& message, std::string_view& before) {
  const std::string_view topic = message.topic();
  const auto differ = std::mismatch(topic.begin(), topic.end(), before.begin(), before.end());
  const auto shared = static_cast<std::size_t>(differ.first - topic.begin());
  out.number(message.retain() ? 1 : 0);
  out.number(shared);
  out.text(topic.substr(shared));
  out.text(message.payload());
  before = topic;
}

// A few bytes may stand for a long topic: `room` is what the whole batch may still become.
std::optional<mqtt::Message> read(SealedReader& in, std::string& topic, std::size_t& room) {
  const std::uint64_t retain = in.number();
  const std::uint64_t shared = in.number();
  const std::string_view rest = in.text();
  const std::string_view payload = in.text();
  if (in.failed() || retain > 1 || shared > topic.size() || shared + rest.size() > kLongestTopic) {
    return std::nullopt;
  }
  topic.resize(shared);
  topic += rest;
  mqtt::Message message(topic, payload, retain == 1);
  if (message.cost() > room) return std::nullopt;
  room -= message.cost();
  return message;
}

}  // namespace

std::string encode(const mqtt::Batch& batch) {
  SealedWriter out(kVersion);
  out.number(static_cast<std::uint64_t>(batch.kind));
  out.text(batch.meter);
  out.text(batch.id);
  out.text(batch.auth);
  out.number(batch.messages.size());
  std::string_view before;
  for (const mqtt::Message& message : batch.messages) write(out, message, before);
  out.number(batch.history ? 1 : 0);
  if (batch.history) write(out, *batch.history, before);
  const bool has_time = batch.first_byte != mqtt::Batch::kNoTime;
  out.number(has_time ? 1 : 0);
  if (has_time) out.number(static_cast<std::uint64_t>(batch.first_byte));
  return out.take();
}

std::optional<mqtt::Batch> decode_batch(std::string_view bytes) {
  auto in = SealedReader::open(bytes);
  if (!in || (in->version() != kVersion && in->version() != kWithoutTime)) return std::nullopt;
  mqtt::Batch batch;
  const std::uint64_t kind = in->number();
  if (kind > static_cast<std::uint64_t>(mqtt::Batch::Kind::event)) return std::nullopt;
  batch.kind = static_cast<mqtt::Batch::Kind>(kind);
  batch.meter = in->text();
  batch.id = in->text();
  batch.auth = in->text();
  const std::uint64_t count = in->number();
  if (in->failed() || count > in->left()) return std::nullopt;
  std::size_t room = kLargest;
  std::string topic;
  batch.messages.reserve(std::min<std::uint64_t>(count, 256));
  for (std::uint64_t i = 0; i < count; ++i) {
    auto message = read(*in, topic, room);
    if (!message) return std::nullopt;
    batch.messages.push_back(std::move(*message));
  }
  const std::uint64_t has_history = in->number();
  if (has_history > 1) return std::nullopt;
  if (has_history == 1) {
    batch.history = read(*in, topic, room);
    if (!batch.history) return std::nullopt;
  }
  if (in->version() == kVersion) {
    const std::uint64_t has_time = in->number();
    if (has_time > 1) return std::nullopt;
    if (has_time == 1) batch.first_byte = static_cast<std::int64_t>(in->number());
  }
  if (in->failed() || in->left() != 0) return std::nullopt;
  return batch;
}

}  // namespace meterpipe::spool
