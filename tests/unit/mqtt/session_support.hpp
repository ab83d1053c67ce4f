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
#include "support/heard.hpp"
#include "unit/mqtt/fake_broker.hpp"

namespace meterpipe::mqtt {

using fake::Broker;
using fake::Packet;
using test::Heard;

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
