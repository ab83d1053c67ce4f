// A session whose broker ends the connection on the values of a topic: they are held back, and come
// in their order when the topic is tried again.
#include "mqtt/session.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spool/spool.hpp"
#include "support/folder.hpp"
#include "unit/mqtt/session_support.hpp"

namespace meterpipe::mqtt {

namespace {

// A broker that ends the connection on m/1 while it refuses it, and what it takes.
struct Moody {
  bool refuses = true;
  std::map<std::string, std::vector<std::string>> arrived{};
  Broker broker{[this](const Packet& packet) -> std::optional<std::string> {
    if (packet.type == fake::kConnect) return fake::connack_311(0);
    if (packet.type != fake::kPublish) return "";
    if (refuses && packet.topic() == "m/1") return std::nullopt;
    arrived[packet.topic()].push_back(packet.body.substr(packet.body.size() - 4));
    return fake::packet(fake::kPuback, packet.id());
  }};

  SessionSettings settings() const {
    auto settings = settings_for(broker, Version::v3_1_1);
    settings.timeouts = {.first_pause_ms = 2, .quiet_ms = 5, .aside_ms = 400};
    return settings;
  }
};

void put_readings(Session& session, int from, int to) {
  for (int n = from; n < to; ++n) {
    Batch reading = batch("m/1", std::to_string(1000 + n), true);
    reading.messages.emplace_back("m/2", std::to_string(1000 + n), true);
    reading.kind = Batch::Kind::state;
    reading.meter = "m";
    session.put(std::move(reading));
    session.end_record();
  }
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int n = from; n < to; ++n) all.push_back(std::to_string(1000 + n));
  return all;
}

spool::SpoolSettings spool_in(const test::Folder& folder) {
  spool::SpoolSettings settings;
  settings.path = folder.file("s.db");
  return settings;
}

}  // namespace

TEST_CASE("session: values of a topic that is put aside wait, and come in their order") {
  Heard heard;
  Moody moody;
  Session session(moody.settings());
  put_readings(session, 0, 20);
  CHECK(becomes(session, moody.broker,
                [&] { return session.held() == 20 && session.undelivered() == 0; }));
  CHECK(moody.arrived["m/2"] == numbers(0, 20));
  CHECK(session.counts().queue_messages == 20);
  // Tried again, refused again: still all of them.
  const auto before = moody.broker.packets(fake::kConnect).size();
  CHECK(becomes(session, moody.broker,
                [&] { return moody.broker.packets(fake::kConnect).size() >= before + 5; }));
  moody.refuses = false;
  // What comes now goes behind them.
  put_readings(session, 20, 30);
  CHECK(becomes(session, moody.broker,
                [&] { return session.held() == 0 && session.undelivered() == 0; }));
  CHECK(moody.arrived["m/1"] == numbers(0, 30));
  CHECK(moody.arrived["m/2"] == numbers(0, 30));
  CHECK(session.delivered() == 60);
  CHECK(session.unsendable() == 0);
  CHECK(session.counts().queue_messages == 0);
}

TEST_CASE("session: values that are held back at the end are counted and named") {
  Heard heard;
  Moody moody;
  auto settings = moody.settings();
  settings.outbox.most_messages = 8;
  Session session(settings);
  for (int n = 0; n < 20; ++n) {
    put_readings(session, n, n + 1);
    CHECK(becomes(session, moody.broker, [&] { return session.undelivered() == 0; }));
  }
  CHECK(session.held() == 8);
  CHECK(session.unsendable() == 12);
  CHECK(heard.count("no more values are held back: the oldest of m/1 are lost") == 1);
  session.finish(0);
  CHECK(session.unsendable() == 20);
  CHECK(heard.count("8 values of m/1 are lost") == 1);
}

TEST_CASE("session: with a spool, the next run has the values that were held back first") {
  Heard heard;
  test::Folder folder;
  Moody moody;
  {
    spool::Spool spool(spool_in(folder));
    Session session(moody.settings(), &spool);
    put_readings(session, 0, 20);
    CHECK(becomes(session, moody.broker,
                  [&] { return session.held() == 20 && session.undelivered() == 0; }));
    session.finish(0);
    CHECK(session.unsendable() == 0);
    CHECK(heard.count("20 values of m/1 are kept for the next run") == 1);
  }
  moody.refuses = false;
  spool::Spool spool(spool_in(folder));
  {
    Session session(moody.settings(), &spool);
    spool.for_each_saved(
        [&](std::string_view key, std::string_view text) { session.restore(key, text); });
    CHECK(session.held() == 20);
    put_readings(session, 20, 25);
    CHECK(becomes(session, moody.broker,
                  [&] { return session.held() == 0 && session.undelivered() == 0; }));
    session.finish(0);
  }
  CHECK(moody.arrived["m/1"] == numbers(0, 25));
}

}  // namespace meterpipe::mqtt
