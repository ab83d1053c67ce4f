// Which packet is it on which the broker ends the connection? In MQTT 3.1.1 that is the answer to a
// message that is too large, not allowed or not to be retained, and it comes while others are on
// their way. So what was on its way then is suspected, by its topic, and goes alone on the next
// connection: nothing else is sent until it is done.
//
//   the connection ends with a, b, c on their way -> a alone: done; b alone: the end; b alone: the
//   end a second time -> it is b
//
// A broker may acknowledge first and end the connection then (mosquitto 2.0.11 does so), and at QoS
// 0 nothing is acknowledged. Where that may have been, a suspect goes with a pause before and
// behind it. What is not suspected is never held up longer than that. Pure: the session has clock
// and packets.
//
// Of values none may be lost because a broker is restarted or starts again and again. So a break
// counts against a value only where the value went alone and nothing answered it (or the end came
// in one breath with the answer), on a connection on which the broker has taken something else of
// ours before.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::mqtt {

class Suspects {
 public:
  // A PUBLISH, or a SUBSCRIBE of a topic filter.
  struct Packet {
    std::string topic;
    std::size_t bytes = 0;
    bool retain = false;
    bool is_value = false;
  };
  struct Culprit {
    Packet packet;
    int breaks;  // in a row: so often the connection has ended on it alone
  };

  // Times are of a monotonic clock, in milliseconds. has_greeting: something that is no value goes
  // first on each connection.
  Suspects(bool are_acknowledged, bool has_greeting, long long quiet_ms)
      : are_acknowledged_(are_acknowledged), has_greeting_(has_greeting), quiet_ms_(quiet_ms) {}

  // A new connection.
  void connected();
  // Whether it may be sent now, with so many on their way.
  bool may_send(std::string_view topic, std::size_t on_their_way, long long now);
  // When may_send() is to be asked again, though nothing happens; -1: not before something does.
  long long wake() const { return wake_; }
  // A suspect is on its way, alone.
  bool is_probing() const { return probe_ && probe_->done_at < 0; }
  // It is on its way. Where nothing is suspected this costs nothing.
  void sent(std::string_view topic, std::size_t bytes, bool retain, bool is_value, long long now);
  // It is acknowledged, at QoS 0 written.
  void done(std::string_view topic, long long now);
  // No other connection could be had: it was the broker that went, and no packet.
  void was_away();
  // The broker has ended the connection, with these on their way. The answer: it was this one.
  std::optional<Culprit> broken(const std::vector<std::string>& on_their_way, long long now);

 private:
  struct Suspect {
    int breaks = 0;
    bool late = false;  // the end may come behind its acknowledgement
  };
  struct Probe {
    Packet packet;
    bool late;
    long long sent_at;
    bool is_first;  // nothing was done before it on its connection
    long long done_at = -1;
  };
  struct Recent {
    std::string topic;
    long long at = 0;
  };

  std::vector<std::string_view> recently_done(long long now) const;
  void suspect(std::string_view topic, bool late);
  bool counts_against_probe(long long now) const;

  const bool are_acknowledged_;
  const bool has_greeting_;
  const long long quiet_ms_;
  std::map<std::string, Suspect, std::less<>> suspects_;
  std::optional<Probe> probe_;
  std::vector<Recent> recent_;  // a ring: what was done last on this connection
  std::size_t recent_at_ = 0;
  long long last_done_ = -1;
  long long wake_ = -1;
};

}  // namespace meterpipe::mqtt
