// obis-mqtt: readings (JSON lines) to an MQTT broker, one topic per value and the record as it is.
// Its options and the stages that they ask for stand in the folder beside this file.

#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/zone.hpp"
#include "cli/containment.hpp"
#include "flow/dry_run.hpp"
#include "io/input.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/arguments.hpp"
#include "obis-mqtt/purge.hpp"
#include "obis-mqtt/reporter.hpp"
#include "obis-mqtt/stages.hpp"
#include "os/clock.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "spool/spool.hpp"

namespace {

using namespace meterpipe;

// Prints the topic of what goes on to the broker, for --discovery-remove.
class PrintingOutlet : public mqtt::Outlet {
 public:
  PrintingOutlet(mqtt::Outlet& next, io::Output& output) : next_(next), output_(output) {}
  void put(mqtt::Batch batch) override {
    for (const mqtt::Message& message : batch.messages) {
      output_.buffer().add(message.topic(), '\n');
      output_.record_done();
    }
    next_.put(std::move(batch));
  }

 private:
  mqtt::Outlet& next_;
  io::Output& output_;
};

void read_all(io::Input& input, io::Output& output, flow::Intake& intake,
              record::LineSplitter& splitter) {
  intake.set_source(input.name());
  while (!intake.done()) {
    const auto chunk = input.read(output);
    if (!chunk) break;
    intake.set_source(input.name());
    if (chunk->ends_file) {
      splitter.end_line();
    } else if (chunk->ends_source) {
      splitter.finish();
    } else {
      splitter.push(chunk->text);
    }
  }
  splitter.finish();
}

// Once all is open: what is written from here on are the spool and the metrics, and what is beside
// them for a moment.
void contain(const tool::Arguments& given, bool connects) {
  std::vector<std::string> folders;
  if (connects) {
    for (const std::string& file : given.spool.files()) folders.push_back(os::folder_of(file));
  }
  // Its folder may go, and be made anew.
  if (!given.stats.metrics().empty()) {
    folders.push_back(os::folder_of(given.stats.metrics()) + "..");
  }
  if (connects) {
    os::contain({os::Calls::publish, {.read = {"/"}, .change = folders, .connects = true}});
  } else if (!folders.empty()) {
    os::contain({os::Calls::write, {.read = cli::later_files(given.common), .change = folders}});
  } else {
    cli::contain_reader(given.common);
  }
}

int status_of(const flow::Intake& intake, const tool::Arguments& given) {
  return intake.trouble() && given.common.strict ? os::kData : os::kOk;
}

int dry_run(const tool::Arguments& given, io::Input& input) {
  io::Output output;
  flow::DryRun printer(output);
  tool::Stages stages(given, printer);
  flow::Intake intake(stages.first(), given.common.count, {[] { return true; }, [] {}});
  stages.wire(intake);
  record::LineSplitter splitter(intake);
  const tool::Reporter reporter(given, given.connection.settings(false).client_id,
                                stages.meter_stats(), intake, [] { return mqtt::Counts{}; });
  contain(given, false);
  try {
    read_all(input, output, intake, splitter);
    intake.end();
    stages.say_forgotten();
  } catch (const os::Fatal&) {  // no such file, say: what came before it is not lost
    output.close();
    throw;
  }
  output.close();
  return status_of(intake, given);
}

// A run against a broker.
class Run {
 public:
  Run(const tool::Arguments& given, io::Input& input, const mqtt::SessionSettings& settings,
      spool::Spool* spool)
      : given_(given),
        input_(input),
        spool_(spool),
        output_(given.discovery.remove() ? STDOUT_FILENO : -1),
        session_(settings, spool),
        printing_(session_, output_),
        stages_(given, given.discovery.remove() ? static_cast<mqtt::Outlet&>(printing_) : session_),
        intake_(stages_.first(), given.common.count,
                {[this] { return keep_pace(); }, [this] { end_record(); }}),
        splitter_(intake_),
        reporter_(given, settings.client_id, stages_.meter_stats(), intake_,
                  [this] { return session_.counts(); }) {
    stages_.wire(intake_);
    input.wait_with([this](pollfd* fd, nfds_t n, int ms) { return session_.wait(fd, n, ms); });
    contain(given, true);
    if (spool_ != nullptr) resume();
    watch();
  }

  int publish() {
    const long long linger_ms = given_.connection.linger_ms();
    try {
      read_all(input_, output_, intake_, splitter_);
      // A service that is stopped goes on later: what its stages hold back is kept, not published.
      if (spool_ == nullptr || os::Signals::received() == 0) intake_.end();
      output_.close();
    } catch (const os::Fatal& fatal) {
      if (fatal.status() != os::kUnavailable) session_.finish(linger_ms);
      throw;
    }
    stages_.say_forgotten();
    // The last counters tell of the last acknowledgements.
    if (given_.stats.asked() && session_.settle(linger_ms)) publish_stats();
    session_.finish(linger_ms);
    os::log_debug("{} readings, {} messages delivered", intake_.readings(), session_.delivered());
    return all_delivered() ? status_of(intake_, given_) : os::kIoError;
  }

 private:
  bool has_position() const { return spool_ != nullptr && given_.common.follow; }

  // What an earlier run has left.
  void resume() {
    spool_->for_each_saved([this](std::string_view key, std::string_view text) {
      for (state::Persistent* one : stages_.persistent()) one->restore(key, text);
      session_.restore(key, text);
    });
    if (!has_position()) return;
    if (const auto position = spool_->position()) {
      input_.resume(*position);
    } else if (const auto start = input_.position(0)) {
      spool_->set_position(*start);
    }
  }

  // The meters, while they may fall silent, and Home Assistant, which may come later than we.
  void watch() {
    home::HomeAssistant* const home = stages_.home_assistant();
    const bool is_live = !input_.is_file() || given_.common.follow;
    session_.on_done([this](const mqtt::Batch& batch) { stages_.meter_stats().done(batch); });
    const auto home_due = [home, is_live] {
      return home != nullptr && is_live ? home->next_tick().value_or(-1) : -1LL;
    };
    const auto stats_due = [this, publishes = is_live || given_.stats.asked()] {
      const bool is_due =
          publishes && session_.is_online() && stages_.meter_stats().wants_to_publish();
      return is_due ? stats_at_ : -1LL;
    };
    session_.set_timer({[home_due, stats_due] {
                          const long long a = home_due(), b = stats_due();
                          return a < 0 || (b >= 0 && b < a) ? b : a;
                        },
                        [this, home, home_due, stats_due](long long now) {
                          const auto is_due = [now](long long at) { return at >= 0 && now >= at; };
                          if (is_due(home_due())) home->tick(now);
                          if (is_due(stats_due())) publish_stats();
                        }});
    session_.on_connected_again([this] { stages_.connected_again(); });
    if (home == nullptr) return;
    session_.on_retain([home](bool keeps) { home->broker_retains(keeps); });
    session_.on_limit([home](std::size_t most) { home->limit_packets(most); });
    session_.on_message([this, home](std::string_view, std::string_view payload, bool) {
      if (payload != "online") return;
      home->birth();
      session_.end_record();
    });
  }

  void publish_stats() {
    stages_.meter_stats().publish(session_, session_.counts(), reporter_.running());
    stats_at_ = os::monotonic_ms() + stats_ms_;
    session_.end_record();
  }

  bool keep_pace() {
    if (input_.is_file()) return session_.wait_for_room();
    session_.let_the_broker_keep_pace();
    return true;
  }

  // All that came of a record, and where to go on behind it, are one transaction.
  void end_record() {
    if (spool_ == nullptr) return session_.end_record();
    for (state::Persistent* one : stages_.persistent()) {
      one->save_changes(
          [this](const std::string& key, const std::string& text) { spool_->save(key, text); });
    }
    session_.end_record(has_position() ? input_.position(splitter_.line_end()) : std::nullopt);
  }

  // What did not get there, said; or true.
  bool all_delivered() const {
    if (spool_ != nullptr && session_.kept() != 0) {
      os::log_info("{} readings stay in the spool for the next run{}", session_.kept(),
                   session_.ever_connected() ? "" : " (there never was a connection)");
    }
    const std::uint64_t from_spool = session_.lost() + session_.dropped_from_spool();
    if (from_spool != 0) {
      os::log_error("{} readings are lost: {} dropped from the spool, {} that it could not take",
                    from_spool, session_.dropped_from_spool(), session_.lost());
    }
    const std::uint64_t waiting = spool_ == nullptr ? session_.undelivered() : 0;
    const std::uint64_t missing =
        waiting + session_.dropped() + session_.unsendable() + session_.refused();
    if (missing == 0) return from_spool == 0;
    os::log_error(
        "{} messages did not reach the broker: {} not acknowledged in time, {} dropped "
        "from the full queue{}{}{}",
        missing, waiting, session_.dropped(),
        session_.unsendable() == 0 ? "" : fmt::format(", {} cannot be sent", session_.unsendable()),
        session_.refused() == 0 ? ""
                                : fmt::format(", {} refused by the broker", session_.refused()),
        session_.ever_connected() ? "" : " (there never was a connection)");
    return false;
  }

  const tool::Arguments& given_;
  io::Input& input_;
  spool::Spool* spool_;
  io::Output output_;
  mqtt::Session session_;
  PrintingOutlet printing_;
  tool::Stages stages_;
  flow::Intake intake_;
  record::LineSplitter splitter_;
  tool::Reporter reporter_;
  const long long stats_ms_ = static_cast<long long>(tool::StatsOptions::topic_ms(given_.common));
  long long stats_at_ = os::monotonic_ms() + stats_ms_;  // not before
};

mqtt::SessionSettings settings_of(const tool::Arguments& given, const io::Input& input) {
  auto settings = given.connection.settings(input.is_file() && !given.common.follow);
  given.connection.add_password(settings);
  settings.retain_bridge = !given.topics.retains_nothing();
  settings.outbox.sync_ms = given.spool.sync_ms();
  settings.outbox.may_drop = !input.is_file();
  if (given.discovery.live()) settings.subscriptions = {given.discovery.birth_topic()};
  if (settings.tls.insecure) os::log_warning("--insecure: whoever answers is taken for the broker");
  return settings;
}

int run(int argc, char** argv) {
  tool::Arguments given;
  cli::Options options("obis-mqtt",
                       "publishes the readings of meters (JSON lines) on an MQTT broker");
  given.add_to(options);
  options.parse(argc, argv);
  cli::apply_log_options("obis-mqtt", given.common);
  given.check(options);
  options.checked();
  options.let_go();
  given.topics.choose_zone();
  read_zone();
  given.spool.keep_apart(given.common.files, "the input");
  given.spool.keep_apart(given.connection.files(), "a password or a certificate");
  for (const auto& files : {given.common.files, given.spool.files(), given.connection.files()}) {
    given.stats.keep_apart(files);
  }
  if (!given.discovery.purged().empty()) return tool::Purge(given).run();
  if (given.common.files.empty()) given.stats.keep_apart({"/dev/stdin"});
  if (given.discovery.without_input() && given.common.files.empty()) {
    given.common.files = {"/dev/null"};
  }
  io::Input input(given.common.files, given.common.follow);
  given.discovery.warn(given.connection, given.topics, input.is_file() && !given.common.follow);
  if (given.topics.plan().retain) given.schedule.warn(given.connection.settings(false).expiry_s);
  if (given.dry_run || given.discovery.dump()) return dry_run(given, input);
  const auto settings = settings_of(given, input);
  std::optional<spool::Spool> spool;
  if (auto wanted = given.spool.settings()) {
    wanted->input_waits = input.is_file();
    spool.emplace(*wanted);
  }
  return Run(given, input, settings, spool ? &*spool : nullptr).publish();
}

}  // namespace

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("obis-mqtt", [&] { return run(argc, argv); });
}
