// One connection to the broker: one instance of libmosquitto, from the first SYN to the end. It is
// never used again, so that nothing is left over from the connection before; what was not
// acknowledged stands in our own queue. No threads, no loop of the library: the session polls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mqtt/message.hpp"
#include "mqtt/tls.hpp"

struct mosquitto;

namespace meterpipe::mqtt {

struct ConnectionSettings {
  std::string client_id;
  std::string user;                     // empty: none
  std::optional<std::string> password;  // with a user only
  int keepalive = 60;                   // seconds; 0: off
  Message will;
  int will_qos = 1;
  TlsContext* tls = nullptr;  // null: plain TCP
};

class Connection {
 public:
  // Throws io::Fatal where a setting is refused.
  explicit Connection(const ConnectionSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The functions below answer with an error of libmosquitto, 0 for none; after any other the
  // connection is over. error_text() has its words.
  int open(const std::string& address, std::uint16_t port);
  int handle(short revents);  // of poll
  int tick();                 // now and then: sends pings, misses their answers
  int publish(const Message& message, int qos, int& id);
  int disconnect();
  // While on, the kernel sends full segments only (for 200 ms at most).
  void gather(bool on);

  int fd() const;
  bool is_tcp_up() const { return tcp_is_up_; }
  short events() const;  // for poll
  std::string error_text(int error) const;
  // A reset, or TLS that ended without a word.
  bool is_broken_off(int error) const;
  // The message was at fault, not the connection.
  static bool is_about_message(int error);

  // The broker's answer to CONNECT (MQTT 3.1.1, 3.2.2.3), once it is there: 0 is welcome.
  std::optional<int> answer() const { return answer_; }
  // Ids of messages that are done since the last call: acknowledged, or written at QoS 0.
  std::vector<int> take_done();

 private:
  struct Destroy {
    void operator()(mosquitto* instance) const;
  };
  std::unique_ptr<mosquitto, Destroy> mosquitto_;
  std::optional<int> answer_;
  std::vector<int> done_;
  bool tcp_is_up_ = false;
  int errno_ = 0;
  int keepalive_ = 0;
};

// What a broker's answer says, and whether it is about who we are.
std::string answer_text(int answer);
bool is_refusal(int answer);

}  // namespace meterpipe::mqtt
