#include "mqtt/broker_url.hpp"

#include <doctest/doctest.h>

namespace meterpipe::mqtt {

TEST_CASE("broker address: its parts") {
  const auto plain = parse_broker_url("mqtt://localhost");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls);
  CHECK(plain->host == "localhost");
  CHECK(plain->port == 1883);
  CHECK(plain->user.empty());
  CHECK(plain->text() == "mqtt://localhost:1883");

  const auto tls = parse_broker_url("mqtts://meter@broker.example:8884/");
  REQUIRE(tls);
  CHECK(tls->tls);
  CHECK(tls->user == "meter");
  CHECK(tls->host == "broker.example");
  CHECK(tls->port == 8884);
  CHECK(parse_broker_url("mqtts://h")->port == 8883);

  const auto v6 = parse_broker_url("mqtt://[fe80::1%eth0]:1884");
  REQUIRE(v6);
  CHECK(v6->host == "fe80::1%eth0");
  CHECK(v6->port == 1884);
  CHECK(v6->text() == "mqtt://[fe80::1%eth0]:1884");
  CHECK(parse_broker_url("mqtt://[::1]")->port == 1883);

  CHECK(parse_broker_url("mqtt://a%40b@h")->user == "a@b");
  CHECK(parse_broker_url("mqtt://a@b@h")->user == "a@b");
}

TEST_CASE("broker address: a password is refused and not repeated") {
  for (const char* text : {"mqtt://meter:hunter2@host", "mqtts://:hunter2@host:1",
                           "mqtt://meter:hunter2@x@host", "meter:hunter2@host"}) {
    const auto url = parse_broker_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().find("hunter2") == std::string::npos);
  }
  CHECK(parse_broker_url("mqtt://m:hunter2@h").error().find("--password-file") !=
        std::string::npos);
}

TEST_CASE("broker address: websockets are refused with what to do instead") {
  for (const char* text : {"ws://h", "wss://me@h:443"}) {
    const auto url = parse_broker_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().find("libmosquitto has no websockets: give the broker a listener") !=
          std::string::npos);
  }
}

TEST_CASE("broker address: what is malformed") {
  for (const char* text : {"",
                           "localhost",
                           "localhost:1883",
                           "tcp://localhost",
                           "MQTT://h",
                           "mqtt://",
                           "mqtt:///",
                           "mqtt://@host",
                           "mqtt://host:",
                           "mqtt://host:0",
                           "mqtt://host:65536",
                           "mqtt://host:1x",
                           "mqtt://host/path",
                           "mqtt://ho st",
                           "mqtt://::1",
                           "mqtt://[::1",
                           "mqtt://[::1]x",
                           "mqtt://[]",
                           "mqtt://[localhost]",
                           "mqtts://[%A1]",
                           "mqtt://a%4@h",
                           "mqtt://a%zz@h",
                           "mqtt://a%00@h",
                           "mqtt://h?x",
                           "mqtt://h%20"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_broker_url(text));
  }
}

}  // namespace meterpipe::mqtt
