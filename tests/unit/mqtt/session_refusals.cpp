// A session with a broker that ends the connection on what it does not take: it is found, named and
// put aside, all else arrives.
#include "mqtt/session.hpp"

#include <doctest/doctest.h>

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

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "unit/mqtt/session_support.hpp"

namespace meterpipe::mqtt {

namespace {

// A run against a broker that breaks off on a topic: readings of two values and a whole one, what
// is described anew on each connection, and what is said of the meter.
struct Broken {
  Version version = Version::v3_1_1;
  int qos = 1;
  bool answers_first = false;  // as mosquitto 2.0.11: the acknowledgement, then the end

  static constexpr int kReadings = 20;
  Heard heard{};
  std::map<std::string, std::set<std::string>> arrived{};
  std::size_t connections = 0, copies = 0;  // of what the broker breaks off on
  std::uint64_t unsendable = 0, held = 0;

  bool run(const std::string& refused) {
    Broker* self = nullptr;
    Broker broker([&](const Packet& packet) -> std::optional<std::string> {
      if (packet.type == fake::kConnect) {
        return version == Version::v5 ? fake::connack(0, "") : fake::connack_311(0);
      }
      std::string answer;
      std::string topic;
      if (packet.type == fake::kSubscribe) {
        topic = "ha/status";
        answer = fake::packet(
            fake::kSuback,
            packet.id() + (version == Version::v5 ? fake::text({0, 1}) : fake::text({1})));
      } else if (packet.type == fake::kPublish) {
        topic = packet.topic();
        if (packet.qos() != 0) answer = fake::packet(fake::kPuback, packet.id());
      } else {
        return "";
      }
      const bool is_refused = refused.ends_with('#')
                                  ? topic.starts_with(refused.substr(0, refused.size() - 1))
                                  : topic == refused;
      if (!is_refused) {
        arrived[topic].insert(packet.body.substr(packet.body.size() - 4));
        return answer;
      }
      ++copies;
      if (!answers_first) return std::nullopt;
      self->end_behind_answer();
      return answer;
    });
    self = &broker;
    auto settings = settings_for(broker, version);
    settings.qos = qos;
    settings.subscriptions = {"ha/status"};
    settings.timeouts.first_pause_ms = 2;
    settings.timeouts.quiet_ms = 10;
    Session session(settings);
    const auto describe = [&] {
      for (const char* what : {"ha/a/config", "ha/b/config", "ha/c/config", "ha/d/config"}) {
        session.put(latest_of("m", {what, std::string(2000, 'x'), true}));
      }
      session.put(latest_of("m", {"m/availability", "online", true}));
    };
    session.on_connected_again(describe);
    int n = 0;
    describe();
    long long quiet_since = -1;  // all is there, and the broker stays
    const bool all = becomes(session, broker, [&] {
      if (n < kReadings) {
        Batch reading;
        reading.kind = Batch::Kind::state;
        reading.meter = "m";
        const std::string payload = std::to_string(1000 + n++);
        for (const char* what : {"m/json", "m/1", "m/2"}) {
          reading.messages.emplace_back(what, payload, true);
        }
        session.put(std::move(reading));
        session.end_record();
        session.put(latest_of("m", {"m/diagnostics", payload, true}));
      }
      const bool is_done = n == kReadings && session.undelivered() == 0 && session.is_online();
      const long long now = os::monotonic_ms();
      quiet_since = !is_done ? -1 : quiet_since < 0 ? now : quiet_since;
      return is_done && now - quiet_since >= 5 * settings.timeouts.quiet_ms;
    });
    connections = broker.packets(fake::kConnect).size();
    unsendable = session.unsendable();
    held = session.held();
    return all;
  }
};

}  // namespace

TEST_CASE("session: whichever topic the broker breaks off on, the others arrive") {
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    for (const bool answers_first : {false, true}) {
      if (answers_first && version == Version::v5) continue;  // there the answer has a reason
      for (const char* refused : {"bridge", "ha/status", "ha/b/config", "m/availability", "m/json",
                                  "m/1", "m/2", "m/diagnostics", "ha/#"}) {
        // In MQTT 5 the same rules hold: a few of them, unless there is time for all.
        const bool is_chosen = std::string_view(refused) == "m/1" || refused[0] == 'b';
        if (version == Version::v5 && !is_chosen && std::getenv("METERPIPE_THOROUGH") == nullptr) {
          continue;
        }
        INFO("refused ", std::string(refused));
        CAPTURE(answers_first);
        Broken broken{.version = version, .answers_first = answers_first};
        CHECK(broken.run(refused));
        for (const char* topic : {"m/json", "m/1", "m/2"}) {
          if (std::string_view(topic) == refused) continue;
          CHECK(broken.arrived[topic].size() == Broken::kReadings);
        }
        for (const char* topic : {"ha/a/config", "m/availability"}) {
          const bool is_refused = std::string_view(topic) == refused ||
                                  (std::string_view(refused) == "ha/#" && topic[0] == 'h');
          CHECK(broken.arrived.contains(topic) != is_refused);
        }
        const std::string_view what = refused;
        CHECK(broken.connections <= (what == "ha/#" ? 16 : 12));
        CHECK(broken.copies <= broken.connections);
        if (what == "m/diagnostics" && answers_first) {
          // It has come through, and the newest is all that counts.
        } else if (what != "ha/#") {
          CHECK(broken.heard.count("the broker ends the connection on what is for " +
                                   std::string(what) + " (") == 1);
        } else {
          CHECK(broken.heard.count("taken nothing for ha/#") == 1);
        }
        // Values that are put aside are held back: none is lost.
        if (what == "m/1" && !answers_first) CHECK(broken.held == Broken::kReadings);
        if (what == "m/1") CHECK(broken.unsendable == 0);
      }
    }
  }
}

TEST_CASE("session: a broker that starts again and again costs no value") {
  // Each time it ends on the first message that it reads, whatever that is; or it takes a few.
  for (const bool takes_some : {false, true}) {
    CAPTURE(takes_some);
    Heard heard;
    int taken = 0;
    Broker broker([&](const Packet& packet) -> std::optional<std::string> {
      if (packet.type == fake::kConnect) {
        taken = 0;
        return fake::connack_311(0);
      }
      if (packet.type != fake::kPublish) return "";
      const int most = !takes_some ? 0 : packet.connection % 2 == 0 ? 4 : 2;
      if (packet.connection <= 16 && taken++ >= most) return std::nullopt;
      return fake::packet(fake::kPuback, packet.id());
    });
    auto settings = settings_for(broker, Version::v3_1_1);
    settings.timeouts.first_pause_ms = 2;
    settings.timeouts.quiet_ms = 5;
    Session session(settings);
    for (int n = 0; n < 10; ++n) {
      Batch reading = batch("m/1", std::to_string(n));
      reading.messages.emplace_back("m/2", std::to_string(n), false);
      reading.kind = Batch::Kind::state;
      reading.meter = "m";
      session.put(std::move(reading));
      session.end_record();
    }
    CHECK(becomes(session, broker, [&] { return session.undelivered() == 0; }));
    CHECK(session.unsendable() == 0);
  }
}

TEST_CASE("session: at QoS 0, too, what the broker breaks off on is found") {
  for (const char* refused : {"bridge", "ha/b/config", "m/1"}) {
    INFO("refused ", std::string(refused));
    Broken broken{.qos = 0};
    CHECK(broken.run(refused));
    CHECK(broken.connections <= 12);
    CHECK(broken.copies <= broken.connections);
  }
}

TEST_CASE("session: what was put aside is tried again; its cause is said") {
  Heard heard;
  bool refuses = true;
  Broker broker([&](const Packet& packet) -> std::optional<std::string> {
    if (refuses && packet.type == fake::kPublish && packet.body.size() > 3000) return std::nullopt;
    if (packet.type == fake::kPublish) return fake::packet(fake::kPuback, packet.id());
    return packet.type == fake::kConnect ? fake::connack_311(0) : "";
  });
  auto settings = settings_for(broker, Version::v3_1_1);
  settings.timeouts = {.first_pause_ms = 2, .quiet_ms = 5, .aside_ms = 300};
  Session session(settings);
  int again = 0;
  session.on_connected_again([&] { ++again; });
  session.put(batch("a", std::string(1500, 'x')));
  session.put(batch("big", std::string(4000, 'x')));
  session.put(batch("b", "3"));
  CHECK(becomes(session, broker, [&] { return session.undelivered() == 0; }));
  CHECK(session.delivered() == 2);
  CHECK(session.unsendable() == 1);
  CHECK(heard.count("what is for big (4011 bytes): is it too large? it has taken none of more than "
                    "1509; put aside for an hour") == 1);
  // A smaller one goes, one of the size does not.
  session.put(batch("big", std::string(2000, 'x')));
  session.put(batch("big", std::string(4000, 'x')));
  CHECK(becomes(session, broker, [&] { return session.undelivered() == 0; }));
  CHECK(session.delivered() == 3);
  CHECK(session.unsendable() == 2);
  const auto connections = broker.packets(fake::kConnect).size();
  CHECK(connections <= 6);
  const int before = again;
  refuses = false;
  CHECK(becomes(session, broker, [&] { return again > before; }));
  session.put(batch("big", std::string(4000, 'x')));
  CHECK(becomes(session, broker, [&] { return session.delivered() == 4; }));
  CHECK(broker.packets(fake::kConnect).size() == connections);
}

TEST_CASE("session: a broker that breaks off on everything costs three topics, and pauses grow") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    if (packet.type == fake::kPublish && packet.topic() != "bridge") return std::nullopt;
    if (packet.type == fake::kPublish) return fake::packet(fake::kPuback, packet.id());
    return packet.type == fake::kConnect ? fake::connack_311(0) : "";
  });
  auto settings = settings_for(broker, Version::v3_1_1);
  settings.timeouts.first_pause_ms = 2;
  settings.timeouts.quiet_ms = 2;
  Session session(settings);
  for (int n = 0; n < 20; ++n) session.put(batch("m" + std::to_string(n) + "/t", "1"));
  const long long start = os::monotonic_ms();
  CHECK(becomes(session, broker, [&] { return os::monotonic_ms() - start > 1000; }));
  CHECK(session.unsendable() == 3);
  CHECK(session.undelivered() == 17);
  CHECK(broker.packets(fake::kConnect).size() < 30);
}

}  // namespace meterpipe::mqtt
