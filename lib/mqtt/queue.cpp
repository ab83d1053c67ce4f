#include "mqtt/queue.hpp"

#include <algorithm>
#include <utility>

namespace meterpipe::mqtt {

Queue::Dropped Queue::push(Batch batch, Row row) {
  Dropped dropped;
  if (batch.messages.empty()) {
    if (row != 0) dropped.rows.push_back(row);
    return dropped;
  }
  const Number number = enqueue(std::move(batch), row)->first;
  while (entries_.size() > 1 && (messages_ > most_messages_ || bytes_ > most_bytes_)) {
    auto oldest = std::ranges::find_if(entries_, [](const auto& one) {
      return !one.second.started && !one.second.batch.is_latest;
    });
    if (oldest == entries_.end() || oldest->first == number) oldest = entries_.begin();
    dropped.messages += oldest->second.left;
    if (oldest->second.row != 0) dropped.rows.push_back(oldest->second.row);
    finish(oldest);
  }
  return dropped;
}

Queue::Entries::iterator Queue::enqueue(Batch batch, Row row) {
  const Number number = ++count_;
  Entry entry{std::move(batch), row, 0, 0, 0, {}, false};
  entry.left = entry.batch.messages.size();
  entry.cost = entry.batch.cost();
  messages_ += entry.left;
  bytes_ += entry.cost;
  const auto at = entries_.emplace(number, std::move(entry)).first;
  if (at->second.batch.kind == Batch::Kind::state) {
    Lane& lane = lanes_[at->second.batch.meter];
    lane.push_back(number);
    if (lane.size() == 1) ready_.insert(number);
  } else {
    ready_.insert(number);
  }
  return at;
}

void Queue::push_latest(Batch batch, Row row) {
  const std::string topic(batch.messages.front().topic());
  Latest& latest = latest_[topic];
  const auto queued = latest.queued == 0 ? entries_.end() : entries_.find(latest.queued);
  if (queued != entries_.end()) {
    const bool is_on_its_way = queued->second.next != 0;
    const bool is_same = queued->second.batch.messages.front() == batch.messages.front();
    if (latest.later && (is_same || !is_on_its_way)) {
      --beside_messages_, ++superseded_;
      beside_bytes_ -= latest.later->cost();
      latest.later.reset();
    }
    if (is_same || !is_on_its_way) {
      ++superseded_;
      if (!is_same) replace(queued, std::move(batch));
      return;
    }
  } else if (!latest.later && fits(batch)) {
    latest.queued = enqueue(std::move(batch), row)->first;
    return;
  } else if (!latest.later) {
    beside_.push_back(topic);
  }
  if (latest.later) {
    --beside_messages_, ++superseded_;
    beside_bytes_ -= latest.later->cost();
  }
  ++beside_messages_;
  beside_bytes_ += batch.cost();
  latest.later = std::move(batch);
  latest.row = row;
}

void Queue::replace(Entries::iterator at, Batch batch) {
  Entry& entry = at->second;
  bytes_ -= entry.cost;
  entry.batch = std::move(batch);
  entry.cost = entry.batch.cost();
  bytes_ += entry.cost;
}

// What waits for room, as far as there is some.
void Queue::let_in() {
  while (!beside_.empty()) {
    Latest& latest = latest_[beside_.front()];
    if (!fits(*latest.later)) return;
    --beside_messages_;
    beside_bytes_ -= latest.later->cost();
    latest.queued = enqueue(std::move(*latest.later), latest.row)->first;
    latest.later.reset();
    beside_.pop_front();
  }
}

// Whether all of it goes out, or its history in place of what is superseded, is settled when it
// starts.
void Queue::settle(Entry& entry) {
  entry.started = true;
  if (entry.batch.history && entry.batch.kind == Batch::Kind::state) {
    const std::size_t before = entry.left;
    leave_superseded(entry.batch);
    entry.left = entry.batch.messages.size();
    messages_ -= before - entry.left;
    superseded_ += before - entry.left;
  }
  entry.acknowledged.assign(entry.batch.messages.size(), 0);
}

// What no newer reading has stays: a value of a longer list, or one that has changed.
void Queue::leave_superseded(Batch& batch) const {
  std::vector<Message>& messages = batch.messages;
  const std::size_t before = messages.size();
  const Lane& lane = lanes_.at(batch.meter);
  for (auto number = lane.begin() + 1; number != lane.end() && !messages.empty(); ++number) {
    const Batch& newer = entries_.at(*number).batch;
    if (!newer.history) continue;
    std::erase_if(messages, [&](const Message& one) {
      const auto& others = newer.messages;
      return std::ranges::find(others, one.topic(), &Message::topic) != others.end();
    });
  }
  if (messages.size() != before) messages.insert(messages.begin(), std::move(*batch.history));
  batch.history.reset();
}

Queue::Next Queue::next() {
  if (!beside_.empty()) let_in();
  if (ready_.empty()) return {};
  Entry& entry = entries_.at(*ready_.begin());
  if (!entry.started) settle(entry);
  return {&entry.batch.messages[entry.next], &entry.batch};
}

// To the next message of it that was not acknowledged before a connection was lost.
void Queue::advance(Entries::iterator at) {
  Entry& entry = at->second;
  do {
    ++entry.next;
  } while (entry.next < entry.acknowledged.size() && entry.acknowledged[entry.next] != 0);
  if (entry.next == entry.batch.messages.size()) ready_.erase(at->first);
}

void Queue::sent(int id) {
  const auto at = entries_.find(*ready_.begin());
  in_flight_[id] = {at->first, at->second.next};
  advance(at);
}

void Queue::tick_off(Entry& entry, std::size_t index) {
  entry.acknowledged[index] = 1;
  --entry.left;
  --messages_;
}

Queue::Acknowledged Queue::skip() {
  const auto at = entries_.find(*ready_.begin());
  tick_off(at->second, at->second.next);
  advance(at);
  if (at->second.left != 0) return {true, false, 0, false};
  return {true, true, finish(at), false};
}

Queue::Acknowledged Queue::acknowledge(int id) {
  const auto sent = in_flight_.find(id);
  if (sent == in_flight_.end()) return {};
  const auto [number, index] = sent->second;
  in_flight_.erase(sent);
  const auto at = entries_.find(number);
  if (at == entries_.end()) return {true, false, 0, true};
  if (on_taken_) on_taken_(at->second.batch.messages[index]);
  tick_off(at->second, index);
  if (at->second.left != 0) return {true, false, 0, false};
  if (on_done_) on_done_(at->second.batch);
  return {true, true, finish(at), false};
}

// Out with it; the next one of its meter may start.
Queue::Row Queue::finish(Entries::iterator at) {
  const Entry& entry = at->second;
  const Row row = entry.row;
  messages_ -= entry.left;
  bytes_ -= entry.cost;
  ready_.erase(at->first);
  if (entry.batch.is_latest) {
    const auto known = latest_.find(std::string(entry.batch.messages.front().topic()));
    known->second.queued = 0;
    if (known->second.later) {
      beside_.push_back(known->first);
    } else {
      latest_.erase(known);
    }
  }
  if (entry.batch.kind == Batch::Kind::state) {
    const auto found = lanes_.find(entry.batch.meter);
    Lane& lane = found->second;
    lane.erase(std::ranges::find(lane, at->first));
    if (lane.empty()) {
      lanes_.erase(found);
    } else {
      const Entry& first = entries_.at(lane.front());
      if (!first.started || first.next < first.batch.messages.size()) ready_.insert(lane.front());
    }
  }
  entries_.erase(at);
  return row;
}

std::vector<std::string> Queue::topics_in_flight() const {
  std::vector<std::string> topics;
  for (const auto& [id, sent] : in_flight_) {
    const auto at = entries_.find(sent.number);
    if (at != entries_.end()) topics.emplace_back(at->second.batch.messages[sent.index].topic());
  }
  return topics;
}

void Queue::connection_lost() {
  in_flight_.clear();
  for (auto& [number, entry] : entries_) {
    if (!entry.started) continue;
    const auto first = std::ranges::find(entry.acknowledged, 0);
    entry.next = static_cast<std::size_t>(first - entry.acknowledged.begin());
    ready_.insert(number);
  }
}

bool Queue::drop_waiting(Row row) {
  const auto at = std::ranges::find_if(
      entries_, [&](const auto& one) { return one.second.row == row && !one.second.started; });
  if (at == entries_.end()) return false;
  finish(at);
  return true;
}

}  // namespace meterpipe::mqtt
