#include "obis-mqtt/connection_options.hpp"

#include <unistd.h>
#include <limits>

#include <fmt/format.h>

#include "mqtt/password.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "os/log.hpp"

namespace meterpipe::tool {

void ConnectionOptions::add_to(cli::Options& options) {
  options_ = &options;
  options.group(kBrokerGroup);
  options.value("-b,--broker", broker_, "URL",
                "mqtt://[USER@]HOST[:PORT] or mqtts:// (default mqtt://localhost)");
  options.value("--ca", ca_, "FILE", "mqtts: trust these certificates, not the system's");
  options.value("--cert", cert_, "FILE", "mqtts: client certificate (PEM), with --key");
  options.value("--key", key_, "FILE", "mqtts: the client certificate's private key (PEM)");
  options.flag("--insecure", insecure_, "mqtts: accept any certificate, self-signed or foreign");
  options.value("--password-file", password_file_, "FILE",
                "file with the broker's password (or METERPIPE_MQTT_PASSWORD)");
  options.choice("--mqtt", mqtt_, {"3.1.1", "5"}, "version of MQTT (default 3.1.1)");
  options.choice("--qos", qos_, {"0", "1", "2"}, "quality of service (default 1)");
  options.value("--client-id", client_id_, "ID", "default obis-mqtt-HOSTNAME");
  options.number("--keepalive", keepalive_, "SECONDS", "5 to 65535, 0 for none (default 60)");
  options.value("--bridge-topic", bridge_topic_, "TEMPLATE",
                "online or offline, of {client} (default " + bridge_topic_ + ")");
  options.number("--queue", queue_, "N", "messages kept while the broker is away (default 5000)");
  options.value("--linger", linger_, "TIME",
                "at the end wait this long for an acknowledgement (default 10s)");
  options.needs("--cert", {"--key"});
  options.needs("--key", {"--cert"});
  options.excludes("--insecure", {"--ca"});
}

void ConnectionOptions::add_to_topics(cli::Options& options) {
  options.group(kTopicsGroup);
  options.value("--expire", expire_, "TIME",
                "--mqtt 5: the broker forgets values and readings after this time");
  options.choice(
      "--backlog", backlog_, {"order", "history"},
      "late readings: in order on their topics, or on the history topic (default order)");
}

long long ConnectionOptions::linger_ms() const {
  return static_cast<long long>(cli::parse_duration_ms("--linger", linger_));
}

std::uint32_t ConnectionOptions::expiry_s() const {
  if (expire_.empty()) return 0;
  const std::uint64_t ms = cli::parse_duration_ms("--expire", expire_);
  if (mqtt_ != "5") cli::usage_error("--expire: messages expire in MQTT 5 only: add --mqtt 5");
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (ms < 1000 || ms / 1000 >= kMost) {
    cli::usage_error("--expire: '{}' is not from 1s to 4294967294s", expire_);
  }
  return static_cast<std::uint32_t>((ms + 999) / 1000);
}

// A replay has a name of its own: the same one would throw the service beside it off the broker.
std::string ConnectionOptions::client_id(bool replay) const {
  if (!client_id_.empty()) return client_id_;
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("obis-mqtt-{}{}", host, replay ? "-replay" : "");
}

mqtt::SessionSettings ConnectionOptions::settings(bool replay) const {
  mqtt::SessionSettings settings;
  auto url = mqtt::parse_broker_url(broker_);
  if (!url) cli::usage_error("--broker: " + url.error());
  settings.broker = *url;
  settings.tls = {ca_, cert_, key_, insecure_};
  if (!url->tls && (insecure_ || !ca_.empty() || !cert_.empty())) {
    cli::usage_error("--ca, --cert and --insecure are for TLS: write mqtts:// for it");
  }
  settings.qos = qos_[0] - '0';
  settings.version = mqtt_ == "5" ? mqtt::Version::v5 : mqtt::Version::v3_1_1;
  settings.expiry_s = expiry_s();
  if (keepalive_ > 65535 || (keepalive_ != 0 && keepalive_ < 5)) {
    cli::usage_error("--keepalive: {} is neither 0 nor 5 to 65535", keepalive_);
  }
  settings.keepalive = static_cast<int>(keepalive_);
  if (queue_ == 0 || queue_ > 10'000'000) {
    cli::usage_error("--queue: {} is not from 1 to 10000000", queue_);
  }
  settings.outbox.most_messages = queue_;
  settings.client_id = client_id(replay);
  if (settings.client_id.size() > 255) {
    cli::usage_error("--client-id: {} characters are more than 255", settings.client_id.size());
  }
  settings.bridge_topic =
      topic_template("--bridge-topic", bridge_topic_, {shape::Placeholder::client})
          .text({.client = settings.client_id});
  return settings;
}

std::vector<std::string> ConnectionOptions::files() const {
  return {ca_, cert_, key_, password_file_};
}

void ConnectionOptions::add_password(mqtt::SessionSettings& settings) const {
  if (!password_file_.empty() && settings.broker.user.empty()) {
    cli::usage_error("--password-file: a password needs a user: --broker mqtt://USER@HOST");
  }
  settings.password = mqtt::find_password(password_file_);
  if (settings.password && settings.broker.user.empty()) {
    os::log_warning("a password without a user is not used (--broker mqtt://USER@HOST)");
    settings.password.reset();
  }
}

}  // namespace meterpipe::tool
