// The session against a broker that misbehaves on request: silence, refusals, limits.
#include "mqtt/session.hpp"

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
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "unit/mqtt/session_support.hpp"

namespace meterpipe::mqtt {

TEST_CASE("session: no CONNACK in time: said, tried again") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    return packet.connection < 2 ? "" : good_answer(packet);
  });
  auto settings = settings_for(broker);
  settings.timeouts.answer_ms = 40;
  Session session(settings);
  const long long start = os::monotonic_ms();
  CHECK(becomes(session, broker, [&] { return heard.count("no answer; trying again") == 1; }));
  CHECK(os::monotonic_ms() - start >= 40);
  CHECK_FALSE(session.ever_connected());
  CHECK(becomes(session, broker, [&] { return session.ever_connected(); }));
  // On a busy machine an answer can be late once more.
  CHECK(broker.packets(fake::kConnect).size() >= 2);
  CHECK(heard.count("no answer; trying again") == 1);
}

TEST_CASE("session: nothing is acknowledged: said, another connection, sent again") {
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    Heard heard;
    Broker broker([&](const Packet& packet) -> std::optional<std::string> {
      if (packet.type == fake::kConnect) {
        return version == Version::v5 ? fake::connack(0, "") : fake::connack_311(0);
      }
      if (packet.type != fake::kPublish || packet.connection == 1) return "";
      return version == Version::v5 ? fake::puback(packet)
                                    : fake::packet(fake::kPuback, packet.id());
    });
    auto settings = settings_for(broker, version);
    settings.timeouts.acknowledgement_ms = 60;
    Session session(settings);
    session.put(batch("a", "1"));
    session.put(batch("b", "2"));
    CHECK(becomes(session, broker, [&] { return session.delivered() == 2; }));
    CHECK(heard.count("lost: 2 messages are not acknowledged; connecting again") >= 1);
    // Twice on two connections; on a busy machine an acknowledgement can be late once more.
    const auto all = published(broker);
    REQUIRE(all.size() >= 4);
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i].topic() == (i % 2 == 0 ? "a" : "b"));
      CHECK(all[i].connection == static_cast<int>(i / 2) + 1);
    }
  }
}

TEST_CASE("session: MQTT 3.1.1 with a broker that keeps nothing, or takes QoS 0 only") {
  for (const bool by_will : {true, false}) {
    for (const bool is_qos : {false, true}) {
      if (is_qos && !by_will) continue;
      Heard heard;
      Broker broker([&](const Packet& packet) -> std::optional<std::string> {
        if (packet.type == fake::kConnect) {
          const int flags = packet.byte(7);
          const bool asks = (flags & (is_qos ? 0x18 : 0x20)) != 0;
          return by_will && asks ? std::nullopt : std::optional(fake::connack_311(0));
        }
        if (packet.type != fake::kPublish) return "";
        if (is_qos ? packet.qos() != 0 : packet.retain()) return std::nullopt;
        return packet.qos() == 0 ? "" : fake::packet(fake::kPuback, packet.id());
      });
      auto settings = settings_for(broker, Version::v3_1_1);
      settings.timeouts.first_pause_ms = 2;
      settings.timeouts.quiet_ms = 5;
      Session session(settings);
      std::optional<bool> keeps;
      session.on_retain([&](bool now) {
        if (keeps == now) return;
        keeps = now;
        session.put(batch("c", now ? "kept" : "not kept", true));
      });
      session.put(batch("a", "1", true));
      session.put(batch("b", "1", true));
      // Those two, and what is said on what becomes known.
      const std::size_t all = by_will ? 3 : 4;
      CHECK(becomes(session, broker, [&] { return session.delivered() == all; }));
      CHECK(keeps == is_qos);
      CHECK(session.unsendable() == 0);
      CHECK(broker.packets(fake::kConnect).size() <= 5);
      CHECK(heard.count(is_qos    ? "takes QoS 0 at most"
                        : by_will ? "keeps no retained messages: published without"
                                  : "ends the connection on retained messages: published") == 1);
    }
  }
}

TEST_CASE("session: a broker that is only starting teaches nothing") {
  for (const bool has_been_there : {false, true}) {
    Heard heard;
    Broker broker([&](const Packet& packet) -> std::optional<std::string> {
      const bool is_first = has_been_there && packet.connection == 1;
      const bool is_starting = !is_first && packet.connection <= (has_been_there ? 6 : 2);
      if (is_starting) return std::nullopt;
      if (packet.type == fake::kConnect) return fake::connack_311(0);
      if (packet.type != fake::kPublish) return "";
      if (is_first && packet.topic() != "bridge") return std::nullopt;
      return fake::packet(fake::kPuback, packet.id());
    });
    auto settings = settings_for(broker, Version::v3_1_1);
    settings.timeouts.first_pause_ms = 2;
    settings.timeouts.quiet_ms = 5;
    Session session(settings);
    session.put(batch("b", "1", true));
    session.put(batch("c", "1", true));
    CHECK(becomes(session, broker, [&] { return session.delivered() == 2; }));
    for (const Packet& one : published(broker)) {
      CHECK(one.qos() == 1);
      CHECK(one.retain());
    }
    CHECK(heard.count("published without") + heard.count("QoS 0") == 0);
  }
}

TEST_CASE("session: no bridge topic: no will, and nothing is said there") {
  Broker broker([](const Packet& packet) { return std::optional(good_answer(packet)); });
  auto settings = settings_for(broker);
  settings.bridge_topic.clear();
  Session session(settings);
  session.put(batch("a", "1"));
  CHECK(becomes(session, broker, [&] { return session.delivered() == 1; }));
  session.finish(100);
  broker.serve();
  const auto all = broker.packets(fake::kPublish);
  REQUIRE(all.size() == 1);
  CHECK(all[0].topic() == "a");
  CHECK((broker.packets(fake::kConnect)[0].byte(7) & 0x04) == 0);
}

TEST_CASE("session: the end is not put off by connections that do not hold") {
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    static int sent;
    if (packet.type == fake::kConnect) sent = 0;
    // One message a connection.
    if (packet.type == fake::kPublish && packet.topic() != "bridge" && ++sent > 1) {
      return std::nullopt;
    }
    return good_answer(packet);
  });
  auto settings = settings_for(broker);
  settings.timeouts.first_pause_ms = 2;
  settings.timeouts.quiet_ms = 2;
  Session session(settings);
  std::atomic<bool> over = false;
  for (int n = 0; n < 2000; ++n) session.put(batch("t" + std::to_string(n), "1"));
  std::thread serving([&] {
    while (!over) {
      pollfd come{broker.fd(), POLLIN, 0};
      ::poll(&come, 1, 5);
      broker.serve();
    }
  });
  const long long start = os::monotonic_ms();
  CHECK_FALSE(session.settle(200));
  over = true;
  serving.join();
  CHECK(os::monotonic_ms() - start >= 200);
  CHECK(os::monotonic_ms() - start < 5000);
  CHECK(session.undelivered() > 0);
}

TEST_CASE("session: a dead name server: said, asked again, the late answer is nobody's") {
  Heard heard;
  Broker broker([](const Packet& packet) { return std::optional(good_answer(packet)); });
  auto settings = settings_for(broker);
  settings.broker.host = "broker.example";
  settings.timeouts.resolve_ms = 40;
  struct Asked {
    std::promise<void> end, ended;
    std::shared_future<void> over = end.get_future().share();
    std::atomic<int> times = 0;
  };
  // Shared with the threads that ask: one that is late may outlive the test.
  const auto asked = std::make_shared<Asked>();
  settings.look_up = [asked](const std::string& host, std::uint16_t) -> os::Resolver::Answer {
    const bool first = asked->times++ == 0;
    if (first) {
      asked->over.wait();
      asked->ended.set_value();
    }
    return {{first ? "192.0.2.1" : host == "broker.example" ? "127.0.0.1" : ""}, ""};
  };
  Session session(settings);
  const long long start = os::monotonic_ms();
  CHECK(becomes(session, broker, [&] {
    return heard.count("broker.example: the name server does not answer; trying again") == 1;
  }));
  CHECK(os::monotonic_ms() - start >= 40);
  CHECK(becomes(session, broker, [&] { return session.ever_connected(); }));
  CHECK(asked->times >= 2);
  asked->end.set_value();
  asked->ended.get_future().wait();
}

TEST_CASE("session: which answers to CONNECT are refusals") {
  struct Row {
    Version version;
    int answer;
    bool refused;
    const char* text;
  };
  const std::vector<Row> rows{
      {Version::v3_1_1, 1, true, "does not speak MQTT 3.1.1 (use --mqtt 5)"},
      {Version::v3_1_1, 2, true, "identifier"},
      {Version::v3_1_1, 3, false, "unavailable"},
      {Version::v3_1_1, 4, true, "bad user name or password"},
      {Version::v3_1_1, 5, true, "not authorised"},
      {Version::v5, 0x80, false, "Unspecified"},
      {Version::v5, 0x84, true, "does not speak MQTT 5 (use --mqtt 3.1.1)"},
      {Version::v5, 0x85, true, "Client Identifier not valid"},
      {Version::v5, 0x86, true, "Bad User Name or Password"},
      {Version::v5, 0x87, true, "Not authorized"},
      {Version::v5, 0x88, false, "Server unavailable"},
      {Version::v5, 0x89, false, "Server busy"},
      {Version::v5, 0x8a, true, "Banned"},
      {Version::v5, 0x8c, true, "Bad authentication method"},
      {Version::v5, 0x97, false, "Quota exceeded"},
      {Version::v5, 0x9f, false, "Connection rate exceeded"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.answer);
    Heard heard;
    Broker broker([&](const Packet&) -> std::optional<std::string> {
      return row.version == Version::v5 ? fake::connack(row.answer, "")
                                        : fake::connack_311(row.answer);
    });
    Session session(settings_for(broker, row.version));
    std::string why;
    int status = 0;
    try {
      const bool retried =
          becomes(session, broker, [&] { return heard.count("trying again") == 1; });
      CHECK(retried);
      CHECK(heard.count(row.text) == 1);
    } catch (const os::Fatal& fatal) {
      why = fatal.what();
      status = fatal.status();
    }
    CHECK(status == (row.refused ? os::kUnavailable : 0));
    if (row.refused) CHECK(why.find(row.text) != std::string::npos);
  }
}

TEST_CASE("session: a broker of MQTT 3.1.1 and MQTT 5") {
  // The return code of 3.1.1, without properties.
  Broker old([](const Packet&) -> std::optional<std::string> { return fake::connack_311(1); });
  Session session(settings_for(old));
  std::string why;
  try {
    becomes(session, old, [] { return false; });
  } catch (const os::Fatal& fatal) {
    why = fatal.what();
  }
  CHECK(why.find("does not speak MQTT 5 (use --mqtt 3.1.1)") != std::string::npos);
  // No answer but the end of the connection.
  Heard heard;
  Broker older([](const Packet&) -> std::optional<std::string> { return std::nullopt; });
  Session other(settings_for(older));
  CHECK(becomes(other, older, [&] { return heard.count("--mqtt 3.1.1)") == 1; }));
}

TEST_CASE("session: what the broker does not grant is done without") {
  Heard heard;
  // Receive Maximum 2, Maximum QoS 1, Retain Available 0. Acknowledges in pairs.
  int most = 0;
  std::vector<Packet> open;
  Broker broker([&](const Packet& packet) -> std::optional<std::string> {
    if (packet.type == fake::kConnect) {
      return fake::connack(0, fake::text({33, 0, 2, 36, 1, 37, 0}));
    }
    if (packet.type != fake::kPublish) return "";
    if (packet.topic() == "bridge") return fake::puback(packet);
    open.push_back(packet);
    most = std::max(most, static_cast<int>(open.size()));
    if (open.size() < 2) return "";
    std::string answer;
    for (const Packet& one : open) answer += fake::puback(one);
    open.clear();
    return answer;
  });
  auto settings = settings_for(broker);
  settings.qos = 2;
  Session session(settings);
  std::vector<bool> keeps;
  session.on_retain([&](bool now) { keeps.push_back(now); });
  for (int n = 0; n < 20; ++n) session.put(batch("t", std::to_string(n), true));
  CHECK(becomes(session, broker, [&] { return session.delivered() == 20; }));
  CHECK(most == 2);
  CHECK(keeps == std::vector{false});
  for (const Packet& one : broker.packets(fake::kPublish)) {
    CHECK(one.qos() == 1);
    CHECK_FALSE(one.retain());
  }
  CHECK(heard.count("keeps no retained messages") == 1);
  CHECK(heard.count("QoS 1 at most") == 1);
}

TEST_CASE("session: Maximum Packet Size is kept to the byte") {
  for (const int most : {90, 127, 128, 129, 130, 131, 160}) {
    for (const int qos : {0, 1}) {
      CAPTURE(most);
      CAPTURE(qos);
      Heard heard;
      Broker broker([&](const Packet& packet) -> std::optional<std::string> {
        return good_answer(packet, fake::text({39, 0, 0, 0, most}));
      });
      auto settings = settings_for(broker);
      settings.qos = qos;
      Session session(settings);
      // One more byte of payload each: those that fit arrive, up to the largest that does.
      for (int n = 1; n <= 170; ++n) {
        Batch one = batch("t", std::string(static_cast<std::size_t>(n), 'x'));
        one.id = "4b46:1";
        one.auth = "verified";
        session.put(std::move(one));
      }
      CHECK(becomes(session, broker, [&] {
        return published(broker).size() + session.unsendable() == 170 && session.undelivered() == 0;
      }));
      const auto all = published(broker);
      REQUIRE_FALSE(all.empty());
      // 130 bytes cannot be: behind 127 bytes of content the length takes a second byte.
      CHECK(all.back().size == static_cast<std::size_t>(most == 130 ? 129 : most));
      CHECK(heard.count("messages for t cannot be sent") == 1);
    }
  }
}

TEST_CASE("session: a message that the broker refuses is done, said once, counted") {
  for (const int qos : {1, 2}) {
    for (const int reason : {0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}) {
      if (qos == 2 && reason == 0x99) continue;  // libmosquitto takes it for a broken protocol
      CAPTURE(qos);
      CAPTURE(reason);
      Heard heard;
      Broker broker([&](const Packet& packet) -> std::optional<std::string> {
        if (packet.type == fake::kConnect) return fake::connack(0, "");
        if (packet.type != fake::kPublish) return "";
        return fake::puback(packet, packet.topic() == "bridge" ? 0 : reason);
      });
      auto settings = settings_for(broker);
      settings.qos = qos;
      Session session(settings);
      session.put(batch("a", "1"));
      session.put(batch("a", "2"));
      session.put(batch("b", "3"));
      CHECK(becomes(session, broker, [&] { return session.undelivered() == 0; }));
      CHECK(session.refused() == 3);
      CHECK(session.delivered() == 0);
      CHECK(heard.count("refuses messages for a: ") == 1);
      CHECK(heard.count("refuses messages for b: ") == 1);
      CHECK(published(broker).size() == 3);
      // What is not ours is not tried again; a full quota may be another one tomorrow.
      session.put(batch("a", "4"));
      CHECK(becomes(session, broker, [&] { return session.refused() == 4; }));
      const bool for_good = reason == 0x87 || reason == 0x90;
      CHECK(published(broker).size() == (for_good ? 3 : 4));
    }
  }
}

TEST_CASE("session: a will that asks for too much asks for less") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    if (packet.type != fake::kConnect) return good_answer(packet);
    const int flags = packet.byte(7);  // behind the protocol's name and version
    if ((flags & 0x20) != 0) return fake::connack(0x9a, "");
    if ((flags & 0x18) != 0) return fake::connack(0x9b, "");
    return fake::connack(0, "");
  });
  Session session(settings_for(broker));
  CHECK(becomes(session, broker, [&] { return session.ever_connected(); }));
  CHECK(broker.packets(fake::kConnect).size() == 3);
  CHECK(heard.count("Retain not supported; trying again") == 1);
}

TEST_CASE("session: subscribes on each connection and hands on what comes") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    if (packet.type != fake::kSubscribe) {
      // The message of the handler ends the first connection.
      if (packet.type == fake::kPublish && packet.topic() == "answer" && packet.connection == 1) {
        return std::nullopt;
      }
      return good_answer(packet);
    }
    const bool wanted = packet.body.find("status") != std::string::npos;
    const std::string answer =
        fake::packet(fake::kSuback, packet.id() + fake::text({0, wanted ? 1 : 0x87}));
    if (!wanted) return answer;
    return answer + fake::message("ha/status", std::string(300'000, 'x'), false) +
           fake::message("ha/status", "online", true) + fake::message("ha/status", "", false);
  });
  auto settings = settings_for(broker);
  settings.subscriptions = {"ha/status", "not/ours", "bad/#/filter"};
  Session session(settings);
  std::vector<std::string> got;
  session.on_message([&](std::string_view topic, std::string_view payload, bool retained) {
    got.push_back(std::string(topic) + "=" + std::string(payload) + (retained ? "!" : ""));
    if (payload == "online") session.put(batch("answer", "x"));
  });
  CHECK(becomes(session, broker, [&] { return session.delivered() == 2; }));
  const std::vector<std::string> want{"ha/status=online!", "ha/status=", "ha/status=online!",
                                      "ha/status="};
  CHECK(got == want);
  CHECK(broker.packets(fake::kSubscribe).size() == 4);
  CHECK(heard.count("refuses the subscription to not/ours: Not authorized") == 1);
  CHECK(heard.count("bad/#/filter") == 1);
}

TEST_CASE("session: a subscription that fails in 3.1.1") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    if (packet.type == fake::kConnect) return fake::connack_311(0);
    if (packet.type == fake::kPublish) return fake::packet(fake::kPuback, packet.id());
    if (packet.type != fake::kSubscribe) return "";
    return fake::packet(fake::kSuback, packet.id() + fake::text({0x80}));
  });
  auto settings = settings_for(broker, Version::v3_1_1);
  settings.subscriptions = {"ha/status"};
  Session session(settings);
  CHECK(becomes(session, broker, [&] {
    return heard.count("refuses the subscription to ha/status: no reason given") == 1;
  }));
}

TEST_CASE("session: why the broker ends the connection") {
  Heard heard;
  Broker broker([](const Packet& packet) -> std::optional<std::string> {
    if (packet.type == fake::kPublish && packet.connection == 1) {
      return fake::packet(fake::kDisconnect, fake::text({0x8b, 0}));
    }
    return good_answer(packet);
  });
  Session session(settings_for(broker));
  CHECK(becomes(session, broker, [&] { return broker.packets(fake::kConnect).size() == 2; }));
  CHECK(heard.count("lost: the broker ends it: Server shutting down") == 1);
}

}  // namespace meterpipe::mqtt
