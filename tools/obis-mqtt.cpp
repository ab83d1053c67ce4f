// obis-mqtt: readings (JSON lines) to an MQTT broker, one topic per value and the record as it is.

#include <unistd.h>
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/clock.hpp"
#include "io/input.hpp"
#include "io/log.hpp"
#include "io/status.hpp"
#include "mqtt/dry_run.hpp"
#include "mqtt/intake.hpp"
#include "mqtt/password.hpp"
#include "mqtt/session.hpp"

namespace {

using namespace meterpipe;
using mqtt::Placeholder;

struct Arguments {
  cli::Common common;
  std::string broker = "mqtt://localhost";
  std::string ca, cert, key, password_file, client_id, qos = "1", linger = "10s";
  bool insecure = false, retain = true, values = true, json = true, allow_old = false;
  bool dry_run = false;
  std::uint64_t keepalive = 60, queue = 5000;
  std::string topic = "meterpipe/{meter}/{obis}";
  std::string json_topic = "meterpipe/{meter}/json";
  std::string error_topic = "meterpipe/{meter}/error";
  std::string bridge_topic = "meterpipe/bridge/{client}";
};

void add_options(cli::Options& options, Arguments& to) {
  options.value("-b,--broker", to.broker, "URL",
                "mqtt://[USER@]HOST[:PORT] or mqtts:// (default mqtt://localhost)");
  options.value("--ca", to.ca, "FILE", "mqtts: trust these certificates, not the system's");
  options.value("--cert", to.cert, "FILE", "mqtts: client certificate (PEM), with --key");
  options.value("--key", to.key, "FILE", "mqtts: the client certificate's private key (PEM)");
  options.flag("--insecure", to.insecure, "mqtts: accept any certificate, self-signed or foreign");
  options.value("--password-file", to.password_file, "FILE",
                "file with the broker's password (or METERPIPE_MQTT_PASSWORD)");
  options.choice("--qos", to.qos, {"0", "1", "2"}, "quality of service (default 1)");
  options.toggle("retain", to.retain, "the broker keeps the last message of each topic (default)");
  options.flag("--allow-old", to.allow_old, "retain readings older than an hour, too");
  options.value("--client-id", to.client_id, "ID", "default obis-mqtt-HOSTNAME");
  options.number("--keepalive", to.keepalive, "SECONDS", "5 to 65535, 0 for none (default 60)");
  options.value("--topic", to.topic, "TEMPLATE",
                "per value, of {meter} {obis} {name} {src} (default " + to.topic + ")");
  options.value("--json-topic", to.json_topic, "TEMPLATE",
                "per reading, of {meter} {src} (default " + to.json_topic + ")");
  options.value("--error-topic", to.error_topic, "TEMPLATE",
                "per error, of {meter} {src} (default " + to.error_topic + ")");
  options.value("--bridge-topic", to.bridge_topic, "TEMPLATE",
                "online or offline, of {client} (default " + to.bridge_topic + ")");
  options.toggle("values", to.values, "one message per value (default)");
  options.toggle("json", to.json, "one message with the whole reading (default)");
  options.number("--queue", to.queue, "N", "messages kept while the broker is away (default 5000)");
  options.value("--linger", to.linger, "TIME",
                "at the end wait this long for an acknowledgement (default 10s)");
  options.flag("--dry-run", to.dry_run, "print topic, tab, payload; no broker is needed");
  cli::add_reader_options(options, to.common, "readings");
}

mqtt::TopicTemplate topic(const std::string& option, const std::string& text,
                          std::initializer_list<Placeholder> allowed) {
  auto result = mqtt::TopicTemplate::parse(text, allowed);
  if (!result) cli::usage_error(fmt::format("{}: {}", option, result.error()));
  return *result;
}

mqtt::PublishPlan plan_of(const Arguments& given) {
  mqtt::PublishPlan plan;
  if (!given.values && !given.json) cli::usage_error("--no-values and --no-json leave nothing");
  if (given.values) {
    plan.value_topic =
        topic("--topic", given.topic,
              {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
    if (!plan.value_topic->has(Placeholder::obis) && !plan.value_topic->has(Placeholder::name)) {
      cli::usage_error(
          "--topic: all values of a reading would share one topic: add {obis} or "
          "{name}");
    }
  }
  if (given.json) {
    plan.json_topic =
        topic("--json-topic", given.json_topic, {Placeholder::meter, Placeholder::src});
  }
  plan.error_topic =
      topic("--error-topic", given.error_topic, {Placeholder::meter, Placeholder::src});
  plan.retain = given.retain;
  plan.allow_old = given.allow_old;
  return plan;
}

// A replay has a name of its own: the same one would throw the service beside it off the broker.
std::string client_id_of(const Arguments& given, bool replay) {
  if (!given.client_id.empty()) return given.client_id;
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("obis-mqtt-{}{}", host, replay ? "-replay" : "");
}

mqtt::SessionSettings settings_of(const Arguments& given, bool replay) {
  mqtt::SessionSettings settings;
  auto url = mqtt::parse_broker_url(given.broker);
  if (!url) cli::usage_error("--broker: " + url.error());
  settings.broker = *url;
  settings.tls = {given.ca, given.cert, given.key, given.insecure};
  if (!url->tls && (given.insecure || !given.ca.empty() || !given.cert.empty())) {
    cli::usage_error("--ca, --cert and --insecure are for TLS: write mqtts:// for it");
  }
  if (given.cert.empty() != given.key.empty()) cli::usage_error("--cert and --key go together");
  if (given.insecure && !given.ca.empty())
    cli::usage_error("--insecure and --ca exclude each other");
  settings.qos = given.qos[0] - '0';
  if (given.keepalive > 65535 || (given.keepalive != 0 && given.keepalive < 5)) {
    cli::usage_error("--keepalive: 0, or 5 to 65535 seconds");
  }
  settings.keepalive = static_cast<int>(given.keepalive);
  if (given.queue == 0 || given.queue > 10'000'000) cli::usage_error("--queue: 1 to 10000000");
  settings.most_messages = given.queue;
  settings.client_id = client_id_of(given, replay);
  if (settings.client_id.size() > 255) cli::usage_error("--client-id: 255 characters at most");
  mqtt::TopicParts parts;
  parts.client = settings.client_id;
  topic("--bridge-topic", given.bridge_topic, {Placeholder::client})
      .append(settings.bridge_topic, parts);
  return settings;
}

void add_password(mqtt::SessionSettings& settings, const std::string& file) {
  if (!file.empty() && settings.broker.user.empty()) {
    cli::usage_error("--password-file: a password needs a user: --broker mqtt://USER@HOST");
  }
  settings.password = mqtt::find_password(file);
  if (settings.password && settings.broker.user.empty()) {
    io::log_warning("a password without a user is not used (--broker mqtt://USER@HOST)");
    settings.password.reset();
  }
}

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
}

int dry_run(const Arguments& given, io::Input& input) {
  io::Output output;
  mqtt::DryRun printer(output);
  mqtt::Publisher publisher(plan_of(given), printer, io::wall_clock);
  mqtt::Intake intake(publisher, given.common.count, [] { return true; });
  try {
    read_all(input, output, intake);
  } catch (const io::Fatal&) {  // no such file, say: what came before it is not lost
    output.close();
    throw;
  }
  output.close();
  return intake.trouble() && given.common.strict ? io::kData : io::kOk;
}

int publish(const Arguments& given, io::Input& input, const mqtt::SessionSettings& settings,
            long long linger_ms) {
  mqtt::Session session(settings);
  if (settings.tls.insecure) {
    io::log_warning("--insecure: whoever answers is taken for the broker");
  }
  input.wait_with([&](pollfd* fd, nfds_t n, int ms) { return session.wait(fd, n, ms); });
  mqtt::Publisher publisher(plan_of(given), session, io::wall_clock);
  mqtt::Intake intake(publisher, given.common.count, [&] {
    if (input.is_file()) return session.wait_for_room();
    session.let_the_broker_keep_pace();
    return true;
  });
  io::Output none(-1);
  try {
    read_all(input, none, intake);
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
  const auto linger_ms = static_cast<long long>(cli::parse_duration_ms("--linger", given.linger));
  plan_of(given);  // mistakes first, before any file is opened
  settings_of(given, false);
  io::Input input(given.common.files, given.common.follow);
  if (given.dry_run) return dry_run(given, input);
  mqtt::SessionSettings settings = settings_of(given, input.is_file() && !given.common.follow);
  add_password(settings, given.password_file);
  return publish(given, input, settings, linger_ms);
}

}  // namespace

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("obis-mqtt", [&] { return run(argc, argv); });
}
