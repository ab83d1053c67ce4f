// What the tests of a session share: how it is set, until when it runs, what is said meanwhile.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "mqtt/session.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "unit/mqtt/fake_broker.hpp"

namespace meterpipe::mqtt {

using fake::Broker;
using fake::Packet;

// What is said on stderr while it lives.
class Heard {
 public:
  Heard() : before_(::dup(STDERR_FILENO)) {
    char name[] = "/tmp/meterpipe-unit-XXXXXX";
    file_ = ::mkostemp(name, O_CLOEXEC);
    ::unlink(name);
    ::dup2(file_, STDERR_FILENO);
    os::Log::open("unit", os::Level::info);
  }
  ~Heard() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(file_);
    os::Log::open("unit", os::Level::error);
  }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;

  std::size_t count(const std::string& what) const {
    std::string all(65'536, '\0');
    all.resize(
        static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(file_, all.data(), all.size(), 0))));
    std::size_t n = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++n;
    return n;
  }

 private:
  int before_;
  int file_ = -1;
};

inline SessionSettings settings_for(const Broker& broker, Version version = Version::v5) {
  SessionSettings settings;
  settings.broker.host = "127.0.0.1";
  settings.broker.port = broker.port();
  settings.client_id = "me";
  settings.bridge_topic = "bridge";
  settings.version = version;
  return settings;
}

// Runs the session and its broker until it is so; false after minutes.
template <class Condition>
bool becomes(Session& session, Broker& broker, Condition condition) {
  const long long end = os::monotonic_ms() + 240'000;
  while (!condition()) {
    if (os::monotonic_ms() > end) return false;
    pollfd come{broker.fd(), POLLIN, 0};
    session.wait(&come, 1, 5);
    broker.serve();
  }
  return true;
}

inline Batch batch(const std::string& topic, const std::string& payload, bool retain = false) {
  Batch one;
  one.messages.emplace_back(topic, payload, retain);
  return one;
}

inline std::string good_answer(const Packet& packet, const std::string& properties = "") {
  if (packet.type == fake::kConnect) return fake::connack(0, properties);
  if (packet.type == fake::kPublish && packet.qos() == 1) return fake::puback(packet);
  if (packet.type == fake::kSubscribe) {
    return fake::packet(fake::kSuback, packet.id() + fake::text({0, 1}));
  }
  return "";
}

inline std::vector<Packet> published(const Broker& broker) {
  std::vector<Packet> some;
  for (const Packet& one : broker.packets(fake::kPublish)) {
    if (one.topic() != "bridge") some.push_back(one);
  }
  return some;
}

}  // namespace meterpipe::mqtt
