// Where the broker is, who we are to it, and how messages reach it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "mqtt/session.hpp"

namespace meterpipe::tool {

// Headings of --help.
inline constexpr const char *kBrokerGroup = "Broker", *kTopicsGroup = "Topics and payloads",
                            *kScheduleGroup = "When", *kCheckGroup = "Plausibility",
                            *kHomeGroup = "Home Assistant", *kSpoolGroup = "Spool",
                            *kRawGroup = "Raw records", *kOtherGroup = "Options";

class ConnectionOptions {
 public:
  void add_to(cli::Options& options);
  // What of a message depends on the broker; behind the other options of topics.
  void add_to_topics(cli::Options& options);
  // Usage errors are thrown here. A replay has a client id of its own.
  mqtt::SessionSettings settings(bool replay) const;
  // The files that it reads.
  std::vector<std::string> files() const;
  // Reads the password's file; after the mistakes of the command line have been said.
  void add_password(mqtt::SessionSettings& settings) const;
  void check_expiry() const { cli::parse_duration_ms("--expire", expire_); }
  long long linger_ms() const;
  // Who we are, or where that is said, is left to the defaults.
  bool has_default_bridge() const {
    return !options_->given("--client-id") && !options_->given("--bridge-topic");
  }
  bool backlog_is_history() const { return backlog_ == "history"; }

 private:
  std::string client_id(bool replay) const;
  std::uint32_t expiry_s() const;

  const cli::Options* options_ = nullptr;
  std::string broker_ = "mqtt://localhost";
  std::string ca_, cert_, key_, password_file_, client_id_, qos_ = "1", linger_ = "10s",
                                                            backlog_ = "order";
  std::string mqtt_ = "3.1.1", expire_;
  std::string bridge_topic_ = "meterpipe/bridge/{client}";
  bool insecure_ = false;
  std::uint64_t keepalive_ = 60, queue_ = 5000;
};

}  // namespace meterpipe::tool
