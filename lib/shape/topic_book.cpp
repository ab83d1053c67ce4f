#include "shape/topic_book.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "os/log.hpp"
#include "shape/value_keys.hpp"
#include "state/state_text.hpp"

namespace meterpipe::shape {
namespace {

constexpr std::size_t kMostSaid = 100;
constexpr char kBeforeSource = '\x1f';
constexpr std::string_view kTopicPrefix = "topics/";
constexpr std::string_view kTopicsVersion = "2";  // 1: the signature came first

// How often the code of this key has stood in the reading before, where it has.
unsigned times_of(const std::string& key) {
  const std::size_t at = key.rfind(kOnceMore);
  unsigned times = 1;
  if (at != std::string::npos) {
    std::from_chars(key.data() + at + kOnceMore.size(), key.data() + key.size(), times);
  }
  return times;
}

}  // namespace

TopicBook::TopicBook(state::Meters& meters, TopicTemplate topic,
                     std::vector<TopicTemplate> reserved)
    : topic_(std::move(topic)),
      reserved_(std::move(reserved)),
      by_source_(topic_.has(Placeholder::src)),
      shelves_(meters, [this](const state::Meter& meter, const Shelves& shelves) {
        std::vector<std::string> keys;
        for (const auto& [source, shelf] : shelves) keys.push_back(key_of(meter, source));
        return keys;
      }) {}

const std::vector<const TopicBook::Entry*>& TopicBook::assign(const state::Meter& meter,
                                                              const TopicParts& parts,
                                                              std::span<const Value> values,
                                                              const NameOf& name_of) {
  ++readings_;
  spilled_.clear();
  unknown_.clear();
  Shelf& shelf = shelf_of(meter, parts);
  keys_.resize(values.size());
  result_.assign(values.size(), nullptr);
  bool missing = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    result_[i] = look_up(shelf, values[i], keys_[i]);
    missing |= result_[i] == nullptr;
  }
  for (const bool plain : {true, false}) {
    for (std::size_t i = 0; missing && i < values.size(); ++i) {
      if (result_[i] != nullptr || is_plain_attribute(values[i].attr) != plain) continue;
      result_[i] = claim(shelf, parts, values[i], keys_[i], name_of(i));
    }
  }
  if (shelf.changed) shelves_.change(meter);
  // A topic of one reading only is free again for the next.
  for (const Entry& entry : spilled_) shelf.owners.erase(entry.topic);
  return result_;
}

TopicBook::Shelf& TopicBook::shelf_of(const state::Meter& meter, const TopicParts& parts) {
  Shelves& shelves = shelves_.of(meter);
  const std::string_view source = by_source_ ? parts.src : std::string_view();
  const auto found = shelves.find(source);
  if (found != shelves.end()) return found->second;
  if (shelves.empty()) say_escaped(parts);
  const bool keep = shelves.size() < kMostSources;
  if (!keep && !std::exchange(said_full_, true)) {
    os::log_warning("{} has more than {} sources: topics of further ones may move", parts.meter,
                    kMostSources);
  }
  if (!keep) passing_ = {};
  Shelf& shelf = keep ? shelves[std::string(source)] : passing_;
  reserve(shelf, parts);
  return shelf;
}

// Whoever looks for the meter by its name looks for another topic.
void TopicBook::say_escaped(const TopicParts& parts) const {
  if (!topic_.has(Placeholder::meter)) return;
  std::string name;
  append_own_name(name, parts.meter);
  if (name == parts.meter || parts.meter.empty()) return;
  os::log_info(
      "meter {}: its topics have {} in place of its name, of which not all can stand there",
      parts.meter, name);
}

std::string TopicBook::key_of(const state::Meter& meter, std::string_view source) const {
  std::string key = std::string(kTopicPrefix) + meter.name();
  if (by_source_) key.append(1, kBeforeSource).append(source);
  return key;
}

void TopicBook::reserve(Shelf& shelf, const TopicParts& parts) const {
  for (const TopicTemplate& one : reserved_) shelf.owners.emplace(one.text(parts), "");
}

// Makes the key; none: it has no topic yet.
const TopicBook::Entry* TopicBook::look_up(Shelf& shelf, const Value& value, std::string& key) {
  key.clear();
  append_value_key(key, value.obis, value.pos, value.attr);
  auto found = shelf.slots.find(key);
  unsigned times = 0;
  if (found == shelf.slots.end()) {
    times = ++unknown_[key];
  } else {
    Slot& slot = found->second;
    slot.times = slot.reading == readings_ ? slot.times + 1 : 1;
    slot.reading = readings_;
    times = slot.times;
  }
  if (times > 1) {
    key.append(kOnceMore).append(std::to_string(times));
    found = shelf.slots.find(key);
  }
  return found == shelf.slots.end() ? nullptr : &found->second.entry;
}

const TopicBook::Entry* TopicBook::claim(Shelf& shelf, TopicParts parts, const Value& value,
                                         const std::string& key, const Name& name) {
  parts.obis = value.obis;
  parts.pos = value.pos;
  parts.name = name.text;
  const bool keep = shelf.slots.size() < kMostTopics;
  if (!keep && !std::exchange(said_full_, true)) {
    os::log_warning("{} has more than {} topics: those of further values may move", parts.meter,
                    kMostTopics);
  }
  Entry entry{key, topic_.text(parts)};
  std::string first;  // whose topic it is
  const auto take = [&] {
    const auto [it, free] = shelf.owners.emplace(entry.topic, key);
    if (!free && first.empty()) first = it->second.empty() ? entry.topic : it->second;
    return free;
  };
  const std::string wanted = entry.topic;
  bool done = false;
  // Attribute 1 is the object's logical name: push lists send it alone, for the object.
  const bool attribute_tells = !is_plain_attribute(value.attr) && value.attr != "1";
  const bool code_tells = topic_.has(Placeholder::obis);
  if (code_tells ? !attribute_tells : !name.of_total) done = take();
  // A template with {obis} has the code already.
  if (!done && !topic_.has(Placeholder::obis)) {
    entry.topic += '/';
    append_obis(entry.topic, parts);
    done = take();
  }
  if (!done && !is_plain_attribute(value.attr)) {
    entry.topic += '/';
    append_level(entry.topic, value.attr);
    done = take();
  }
  const std::size_t size = entry.topic.size();
  for (unsigned n = std::max(2u, times_of(key) - 1); !done; ++n) {
    entry.topic.resize(size);
    entry.topic += '/' + std::to_string(n);
    done = take();
  }
  if (!first.empty()) say_shared(parts.meter, wanted, first, entry);
  if (!keep) return &spilled_.emplace_back(std::move(entry));
  if (!code_tells && &shelf != &passing_) shelf.changed = true;
  return &shelf.slots.emplace(key, Slot{std::move(entry)}).first->second.entry;
}

// state = version signature { key topic }
void TopicBook::save_changes(std::string_view signature, const state::Persistent::Save& save) {
  shelves_.save_changes(save, [&](const state::Meter& meter, Shelves& shelves) {
    for (auto& [source, shelf] : shelves) {
      if (!std::exchange(shelf.changed, false)) continue;
      state::StateWriter text;
      text.add(kTopicsVersion, signature);
      for (const auto& [key, slot] : shelf.slots) text.add(key, slot.entry.topic);
      save(key_of(meter, source), text.take());
    }
  });
}

void TopicBook::restore(std::string_view key, std::string_view saved, std::string_view signature) {
  if (!key.starts_with(kTopicPrefix) || topic_.has(Placeholder::obis)) return;
  const std::string_view name = key.substr(kTopicPrefix.size());
  state::StateReader text(saved);
  const bool is_older = !state::has_version(saved, kTopicsVersion);
  if (!is_older) text.text();
  if (text.text() != signature) return;
  const std::size_t before = by_source_ ? name.find(kBeforeSource) : std::string::npos;
  TopicParts parts;
  parts.meter = name.substr(0, before);
  if (before != std::string::npos) parts.src = name.substr(before + 1);
  Shelf shelf;
  reserve(shelf, parts);
  while (!text.failed() && !text.done()) {
    const std::string of(text.text()), topic(text.text());
    if (text.failed() || topic.empty() || shelf.slots.size() >= kMostTopics) return;
    if (!shelf.owners.emplace(topic, of).second) return;
    shelf.slots.emplace(of, Slot{Entry{of, topic}});
  }
  if (!text.done()) return;
  const state::Meter& meter = shelves_.meters().restored(parts.meter);
  Shelves& shelves = shelves_.of(meter);
  if (shelves.size() >= kMostSources) return;
  shelf.changed = is_older;
  if (!shelves.emplace(parts.src, std::move(shelf)).second) return;
  shelves_.mark_saved(meter);
  if (is_older) shelves_.change(meter);
}

// Attributes of one object, and what stands twice in a reading, are the same code.
void TopicBook::say_shared(std::string_view meter, const std::string& topic,
                           const std::string& owner, const Entry& entry) {
  const std::string code =
      entry.key.substr(0, entry.key.find('/', entry.key.starts_with("pos/") ? 4 : 0));
  if (owner.starts_with(code) && (owner.size() == code.size() || owner[code.size()] == '/')) return;
  if (said_.size() >= kMostSaid || !said_.insert(owner + ' ' + entry.key).second) return;
  os::log_warning("{} and {} of {} would share the topic {}: {} goes to {}", owner, entry.key,
                  meter, topic, entry.key, entry.topic);
}

}  // namespace meterpipe::shape
