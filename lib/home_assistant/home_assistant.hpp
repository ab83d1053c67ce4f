// Tells Home Assistant what there is: it watches what becomes of readings and errors, and hears
// from the last stage on which topics a reading's values were put.
//
//   published()       configuration (what is new), diagnostics
//   settled()         availability (online, if it was not)
//   refused(), error()  diagnostics, once a second at most
//   tick()  -> availability (offline: nothing came for n intervals)
//   birth() -> all of it again: Home Assistant has started
//
// All of these messages are retained; availability and diagnostics of a reading older than an hour
// are not, as its values. A component stays when its value is missing in later messages, and across
// runs (Persistent). No clock: tick() is given one, and is not called in a replay.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "flow/observer.hpp"
#include "flow/published.hpp"
#include "home_assistant/components.hpp"
#include "home_assistant/diagnostics.hpp"
#include "home_assistant/watchdog.hpp"
#include "mqtt/message.hpp"
#include "shape/topics.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::home {

enum class DiscoveryMode : std::uint8_t {
  off,     // availability and diagnostics only
  live,    // configurations as soon as there is something new
  dump,    // configurations only, at the end of the input
  remove,  // what takes them back, at the end of the input
};

struct HomeAssistantPlan {
  DiscoveryMode mode = DiscoveryMode::live;
  DiscoverySettings discovery;
  TimeForm time_form = TimeForm::as_meter;  // of the times among the values
  shape::TopicTemplate availability_topic;  // of {meter}
  shape::TopicTemplate diagnostics_topic;   // of {meter}
  WatchdogSettings watchdog;
  bool allow_old = false;                  // as PublishPlan::allow_old
  std::vector<std::string> remove_meters;  // DiscoveryMode::remove: besides those of the input
  // The longest time between two publications of a value of a meter that always sends; 0: all of
  // each message is published.
  Micros publish_interval = 0;
  bool values_expire = true;  // false: a value that does not change is never published again
  bool retain = true;         // false: nothing of it is retained
  bool migrate = false;       // what the other style has described becomes this one's
};

class HomeAssistant : public flow::Observer,
                      public flow::PublishListener,
                      public state::Persistent {
 public:
  // wall_clock: asked for a reading's age only.
  HomeAssistant(state::Meters& meters, HomeAssistantPlan plan, mqtt::Outlet& outlet,
                std::function<Micros()> wall_clock);

  void arrived(const record::ReadingRecord& reading, state::Meter& meter) override;
  void refused(const record::ReadingRecord& reading, state::Meter& meter,
               std::string_view reason) override;
  void settled(const record::ReadingRecord& reading, state::Meter& meter) override;
  void error(record::Line& line, state::Meter& meter) override;
  void end() override;
  void published(const flow::PublishedReading& reading) override;

  // Regularly while the input is live; a monotonic clock in milliseconds.
  void tick(long long now_ms);
  // When tick() has something to do; nothing: not before the next record.
  std::optional<long long> next_tick() const;
  // Home Assistant has said that it is there (or the broker may have lost what it kept).
  void birth();
  // The broker takes packets of so many bytes: what is described in larger ones is so in smaller
  // ones from now on.
  void limit_packets(std::size_t most);
  // Whether the broker keeps what is retained. Where it does not, entities wait for no "online".
  void broker_retains(bool keeps);

  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  static constexpr std::size_t kMostComponents = 512;
  static constexpr int kMostShortened = 3;

  enum class Online : std::uint8_t { unsaid, said_unretained, online, offline };

  struct Watched {
    explicit Watched(const WatchdogSettings& settings) : watchdog(settings) {}
    const state::Meter* of = nullptr;
    Described described;
    Diagnostics diagnostics;
    Watchdog watchdog;
    std::string diagnostics_topic;
    std::map<std::string, std::string, std::less<>> sources;  // keys seen in this run, their units
    std::set<std::string, std::less<>> nulls;  // keys of values that were null at a time
    std::set<std::string, std::less<>> texts;  // keys of numbers that were a text at a time
    std::map<std::string, std::string> sent;   // topic of a configuration -> payload
    std::set<std::string> migrated;            // topics of the other style
    Online online = Online::unsaid;
    bool has_reading = false;
    bool has_values = false;  // published in this run
    bool has_rare = false;
    std::optional<DiscoverySettings> smaller;  // than those of the plan, for the broker's sake
    int shortened = 0;                         // how often the time of expiry was
    std::optional<Micros> time, diagnosed_at;
    std::optional<long long> diagnosed_ms;
    bool diagnostics_due = false;
    bool old = false;              // its newest reading is
    std::optional<long long> due;  // its place among due_
  };

  Watched& find(const state::Meter& of);
  void describe_failing(Watched& meter);
  void take_over(std::string& owner, const std::string& name);
  void name_device(Watched& meter, const record::ReadingRecord& reading);
  bool is_old(const record::ReadingRecord& reading);
  void learn_interval(Watched& meter);
  bool learn_expiry(Watched& meter);
  bool learn_components(Watched& meter, const flow::PublishedReading& reading);
  bool learn_reading_times(Watched& meter, const flow::PublishedReading& reading,
                           std::set<std::string_view>& present);
  bool learn_null(Watched& meter, const std::string& key);
  bool learn_text(Watched& meter, const std::string& key);
  static void read_others(const Watched& meter, const Component* known, Component& made);
  bool learn_rare(Watched& meter, const std::set<std::string_view>& present);
  void send_configurations(Watched& meter);
  std::vector<std::string> start_migration(Watched& meter, const DiscoverySettings& settings);
  void send_diagnostics(Watched& meter);
  void count_trouble(Watched& meter, std::string_view ts);
  void say(Watched& meter, Online online);
  void set_due(Watched& meter);
  void emit(const Watched& meter, std::vector<mqtt::Message> messages);
  void remove();
  std::set<std::string> topics_to_remove() const;
  void describe_anew();

  HomeAssistantPlan plan_;
  std::size_t most_bytes_ = 0;  // of topic and payload; 0: any
  mqtt::Outlet& outlet_;
  std::function<Micros()> clock_;
  state::SavedPerMeter<Watched> meters_;
  std::map<std::string, std::string> name_of_id_;
  std::set<std::pair<long long, Watched*>> due_;  // when tick() has something to do
};

}  // namespace meterpipe::home
