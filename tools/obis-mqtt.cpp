// obis-mqtt: readings (JSON lines) to an MQTT broker, one topic per value and the record as it is.
// Its options stand in the folder beside this file, a group a file.

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/clock.hpp"
#include "io/input.hpp"
#include "io/log.hpp"
#include "io/status.hpp"
#include "mqtt/dry_run.hpp"
#include "mqtt/intake.hpp"
#include "mqtt/meter_names.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/discovery_options.hpp"
#include "obis-mqtt/home_assistant_glue.hpp"
#include "obis-mqtt/topic_options.hpp"

namespace {

using namespace meterpipe;

struct Arguments {
  cli::Common common;
  tool::ConnectionOptions connection;
  tool::TopicOptions topics;
  tool::DiscoveryOptions discovery;
  bool dry_run = false;
};

void add_options(cli::Options& options, Arguments& to) {
  to.connection.add_to(options);
  to.topics.add_to(options);
  to.discovery.add_to(options);
  options.flag("--dry-run", to.dry_run, "print topic, tab, payload; no broker is needed");
  cli::add_reader_options(options, to.common, "readings");
}

// A replay describes the meters as the service beside it would, whose client id is another.
mqtt::HomeAssistantPlan home_assistant_plan(const Arguments& given) {
  const auto service = given.connection.settings(false);
  return given.discovery.plan(service.bridge_topic, service.qos, given.topics.plan().allow_old);
}

// The stages that a record passes through, the last one first.
struct Stages {
  Stages(const Arguments& given, mqtt::Outlet& outlet)
      : publisher(given.topics.plan(), given.discovery.alone() ? nowhere : outlet, io::wall_clock),
        refusals(publisher) {
    mqtt::Stage* first = &publisher;
    if (given.discovery.wanted()) {
      home_assistant.emplace(refusals, home_assistant_plan(given), outlet, io::wall_clock);
      publisher.set_listener(&*home_assistant);
      refusals.set_watcher(&*home_assistant);
      first = &*home_assistant;
    }
    names.emplace(*first);
  }
  mqtt::HomeAssistant* watcher() { return home_assistant ? &*home_assistant : nullptr; }

  tool::Nowhere nowhere;
  mqtt::Publisher publisher;
  mqtt::RefusalWatch refusals;
  std::optional<mqtt::HomeAssistant> home_assistant;
  std::optional<mqtt::MeterNames> names;
};

void read_all(io::Input& input, io::Output& output, mqtt::Intake& intake) {
  record::InputSplitter splitter(record::Form::automatic, intake);
  intake.set_source(input.name());
  while (!intake.done()) {
    const auto chunk = input.read(output);
    if (!chunk) break;
    intake.set_source(input.name());
    if (chunk->ends_source) {
      splitter.finish();
    } else {
      splitter.push(chunk->text);
    }
  }
  splitter.finish();
  intake.end();
}

int dry_run(const Arguments& given, io::Input& input) {
  io::Output output;
  mqtt::DryRun printer(output);
  Stages stages(given, printer);
  mqtt::Intake intake(*stages.names, given.common.count, [] { return true; });
  try {
    read_all(input, output, intake);
  } catch (const io::Fatal&) {  // no such file, say: what came before it is not lost
    output.close();
    throw;
  }
  output.close();
  return intake.trouble() && given.common.strict ? io::kData : io::kOk;
}

int publish(const Arguments& given, io::Input& input, const mqtt::SessionSettings& settings) {
  mqtt::Session session(settings);
  if (settings.tls.insecure) {
    io::log_warning("--insecure: whoever answers is taken for the broker");
  }
  io::Output output(given.discovery.remove() ? STDOUT_FILENO : -1);
  tool::Printing printing(session, output);
  Stages stages(given, given.discovery.remove() ? static_cast<mqtt::Outlet&>(printing) : session);
  input.wait_with([&](pollfd* fd, nfds_t n, int ms) {
    const bool live = !input.is_file() || given.common.follow;
    return tool::wait_and_tick(session, live ? stages.watcher() : nullptr, fd, n, ms);
  });
  mqtt::Intake intake(*stages.names, given.common.count, [&] {
    if (input.is_file()) return session.wait_for_room();
    session.let_the_broker_keep_pace();
    return true;
  });
  const long long linger_ms = given.connection.linger_ms();
  try {
    read_all(input, output, intake);
    output.close();
  } catch (const io::Fatal& fatal) {
    if (fatal.status() != io::kUnavailable) session.finish(linger_ms);
    throw;
  }
  session.finish(linger_ms);
  io::log_debug("{} readings, {} messages delivered", intake.readings(), session.delivered());
  if (session.undelivered() + session.dropped() != 0) {
    io::log_error(
        "{} messages did not reach the broker: {} not acknowledged in time, {} dropped "
        "from the full queue{}",
        session.undelivered() + session.dropped(), session.undelivered(), session.dropped(),
        session.ever_connected() ? "" : " (there never was a connection)");
    return io::kIoError;
  }
  return intake.trouble() && given.common.strict ? io::kData : io::kOk;
}

int run(int argc, char** argv) {
  Arguments given;
  cli::Options options("obis-mqtt",
                       "publishes the readings of meters (JSON lines) on an MQTT broker");
  add_options(options, given);
  options.parse(argc, argv);
  cli::apply_log_options("obis-mqtt", given.common);
  given.connection.linger_ms();  // mistakes first, before any file is opened
  given.topics.plan();
  home_assistant_plan(given);
  if (given.discovery.without_input() && given.common.files.empty()) {
    given.common.files = {"/dev/null"};
  }
  io::Input input(given.common.files, given.common.follow);
  if (given.dry_run || given.discovery.dump()) return dry_run(given, input);
  auto settings = given.connection.settings(input.is_file() && !given.common.follow);
  given.connection.add_password(settings);
  return publish(given, input, settings);
}

}  // namespace

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("obis-mqtt", [&] { return run(argc, argv); });
}
