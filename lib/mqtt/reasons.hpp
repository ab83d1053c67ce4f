// What a broker answers when something is not to its liking, in words, and what of it is said.
//
// MQTT 3.1.1 has five return codes of CONNACK (3.2.2.3) and a failed subscription (3.9.3); MQTT 5
// has reason codes for everything (2.4), failures from 0x80 on. The two ranges do not meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace meterpipe::mqtt {

enum class Version : std::uint8_t { v3_1_1, v5 };

// What the broker grants, from its CONNACK (MQTT 5, 3.2.2.3).
struct Limits {
  int maximum_qos = 2;
  bool retain = true;
  std::uint32_t receive_maximum = 65'535;  // messages of QoS 1 and 2 in flight
  std::uint32_t maximum_packet = 0;        // bytes; 0: any
};

// Of PUBACK, PUBREC, SUBACK.
inline bool is_failure(int reason) { return reason >= 0x80; }
std::string reason_text(int reason);

// Of a CONNACK other than 0. A refusal is about who we are (user, rights, client id) or which
// version we speak: trying again is of no use.
std::string answer_text(int answer, Version version);
// A broker that speaks the other version only.
std::string version_text(Version version);
bool is_refusal(int answer);

// A message or a subscription that the broker has answered with a failure.
struct Refused {
  enum class What : std::uint8_t { message, subscription };
  What what;
  std::string topic;
  int reason;
};

// Whether another message for the topic would be refused, too: it is not allowed to us. mosquitto
// 2.0.11 ends the connection behind each such PUBACK, and all that was in flight goes again.
bool is_for_good(int reason);

// Says each thing once in a run: the same would come with every reading.
class Complaints {
 public:
  // qos: what we would like.
  void limits(const Limits& limits, int qos);
  void refused(const Refused& refused);
  // The broker ends the connection on packets for it, of so many bytes; why may be a question.
  void breaks_off(std::string_view topic, std::size_t bytes, std::string_view why);
  // Of values that were held back so many are lost: something newer has gone to their topic.
  void overtaken(std::string_view topic, std::size_t count);
  // There is no room for all that is held back; the oldest go.
  void too_many_held(std::string_view topic);
  void breaks_off_below(std::string_view branch);
  void ends_on_retained();
  void unsendable(std::string_view topic, std::string_view why);

 private:
  bool is_new(std::string thing);

  std::set<std::string> said_;
};

}  // namespace meterpipe::mqtt
