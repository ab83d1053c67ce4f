#include "mqtt/queue.hpp"

#include <algorithm>

namespace meterpipe::mqtt {

std::size_t Queue::push(Message message) {
  bytes_ += message.cost();
  entries_.push_back({std::move(message)});
  std::size_t dropped = 0;
  // The newest stays, whatever its size.
  while (entries_.size() > 1 && (size() > most_messages_ || bytes_ > most_bytes_)) {
    const bool one_waits = entries_.size() > in_flight_ + 1;
    erase(one_waits ? in_flight_ : 0);
    pop_done();
    ++dropped;
  }
  return dropped;
}

const Message* Queue::waiting() const {
  return in_flight_ < entries_.size() ? &entries_[in_flight_].message : nullptr;
}

void Queue::sent(int id) { entries_[in_flight_++].id = id; }

void Queue::drop_waiting() { erase(in_flight_); }

bool Queue::acknowledge(int id) {
  for (std::size_t i = 0; i < in_flight_; ++i) {
    Entry& entry = entries_[i];
    if (entry.id != id || entry.done) continue;
    entry.done = true;
    ++done_;
    pop_done();
    return true;
  }
  return false;
}

void Queue::connection_lost() {
  for (std::size_t i = in_flight_; i-- > 0;) {
    if (entries_[i].done) erase(i);
  }
  in_flight_ = 0;
}

void Queue::erase(std::size_t index) {
  const Entry& entry = entries_[index];
  bytes_ -= entry.message.cost();
  if (entry.done) --done_;
  if (index < in_flight_) --in_flight_;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Queue::pop_done() {
  while (!entries_.empty() && entries_.front().done) erase(0);
}

}  // namespace meterpipe::mqtt
