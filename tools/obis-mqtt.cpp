// obis-mqtt: readings (JSON lines) to an MQTT broker, one topic per value and the record as it is.
// Its options and the stages that they ask for stand in the folder beside this file.

#include <fmt/format.h>

#include "io/input.hpp"
#include "io/log.hpp"
#include "io/status.hpp"
#include "mqtt/dry_run.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/arguments.hpp"
#include "obis-mqtt/stages.hpp"

namespace {

using namespace meterpipe;

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

int status_of(const mqtt::Intake& intake, const tool::Arguments& given) {
  return intake.trouble() && given.common.strict ? io::kData : io::kOk;
}

int dry_run(const tool::Arguments& given, io::Input& input) {
  io::Output output;
  mqtt::DryRun printer(output);
  tool::Stages stages(given, printer);
  mqtt::Intake intake(stages.first(), given.common.count, {[] { return true; }, [] {}});
  stages.wire(intake);
  try {
    read_all(input, output, intake);
  } catch (const io::Fatal&) {  // no such file, say: what came before it is not lost
    output.close();
    throw;
  }
  output.close();
  return status_of(intake, given);
}

// What did not get there, said; or true.
bool all_delivered(const mqtt::Session& session) {
  const std::uint64_t missing = session.undelivered() + session.dropped() + session.refused();
  if (missing == 0) return true;
  io::log_error(
      "{} messages did not reach the broker: {} not acknowledged in time, {} dropped "
      "from the full queue{}{}",
      missing, session.undelivered(), session.dropped(),
      session.refused() == 0 ? "" : fmt::format(", {} refused by the broker", session.refused()),
      session.ever_connected() ? "" : " (there never was a connection)");
  return false;
}

int publish(const tool::Arguments& given, io::Input& input, const mqtt::SessionSettings& settings) {
  mqtt::Session session(settings);
  if (settings.tls.insecure) {
    io::log_warning("--insecure: whoever answers is taken for the broker");
  }
  input.wait_with([&](pollfd* fd, nfds_t n, int ms) { return session.wait(fd, n, ms); });
  tool::Stages stages(given, session);
  const auto pace = [&] {
    if (input.is_file()) return session.wait_for_room();
    session.let_the_broker_keep_pace();
    return true;
  };
  mqtt::Intake intake(stages.first(), given.common.count, {pace, [&] { session.end_record(); }});
  stages.wire(intake);
  io::Output none(-1);
  const long long linger_ms = given.connection.linger_ms();
  try {
    read_all(input, none, intake);
  } catch (const io::Fatal& fatal) {
    if (fatal.status() != io::kUnavailable) session.finish(linger_ms);
    throw;
  }
  session.finish(linger_ms);
  io::log_debug("{} readings, {} messages delivered", intake.readings(), session.delivered());
  return all_delivered(session) ? status_of(intake, given) : io::kIoError;
}

int run(int argc, char** argv) {
  tool::Arguments given;
  cli::Options options("obis-mqtt",
                       "publishes the readings of meters (JSON lines) on an MQTT broker");
  given.add_to(options);
  options.parse(argc, argv);
  cli::apply_log_options("obis-mqtt", given.common);
  given.check(options);
  io::Input input(given.common.files, given.common.follow);
  if (given.dry_run) return dry_run(given, input);
  auto settings = given.connection.settings(input.is_file() && !given.common.follow);
  given.connection.add_password(settings);
  return publish(given, input, settings);
}

}  // namespace

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("obis-mqtt", [&] { return run(argc, argv); });
}
