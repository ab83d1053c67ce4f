#include "mqtt/held_back.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/whole_number.hpp"
#include "state/state_text.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::string_view kHeldPrefix = "held/";
constexpr std::string_view kHeldVersion = "1";

std::string held_key(std::uint64_t number) { return fmt::format("{}{}", kHeldPrefix, number); }

}  // namespace

void HeldBack::put(Number number, Value value) {
  const auto topic = topics_.try_emplace(std::string(value.message.topic())).first;
  ++size_;
  bytes_ += value.message.cost();
  in_order_.emplace(number, topic);
  topic->second.values.emplace(number, std::move(value));
}

void HeldBack::erase(Topics::iterator topic, std::map<Number, Value>::iterator value) {
  --size_;
  bytes_ -= value->second.message.cost();
  in_order_.erase(value->first);
  if (store_ != nullptr) store_->save(held_key(value->first), {});
  topic->second.values.erase(value);
  if (topic->second.values.empty()) topics_.erase(topic);
}

HeldBack::Lost HeldBack::add(Value value) {
  const Number number = ++count_;
  if (store_ != nullptr) {
    state::StateWriter to;
    to.add(kHeldVersion, value.message.topic(), value.message.payload(), value.message.retain(),
           std::string_view(value.id), std::string_view(value.auth));
    store_->save(held_key(number), to.take());
  }
  put(number, std::move(value));
  Lost lost;
  for (auto oldest = in_order_.begin();
       oldest != in_order_.end() && size_ > 1 && (size_ > most_ || bytes_ > kMostBytes);) {
    const auto [one, topic] = *oldest++;
    const auto first = topic->second.values.find(one);
    // What is on its way has probably arrived.
    if (topic->second.is_on_its_way && first == topic->second.values.begin()) continue;
    ++lost[topic->first];
    erase(topic, first);
  }
  return lost;
}

const HeldBack::Value* HeldBack::next(const May& may) const {
  for (const auto& [name, topic] : topics_) {
    const Value& first = topic.values.begin()->second;
    if (!topic.is_on_its_way && may(first.message)) return &first;
  }
  return nullptr;
}

void HeldBack::sent(std::string_view topic) {
  const auto known = topics_.find(topic);
  if (known == topics_.end() || std::exchange(known->second.is_on_its_way, true)) return;
  ++in_flight_;
}

void HeldBack::done(std::string_view topic) {
  const auto known = topics_.find(topic);
  if (known == topics_.end() || !std::exchange(known->second.is_on_its_way, false)) return;
  --in_flight_;
  erase(known, known->second.values.begin());
}

std::size_t HeldBack::drop(std::string_view topic) {
  const auto known = topics_.find(topic);
  if (known == topics_.end() || known->second.is_on_its_way) return 0;
  const std::size_t count = known->second.values.size();
  // The last one takes the topic along.
  for (std::size_t n = 0; n < count; ++n) erase(known, known->second.values.begin());
  return count;
}

void HeldBack::connection_lost() {
  for (auto& [name, topic] : topics_) topic.is_on_its_way = false;
  in_flight_ = 0;
}

HeldBack::Lost HeldBack::all() const {
  Lost all;
  for (const auto& [name, topic] : topics_) all[name] = topic.values.size();
  return all;
}

void HeldBack::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kHeldPrefix)) return;
  const auto number = whole_number<Number>(key.substr(kHeldPrefix.size()));
  if (!number || !state::has_version(text, kHeldVersion)) return;
  state::StateReader from(text);
  from.text();  // the version
  const std::string_view topic = from.text(), payload = from.text(), retain = from.text();
  Value value{Message(topic, payload, retain == "1"), std::string(from.text()),
              std::string(from.text())};
  if (!from.done() || topic.empty()) return;
  count_ = std::max(count_, *number);
  put(*number, std::move(value));
}

}  // namespace meterpipe::mqtt
