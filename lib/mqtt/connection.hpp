// One connection to the broker: one instance of libmosquitto, from the first SYN to the end. It is
// never used again, so that nothing is left over from the connection before; what was not
// acknowledged stands in our own queue. No threads, no loop of the library: the session polls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mqtt/message.hpp"
#include "mqtt/properties.hpp"
#include "mqtt/reasons.hpp"
#include "mqtt/tls.hpp"

struct mosquitto;

namespace meterpipe::mqtt {

struct ConnectionSettings {
  std::string client_id;
  std::string user;                     // empty: none
  std::optional<std::string> password;  // with a user only
  int keepalive = 60;                   // seconds; 0: off
  Message will;                         // without a topic: none
  int will_qos = 1;
  Limits limits;              // what is known of the broker beforehand
  TlsContext* tls = nullptr;  // null: plain TCP
  Version version = Version::v3_1_1;
};

// A broker that keeps no retained messages, or takes no QoS 1, refuses a will that asks for it
// (MQTT 5, 3.2.2.2: 0x9a, 0x9b): it asks for less at the next attempt.
void adapt_will(ConnectionSettings& settings, int answer);

// What came of a message that was sent.
struct Done {
  int id;
  int reason;  // 0, or why the broker refused it; it is done either way
};

// What came in on a topic that we have subscribed to.
struct Received {
  std::string topic, payload;
  bool retained;
};

class Connection {
 public:
  // Throws os::Fatal where a setting is refused.
  explicit Connection(const ConnectionSettings& settings);
  ~Connection();

  // The functions below answer with an error of libmosquitto, 0 for none; after any other the
  // connection is over. error_text() has its words.
  int open(const std::string& address, std::uint16_t port);
  int handle(short revents);  // of poll
  int tick();                 // now and then: sends pings, misses their answers
  // Keeps to limits(): a lower QoS, not retained; what is too large is MOSQ_ERR_OVERSIZE_PACKET.
  int publish(const Message& message, const Properties& properties, int qos, int& id);
  int subscribe(const std::string& topic, int& id);  // at QoS 1
  int disconnect();
  // While on, the kernel sends full segments only (for 200 ms at most).
  void gather(bool on);

  int fd() const;
  bool is_tcp_up() const { return tcp_is_up_; }
  short events() const;  // for poll
  std::string error_text(int error) const;
  // A reset, or TLS that ended without a word.
  bool is_broken_off(int error) const;
  // It was the other side that ended the connection.
  bool is_by_broker(int error) const;
  // A CONNACK of MQTT 3.1.1 in MQTT 5: libmosquitto 2.0.11 hands it on, later ones call it
  // malformed.
  bool is_old_answer(int error) const;
  // The message was at fault, not the connection.
  static bool is_about_message(int error);

  // The broker's answer to CONNECT (3.2.2.3), once it is there: 0 is welcome.
  std::optional<int> answer() const { return answer_; }
  const Limits& limits() const { return limits_; }  // good once it is welcome
  void limit(const Limits& limits) { limits_ = limits; }
  // Since the last call: messages (at QoS 0 written) and subscriptions that are acknowledged;
  // messages and subscriptions that the broker has refused; what came in.
  std::vector<Done> take_done();
  std::vector<Refused> take_refused();
  std::vector<Received> take_received();

 private:
  struct Destroy {
    void operator()(mosquitto* instance) const;
  };
  struct Callbacks;  // of libmosquitto
  void set_will(const Message& will, int qos);
  void finished(int id, int reason);
  void subscribed(int id, int reason);

  std::unique_ptr<mosquitto, Destroy> mosquitto_;
  Version version_;
  std::optional<int> answer_;
  Limits limits_;
  int ended_by_broker_ = 0;  // the reason in its DISCONNECT
  std::vector<Done> done_;
  std::vector<Refused> refused_;
  std::vector<Received> received_;
  std::map<int, std::string> topics_;  // of what is in flight: messages in MQTT 5, subscriptions
  bool tcp_is_up_ = false;
  int errno_ = 0;
  int keepalive_ = 0;
};

}  // namespace meterpipe::mqtt
