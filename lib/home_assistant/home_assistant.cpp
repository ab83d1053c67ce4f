#include "home_assistant/home_assistant.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/table.hpp"
#include "flow/publisher.hpp"
#include "flow/reading_time.hpp"
#include "os/log.hpp"

namespace meterpipe::home {
namespace {

constexpr std::string_view kPrefix = "discovery/";
constexpr std::size_t kTitleDigits = 16;

bool is_title(std::string_view name) {
  return name.size() == kTitleDigits &&
         name.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// "1-0:1.8.0" and "1_0_1_8_0" would share an id.
std::string free_id(const std::vector<Component>& components, const Component& wanted) {
  const auto taken = [&](const std::string& id) {
    return std::ranges::any_of(components, [&](const Component& one) {
      return one.id == id && one.source != wanted.source;
    });
  };
  std::string id = wanted.id;
  for (unsigned n = 2; taken(id); ++n) id = fmt::format("{}_{}", wanted.id, n);
  return id;
}

}  // namespace

HomeAssistant::HomeAssistant(state::Meters& meters, HomeAssistantPlan plan, mqtt::Outlet& outlet,
                             std::function<Micros()> wall_clock)
    : plan_(std::move(plan)),
      outlet_(outlet),
      clock_(std::move(wall_clock)),
      meters_(meters, [](const state::Meter&, const Watched& meter) {
        const std::string& id = meter.described.device.id;
        return id.empty() ? std::vector<std::string>() : std::vector{std::string(kPrefix) + id};
      }) {
  meters_.on_forget([this](const state::Meter&, Watched& meter) {
    const auto owner = name_of_id_.find(meter.described.device.id);
    if (owner != name_of_id_.end() && owner->second == meter.of->name()) name_of_id_.erase(owner);
    if (meter.due) due_.erase({*meter.due, &meter});
  });
}

HomeAssistant::Watched& HomeAssistant::find(const state::Meter& of) {
  if (Watched* const known = meters_.find(of)) return *known;
  Watched& meter = meters_.of(of, plan_.watchdog);
  meter.of = &of;
  meter.described.device.meter = of.name();
  meter.described.availability_topic = plan_.availability_topic.text({.meter = of.name()});
  meter.diagnostics_topic = plan_.diagnostics_topic.text({.meter = of.name()});
  return meter;
}

// The id comes from the title: it stays when the meter's number changes.
void HomeAssistant::name_device(Watched& meter, const record::ReadingRecord& reading) {
  Device& device = meter.described.device;
  if (!device.id.empty()) return;
  device.id = device_id(reading.identity(), device.meter);
  meters_.change(*meter.of);
  const auto [owner, is_new] = name_of_id_.emplace(device.id, device.meter);
  if (is_new || owner->second == device.meter) return;
  if (is_title(owner->second) && id_of(owner->second) == device.id) {
    take_over(owner->second, device.meter);
  } else {
    device.id += "_" + hash_of(device.meter);
    name_of_id_.emplace(device.id, device.meter);
  }
}

// A meter of which nothing could be read so far had its title for a name: what was said under it is
// taken back, and what was described becomes this one's.
void HomeAssistant::take_over(std::string& owner, const std::string& name) {
  if (const state::Meter* const of = meters_.meters().find(owner)) {
    if (Watched* const before = meters_.find(*of)) {
      before->described.device.id.clear();
      before->sent.clear();
      emit(*before, {mqtt::Message(before->diagnostics_topic, "", true)});
    }
  }
  owner = name;
}

// A meter that is known by its title alone, since none of its messages could be read: that much,
// and why, can be shown.
void HomeAssistant::describe_failing(Watched& meter) {
  Device& device = meter.described.device;
  if (plan_.mode != DiscoveryMode::live || !device.id.empty() || !is_title(device.meter)) return;
  const std::string id = device_id(device.meter, {});
  if (!name_of_id_.emplace(id, device.meter).second) return;
  device.id = id;
  meter.described.components = diagnostic_components(meter.diagnostics_topic);
  send_configurations(meter);
}

bool HomeAssistant::is_old(const record::ReadingRecord& reading) {
  if (plan_.allow_old) return false;
  const auto time = flow::sure_time_of(reading);
  return time && clock_() - *time > flow::Publisher::kOld;
}

void HomeAssistant::arrived(const record::ReadingRecord& reading, state::Meter& of) {
  Watched& meter = find(of);
  const auto time = flow::time_of(reading);
  name_device(meter, reading);
  meter.old = is_old(reading);
  if (time) meter.time = time;
  meter.has_reading = true;
  meter.watchdog.message(time);
  set_due(meter);
  learn_interval(meter);
  meter.diagnostics.reading(reading, time);
}

// Whether its values are published or held back: the meter is there.
void HomeAssistant::settled(const record::ReadingRecord&, state::Meter& of) {
  Watched& meter = find(of);
  const bool said =
      meter.online == Online::online || (meter.online == Online::said_unretained && meter.old);
  if (!said) say(meter, meter.old ? Online::said_unretained : Online::online);
}

void HomeAssistant::published(const flow::PublishedReading& reading) {
  Watched& meter = find(reading.meter);
  if (plan_.mode != DiscoveryMode::off) {
    name_device(meter, reading.record);
    const bool learned[] = {describe(reading.record, meter.described.device), learn_expiry(meter),
                            learn_components(meter, reading)};
    meter.has_values = true;
    if (learned[0] || learned[1] || learned[2]) {
      meters_.change(*meter.of);
      if (plan_.mode == DiscoveryMode::live) send_configurations(meter);
    }
  }
  send_diagnostics(meter);
}

// For the next run: roughly, or a meter that is never on time would be written with each message.
void HomeAssistant::learn_interval(Watched& meter) {
  const auto interval = meter.watchdog.interval();
  auto& known = meter.described.interval;
  if (!interval || (known && *interval > *known / 5 * 4 && *interval < *known / 4 * 5)) return;
  known = std::max<Micros>(*interval, 1);
  meters_.change(*meter.of);
}

// Values expire by what the watchdog has learned, never before it takes the meter for silent. What
// is described is not described anew for each small change: when the time is too short, or more
// than twice as long as it should be, and that a few times only.
bool HomeAssistant::learn_expiry(Watched& meter) {
  if (!plan_.values_expire) return false;
  long long& expiry = meter.described.expire_after_s;
  const auto to_s = [](long long ms) { return (ms + 999) / 1000; };
  const long long wanted = to_s(meter.watchdog.expiry_ms(plan_.publish_interval));
  const bool shorter = wanted < expiry - expiry / 2;
  const bool longer = to_s(meter.watchdog.limit_ms()) > expiry || wanted / 2 > expiry;
  if (expiry != 0 && !longer && !(shorter && meter.shortened < kMostShortened)) return false;
  if (shorter) ++meter.shortened;
  expiry = wanted;
  return true;
}

bool HomeAssistant::learn_components(Watched& meter, const flow::PublishedReading& reading) {
  auto& components = meter.described.components;
  bool changed = false;
  if (!meter.has_values) {  // the first of this run: those of the diagnostics stand in front
    std::erase_if(components, [](const Component& one) { return one.source.empty(); });
    auto all = diagnostic_components(meter.diagnostics_topic);
    components.insert(components.begin(), all.begin(), all.end());
    changed = true;
  }
  std::set<std::string_view> present;
  for (const flow::PublishedValue& value : reading.values) {
    if (!present.insert(value.key).second) continue;
    const bool is_text = value.kind == flow::PublishedValue::Kind::text;
    if (value.is_null ? learn_null(meter, value.key) : is_text && learn_text(meter, value.key)) {
      changed = true;
    }
    // A number that comes in another unit (a list that the operator has changed) is described anew;
    // one that comes without, keeps its own.
    const auto seen = meter.sources.find(value.key);
    if (seen != meter.sources.end() && (value.unit.empty() || seen->second == value.unit)) continue;
    auto made = make_component(plan_.time_form, reading, value);
    if (!made) continue;
    meter.sources.insert_or_assign(value.key, value.unit);
    Component* known = find_row(components, value.key, &Component::source);
    if (known != nullptr) {  // known already: its id and what was learned stay
      read_others(meter, known, *made);
      made->id = known->id;
      made->rare = known->rare;
      if (*known == *made) continue;
      *known = std::move(*made);
    } else {
      if (components.size() >= kMostComponents) break;
      read_others(meter, nullptr, *made);
      made->id = free_id(components, *made);
      made->rare = meter.has_values;  // of a list that comes less often
      components.push_back(std::move(*made));
    }
    changed = true;
  }
  if (learn_reading_times(meter, reading, present)) changed = true;
  if (learn_rare(meter, present)) changed = true;
  return changed;
}

bool HomeAssistant::learn_reading_times(Watched& meter, const flow::PublishedReading& reading,
                                        std::set<std::string_view>& present) {
  auto& components = meter.described.components;
  bool changed = false;
  for (const flow::PublishedValue& value : reading.values) {
    if (!may_have_reading_time(value)) continue;
    const auto known = meter.sources.find(reading_time_source(value));
    if (known != meter.sources.end()) {
      present.insert(known->first);
      continue;
    }
    auto made = make_reading_time(reading, value);
    if (!made || components.size() >= kMostComponents) continue;
    present.insert(meter.sources.try_emplace(made->source).first->first);
    Component* const before = find_row(components, made->source, &Component::source);
    if (before == nullptr) {
      made->id = free_id(components, *made);
      components.push_back(std::move(*made));
    } else {
      made->id = before->id;
      made->rare = before->rare;
      if (*before == *made) continue;
      *before = std::move(*made);
    }
    changed = true;
  }
  return changed;
}

// Most values never are null; where one is, its entity is described so that it reads that.
bool HomeAssistant::learn_null(Watched& meter, const std::string& key) {
  if (!meter.nulls.insert(key).second) return false;
  Component* const known = find_row(meter.described.components, key, &Component::source);
  return known != nullptr && reads_null(*known);
}

bool HomeAssistant::learn_text(Watched& meter, const std::string& key) {
  Component* const known = find_row(meter.described.components, key, &Component::source);
  if (known == nullptr || !is_numeric(*known)) return false;  // it is no number else
  return meter.texts.insert(key).second && reads_text(*known);
}

// What comes in place of a value is learned once, whatever it is described as later.
void HomeAssistant::read_others(const Watched& meter, const Component* known, Component& made) {
  const auto& key = made.source;
  if (meter.texts.contains(key) || (known != nullptr && has_read_text(*known))) reads_text(made);
  if (meter.nulls.contains(key) || (known != nullptr && has_read_null(*known))) reads_null(made);
}

// What is not in every message must not expire by the time between two of them. When it turns out a
// second time that something is missing, nothing is in every message (published on change, say).
bool HomeAssistant::learn_rare(Watched& meter, const std::set<std::string_view>& present) {
  bool some = false;
  for (const Component& component : meter.described.components) {
    some |= !component.source.empty() && !component.rare && !present.contains(component.source);
  }
  if (!some) return false;
  for (Component& component : meter.described.components) {
    if (component.source.empty()) continue;
    if (meter.has_rare || !present.contains(component.source)) component.rare = true;
  }
  meter.has_rare = true;
  return true;
}

// Those that are not as they were sent last.
void HomeAssistant::send_configurations(Watched& meter) {
  std::vector<mqtt::Message> messages;
  DiscoverySettings settings = meter.smaller.value_or(plan_.discovery);
  auto all = configurations(settings, meter.described, most_bytes_);
  if (settings.style != plan_.discovery.style) {  // the other style must not describe them as well
    all.insert(all.begin(), {device_topic(settings, meter.described.device.id), ""});
  }
  if (most_bytes_ != 0) meter.smaller = settings;
  for (Configuration& one : all) {
    if (one.payload.empty() && meter.sent.contains(one.topic) && meter.sent[one.topic].empty()) {
      continue;
    }
    std::string& sent = meter.sent[one.topic];
    if (sent == one.payload && !sent.empty()) continue;
    messages.emplace_back(one.topic, one.payload, plan_.retain);
    sent = std::move(one.payload);
  }
  const auto migrating = start_migration(meter, settings);
  emit(meter, std::move(messages));
  for (const std::string& topic : migrating) {
    outlet_.put(mqtt::event_of(meter.described.device.meter, {topic, "", true}));
  }
}

// Of each topic once. Three messages in this order: the word, the new description, nothing in place
// of the old one; so none of them may replace another one that waits.
std::vector<std::string> HomeAssistant::start_migration(Watched& meter,
                                                        const DiscoverySettings& settings) {
  std::vector<std::string> topics;
  if (!plan_.migrate || plan_.mode != DiscoveryMode::live) return topics;
  for (std::string& topic : topics_of_other_style(settings, meter.described)) {
    if (!meter.migrated.insert(topic).second) continue;
    outlet_.put(mqtt::event_of(meter.described.device.meter, {topic, kMigrate, false}));
    topics.push_back(std::move(topic));
  }
  return topics;
}

void HomeAssistant::send_diagnostics(Watched& meter) {
  meter.diagnostics_due = false;
  meter.diagnosed_at = meter.time;
  meter.diagnosed_ms.reset();
  set_due(meter);
  if (plan_.mode != DiscoveryMode::live && plan_.mode != DiscoveryMode::off) return;
  emit(meter,
       {mqtt::Message(meter.diagnostics_topic, meter.diagnostics.text(meter.watchdog.interval()),
                      plan_.retain && !meter.old)});
}

void HomeAssistant::error(record::Line& line, state::Meter& of) {
  Watched& meter = find(of);
  describe_failing(meter);
  meter.diagnostics.error(line);
  count_trouble(meter, line.head().ts);
}

void HomeAssistant::refused(const record::ReadingRecord& reading, state::Meter& of,
                            std::string_view reason) {
  Watched& meter = find(of);
  meter.diagnostics.refused(reason);
  count_trouble(meter, reading.head.ts);
}

// A storm of errors becomes one message a second by their times; without times one until the next
// reading, end or tick.
void HomeAssistant::count_trouble(Watched& meter, std::string_view ts) {
  const auto time = parse_timestamp(ts);
  if (time && (!meter.time || *time > *meter.time)) meter.time = time;
  if (time && !plan_.allow_old && clock_() - *time > flow::Publisher::kOld) meter.old = true;
  const bool soon = time && meter.diagnosed_at ? *time < *meter.diagnosed_at + kSecond
                                               : meter.diagnosed_at || meter.diagnostics_due;
  if (soon) {
    meter.diagnostics_due = true;
    return set_due(meter);
  }
  send_diagnostics(meter);
  if (!time) meter.diagnosed_at = meter.diagnosed_at.value_or(0);
}

void HomeAssistant::say(Watched& meter, Online online) {
  meter.online = online;
  if (plan_.mode != DiscoveryMode::live && plan_.mode != DiscoveryMode::off) return;
  emit(meter, {mqtt::Message(meter.described.availability_topic,
                             online == Online::offline ? "offline" : "online",
                             plan_.retain && online != Online::said_unretained)});
}

void HomeAssistant::emit(const Watched& meter, std::vector<mqtt::Message> messages) {
  for (mqtt::Message& message : messages) {
    outlet_.put(mqtt::latest_of(meter.described.device.meter, std::move(message)));
  }
}

// In the order of names, whichever was due first.
void HomeAssistant::tick(long long now_ms) {
  std::vector<Watched*> now_due;
  for (const auto& [due, meter] : due_) {
    if (due > now_ms) break;
    now_due.push_back(meter);
  }
  std::ranges::sort(
      now_due, [](const Watched* a, const Watched* b) { return a->of->name() < b->of->name(); });
  for (Watched* const one : now_due) {
    Watched& meter = *one;
    if (meter.watchdog.is_silent(now_ms) && meter.online != Online::offline) {
      os::log_warning("{}: no message for {} s", meter.of->name(),
                      meter.watchdog.limit_ms() / 1000);
      say(meter, Online::offline);
    }
    if (meter.diagnostics_due) {
      if (!meter.diagnosed_ms) meter.diagnosed_ms = now_ms;
      if (now_ms - *meter.diagnosed_ms >= 1000) send_diagnostics(meter);
    }
    set_due(meter);
  }
}

void HomeAssistant::set_due(Watched& meter) {
  std::optional<long long> due = meter.watchdog.deadline_ms();
  if (meter.diagnostics_due) {
    const long long at = meter.diagnosed_ms ? *meter.diagnosed_ms + 1000 : 0;
    due = due ? std::min(*due, at) : at;
  }
  if (due == meter.due) return;
  if (meter.due) due_.erase({*meter.due, &meter});
  meter.due = due;
  if (due) due_.emplace(*due, &meter);
}

std::optional<long long> HomeAssistant::next_tick() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void HomeAssistant::birth() {
  if (plan_.mode != DiscoveryMode::live) return;
  meters_.for_each([this](const state::Meter&, Watched& meter) {
    if (!meter.sent.empty()) {
      meter.sent.clear();
      send_configurations(meter);
    }
    if (meter.online != Online::unsaid) say(meter, meter.online);
    if (meter.has_reading) send_diagnostics(meter);
  });
}

void HomeAssistant::limit_packets(std::size_t most) {
  constexpr std::size_t kBeside = 64;  // header, id and properties
  most_bytes_ = most > kBeside ? most - kBeside : 1;
  describe_anew();
}

void HomeAssistant::broker_retains(bool keeps) {
  const bool availability = plan_.retain && keeps;
  if (std::exchange(plan_.discovery.availability, availability) == availability) return;
  meters_.for_each([&](const state::Meter&, Watched& meter) {
    if (meter.smaller) meter.smaller->availability = availability;
  });
  describe_anew();
}

// What is described already, where it has to be described otherwise.
void HomeAssistant::describe_anew() {
  if (plan_.mode != DiscoveryMode::live) return;
  meters_.for_each([this](const state::Meter&, Watched& meter) {
    if (!meter.sent.empty()) send_configurations(meter);
  });
}

void HomeAssistant::end() {
  meters_.for_each([this](const state::Meter&, Watched& meter) {
    if (meter.diagnostics_due) send_diagnostics(meter);
  });
  if (plan_.mode == DiscoveryMode::dump) {
    meters_.for_each([this](const state::Meter&, Watched& meter) {
      if (!meter.described.components.empty()) send_configurations(meter);
    });
  }
  if (plan_.mode == DiscoveryMode::remove) remove();
}

void HomeAssistant::remove() {
  for (const std::string& name : plan_.remove_meters) {
    if (is_title(name)) continue;
    os::log_warning(
        "--meter {}: no system title; a meter that has one is described under its title: give "
        "that, or a reading of the meter as input",
        name);
  }
  const auto topics = topics_to_remove();
  if (topics.empty()) os::log_warning("no meter in the input: nothing was taken back");
  for (const std::string& topic : topics) outlet_.put(mqtt::event_of({}, {topic, "", true}));
}

// Configurations, and what is retained of a meter besides its values. Of a title alone the meter's
// number is not known, so neither are those topics.
std::set<std::string> HomeAssistant::topics_to_remove() const {
  std::set<std::string> topics;
  meters_.for_each([&](const state::Meter&, const Watched& meter) {
    const std::string& id = meter.described.device.id;
    if (id.empty()) return;
    topics.insert(meter.described.availability_topic);
    topics.insert(meter.diagnostics_topic);
    if (plan_.discovery.style == DiscoveryStyle::device) {
      topics.insert(device_topic(plan_.discovery, id));
    }
    // In style device, too: where the broker took none of that size.
    for (const Component& component : meter.described.components) {
      topics.insert(entity_topic(plan_.discovery, id, component));
    }
  });
  for (const std::string& name : plan_.remove_meters) {
    if (is_title(name)) {
      topics.insert(device_topic(plan_.discovery, device_id(name, {})));
      continue;
    }
    topics.insert(device_topic(plan_.discovery, device_id({}, name)));
    topics.insert(plan_.availability_topic.text({.meter = name}));
    topics.insert(plan_.diagnostics_topic.text({.meter = name}));
  }
  return topics;
}

void HomeAssistant::save_changes(const Save& save) {
  meters_.save_changes(save, [&](const state::Meter&, const Watched& meter) {
    const std::string& id = meter.described.device.id;
    if (!id.empty()) save(std::string(kPrefix) + id, to_text(meter.described));
  });
}

void HomeAssistant::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kPrefix)) return;
  auto described = described_from(text);
  if (!described || key.substr(kPrefix.size()) != described->device.id) return;
  const state::Meter& of = meters_.meters().restored(described->device.meter);
  if (meters_.find(of) != nullptr) return;
  Watched& meter = find(of);
  described->availability_topic = meter.described.availability_topic;
  name_of_id_.emplace(described->device.id, of.name());
  meter.described = std::move(*described);
  meter.watchdog.expect(meter.described.interval);
  meters_.mark_saved(of);
  if (is_older_text(text)) meters_.change(of);
  set_due(meter);
}

}  // namespace meterpipe::home
