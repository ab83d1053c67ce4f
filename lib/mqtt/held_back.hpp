// Values of topics that are put aside (aside.hpp), in the order in which they came: they go first,
// one after another, when their topic is tried again, and what is newer goes behind them. Of one
// topic one is on its way at a time, so that the topic never goes back.
//
// Bounded; what there is no room for, the oldest, is the caller's to count. With a store they
// outlive the process: a value is saved in the transaction in which its reading is removed. Pure
// but for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "mqtt/batch_store.hpp"
#include "mqtt/message.hpp"

namespace meterpipe::mqtt {

class HeldBack {
 public:
  static constexpr std::size_t kMostBytes = 4 << 20;

  struct Value {
    Message message;
    std::string id, auth;  // the reading's, or empty
  };
  using Lost = std::map<std::string, std::size_t, std::less<>>;  // by topic

  // store: nullptr for none.
  HeldBack(std::size_t most, BatchStore* store) : most_(most), store_(store) {}

  bool empty() const { return topics_.empty(); }
  bool has(std::string_view topic) const { return topics_.contains(topic); }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t in_flight() const { return in_flight_; }

  // Behind what is held of its topic. What had to go for it.
  Lost add(Value value);
  // The oldest of a topic of which nothing is on its way and which `may` go, or nullptr.
  using May = std::function<bool(const Message& message)>;
  const Value* next(const May& may) const;
  void sent(std::string_view topic);
  // What was on its way is done.
  void done(std::string_view topic);
  // Something newer has gone to the topic: how many can go no more.
  std::size_t drop(std::string_view topic);
  void connection_lost();
  // What there is, by topic.
  Lost all() const;

  // What an earlier run has saved; keys are held/NUMBER.
  void restore(std::string_view key, std::string_view text);

 private:
  using Number = std::uint64_t;  // in the order of arrival
  struct Topic {
    std::map<Number, Value> values;  // not empty
    bool is_on_its_way = false;
  };
  using Topics = std::map<std::string, Topic, std::less<>>;

  void put(Number number, Value value);
  void erase(Topics::iterator topic, std::map<Number, Value>::iterator value);

  Topics topics_;
  std::map<Number, Topics::iterator> in_order_;
  std::size_t most_, size_ = 0, bytes_ = 0, in_flight_ = 0;
  Number count_ = 0;
  BatchStore* store_;
};

}  // namespace meterpipe::mqtt
