// Where the broker is, who we are to it, and how messages reach it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "mqtt/password.hpp"
#include "mqtt/session.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "os/log.hpp"

namespace meterpipe::tool {

class ConnectionOptions {
 public:
  void add_to(cli::Options& options) {
    options_ = &options;
    options.group(kBrokerGroup);
    options.list("-b,--broker", brokers_, "URL",
                 "mqtt://[USER@]HOST[:PORT] or mqtts:// (default mqtt://localhost)");
    options.value("--ca", ca_, "FILE", "mqtts: trust these certificates, not the system's");
    options.value("--cert", cert_, "FILE", "mqtts: client certificate (PEM), with --key");
    options.value("--key", key_, "FILE", "mqtts: the client certificate's private key (PEM)");
    options.flag("--insecure", insecure_, "mqtts: accept any certificate, self-signed or foreign");
    options.value("--tls-name", tls_name_, "NAME",
                  "mqtts: the broker's certificate is for this name, not its host's");
    options.value("--password-file", password_file_, "FILE",
                  "file with the broker's password (or METERPIPE_MQTT_PASSWORD)");
    options.choice("--mqtt", mqtt_, {"3.1.1", "5"}, "version of MQTT (default 3.1.1)");
    options.choice("--qos", qos_, {"0", "1", "2"}, "quality of service (default 1)");
    options.value("--client-id", client_id_, "ID", "default obis-mqtt-HOSTNAME");
    options.number("--keepalive", keepalive_, "SECONDS", "5 to 65535, 0 for none (default 60)");
    options.value("--bridge-topic", bridge_topic_, "TEMPLATE",
                  "online or offline, of {client}, or off (default " + bridge_topic_ + ")");
    options.number("--queue", queue_, "N", "messages kept while the broker is away (default 5000)");
    options.value("--linger", linger_, "TIME",
                  "at the end wait this long for an acknowledgement (default 10s)");
    options.needs("--cert", {"--key"});
    options.needs("--key", {"--cert"});
    options.excludes("--insecure", {"--ca", "--tls-name"});
  }
  // What of a message depends on the broker; behind the other options of topics.
  void add_to_topics(cli::Options& options) {
    options.group(kTopicsGroup);
    options.value("--expire", expire_, "TIME",
                  "--mqtt 5: the broker forgets values and readings after this time");
    options.choice(
        "--backlog", backlog_, {"order", "history"},
        "late readings: in order on their topics, or on the history topic (default order)");
  }
  // Usage errors are thrown here. A replay has a client id of its own.
  mqtt::SessionSettings settings(bool replay) const {
    mqtt::SessionSettings settings;
    bool tls = false;
    const auto add = [&](const std::string& text) {
      const auto url = mqtt::parse_broker_url(text);
      if (!url) cli::usage_error("--broker: " + url.error());
      tls = tls || url->tls;
      return *url;
    };
    settings.broker = add(brokers_.empty() ? "mqtt://localhost" : brokers_.front());
    for (std::size_t i = 1; i < brokers_.size(); ++i) settings.others.push_back(add(brokers_[i]));
    if (!password_file_.empty() && !has_user(settings)) {
      cli::usage_error("--password-file: a password needs a user: --broker mqtt://USER@HOST");
    }
    settings.tls = {ca_, cert_, key_, insecure_, tls_name_};
    if (!tls && (insecure_ || !ca_.empty() || !cert_.empty() || !tls_name_.empty())) {
      cli::usage_error(
          "--ca, --cert, --tls-name and --insecure are for TLS: write mqtts:// for it");
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
    if (bridge_topic_ == "off") return settings;
    settings.bridge_topic =
        topic_template("--bridge-topic", bridge_topic_, {shape::Placeholder::client})
            .text({.client = settings.client_id});
    return settings;
  }
  // The files that it reads.
  std::vector<std::string> files() const { return {ca_, cert_, key_, password_file_}; }
  // Reads the password's file; after the mistakes of the command line have been said.
  void add_password(mqtt::SessionSettings& settings) const {
    settings.password = mqtt::find_password(password_file_);
    if (settings.password && !has_user(settings)) {
      os::log_warning("a password without a user is not used (--broker mqtt://USER@HOST)");
      settings.password.reset();
    }
  }
  void check_expiry() const { cli::parse_duration_ms("--expire", expire_); }
  long long linger_ms() const {
    return static_cast<long long>(cli::parse_duration_ms("--linger", linger_));
  }
  // Who we are, or where that is said, is left to the defaults.
  bool has_default_bridge() const {
    return !options_->given("--client-id") && !options_->given("--bridge-topic");
  }
  bool backlog_is_history() const { return backlog_ == "history"; }

 private:
  static bool has_user(const mqtt::SessionSettings& settings) {
    return !settings.broker.user.empty() ||
           std::ranges::any_of(settings.others, [](const auto& url) { return !url.user.empty(); });
  }
  // A replay has a name of its own: the same one would throw the service beside it off the broker.
  std::string client_id(bool replay) const {
    if (!client_id_.empty()) return client_id_;
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    return fmt::format("obis-mqtt-{}{}", host, replay ? "-replay" : "");
  }
  std::uint32_t expiry_s() const {
    if (expire_.empty()) return 0;
    const std::uint64_t ms = cli::parse_duration_ms("--expire", expire_);
    if (mqtt_ != "5") cli::usage_error("--expire: messages expire in MQTT 5 only: add --mqtt 5");
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    if (ms < 1000 || ms / 1000 >= kMost) {
      cli::usage_error("--expire: '{}' is not from 1s to 4294967294s", expire_);
    }
    return static_cast<std::uint32_t>((ms + 999) / 1000);
  }

  const cli::Options* options_ = nullptr;
  std::vector<std::string> brokers_;
  std::string ca_, cert_, key_, tls_name_, password_file_, client_id_, qos_ = "1", linger_ = "10s",
                                                                       backlog_ = "order";
  std::string mqtt_ = "3.1.1", expire_;
  std::string bridge_topic_ = "meterpipe/bridge/{client}";
  bool insecure_ = false;
  std::uint64_t keepalive_ = 60, queue_ = 5000;
};

}  // namespace meterpipe::tool
