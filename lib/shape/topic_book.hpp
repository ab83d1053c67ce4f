// Which value has which topic: one for each, and the same for as long as the program runs.
//
// The first that claims a topic keeps it, also over readings in which only the other one occurs,
// and, where topics are made of names, over restarts (save_changes). A tariff that has the name of
// its total never claims the plain topic.
//
// The other gets a further level: its code, where the template has it already its attribute, then
// numbers. A value is told apart in its reading by its code or its place, its attribute where that
// is not 2 (the value of an object, IEC 62056-6-2), and how often that has stood there before:
//
//   1-0:1.8.0    pos/34    0-8:25.9.0/1    1-0:1.8.0/#2
//
// Of several attributes of one object the value claims first.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "shape/topics.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::shape {

class TopicBook {
 public:
  static constexpr std::size_t kMostTopics = 500, kMostSources = 100;  // of a meter

  struct Value {
    std::string_view obis, pos, attr;
  };
  struct Entry {
    std::string key;
    std::string topic;
  };
  struct Name {
    std::string text;
    bool of_total = false;  // and not its own alone: the topic always has the code behind it
  };
  // Gives the name of the value with this index; asked only when a topic is made.
  using NameOf = std::function<Name(std::size_t)>;

  // reserved: of the same meter, never a value's.
  TopicBook(state::Meters& meters, TopicTemplate topic, std::vector<TopicTemplate> reserved);

  // Entries in the order of the values, good until the next call. parts: the reading's meter, src.
  const std::vector<const Entry*>& assign(const state::Meter& meter, const TopicParts& parts,
                                          std::span<const Value> values, const NameOf& name_of);

  const TopicTemplate& topic() const { return topic_; }

  // signature: of all that makes topics; what another one has saved is left alone. Keys are
  // topics/METER, nothing is saved where the code is in the topic.
  void save_changes(std::string_view signature, const state::Persistent::Save& save);
  void restore(std::string_view key, std::string_view text, std::string_view signature);

 private:
  struct Slot {
    Entry entry;
    std::uint64_t reading = 0;  // the last one that had it
    unsigned times = 0;         // in that one
  };
  struct Shelf {
    std::unordered_map<std::string, Slot, TextHash, std::equal_to<>> slots;  // by key
    std::unordered_map<std::string, std::string> owners;                     // topic: key
    bool changed = false;                                                    // to be saved
  };
  // Of a meter: one, where the template has {src} one for each source, by its name.
  using Shelves = std::map<std::string, Shelf, std::less<>>;
  Shelf& shelf_of(const state::Meter& meter, const TopicParts& parts);
  std::string key_of(const state::Meter& meter, std::string_view source) const;
  void say_escaped(const TopicParts& parts) const;
  void reserve(Shelf& shelf, const TopicParts& parts) const;
  const Entry* look_up(Shelf& shelf, const Value& value, std::string& key);
  const Entry* claim(Shelf& shelf, TopicParts parts, const Value& value, const std::string& key,
                     const Name& name);
  void say_shared(std::string_view meter, const std::string& topic, const std::string& owner,
                  const Entry& entry);

  TopicTemplate topic_;
  std::vector<TopicTemplate> reserved_;
  bool by_source_;
  state::SavedPerMeter<Shelves> shelves_;
  Shelf passing_;              // of a source too many: for one reading
  std::deque<Entry> spilled_;  // of a meter's topics too many: for one reading
  std::vector<std::string> keys_;
  std::unordered_map<std::string, unsigned> unknown_;  // keys of this reading: how often
  std::uint64_t readings_ = 0;
  std::vector<const Entry*> result_;
  std::unordered_set<std::string> said_;
  bool said_full_ = false;
};

}  // namespace meterpipe::shape
