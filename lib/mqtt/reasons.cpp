#include "mqtt/reasons.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "os/log.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMostSaid = 100;

}  // namespace

std::string reason_text(int reason) { return mosquitto_reason_string(reason); }

std::string version_text(Version version) {
  return version == Version::v5 ? "the broker does not speak MQTT 5 (use --mqtt 3.1.1)"
                                : "the broker does not speak MQTT 3.1.1 (use --mqtt 5)";
}

std::string answer_text(int answer, Version version) {
  if (answer == CONNACK_REFUSED_PROTOCOL_VERSION ||
      answer == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION) {
    return version_text(version);
  }
  if (!is_failure(answer)) return mosquitto_connack_string(answer);
  return fmt::format("Connection Refused: {}", reason_text(answer));
}

bool is_refusal(int answer) {
  constexpr int kRefusals[] = {CONNACK_REFUSED_PROTOCOL_VERSION,
                               CONNACK_REFUSED_IDENTIFIER_REJECTED,
                               CONNACK_REFUSED_BAD_USERNAME_PASSWORD,
                               CONNACK_REFUSED_NOT_AUTHORIZED,
                               MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION,
                               MQTT_RC_CLIENTID_NOT_VALID,
                               MQTT_RC_BAD_USERNAME_OR_PASSWORD,
                               MQTT_RC_NOT_AUTHORIZED,
                               MQTT_RC_BANNED,
                               MQTT_RC_BAD_AUTHENTICATION_METHOD};
  return std::ranges::find(kRefusals, answer) != std::end(kRefusals);
}

bool Complaints::is_new(std::string thing) {
  if (said_.size() > kMostSaid || !said_.insert(std::move(thing)).second) return false;
  if (said_.size() <= kMostSaid) return true;
  os::log_warning("more topics are refused by the broker than are named here");
  return false;
}

void Complaints::limits(const Limits& limits, int qos) {
  if (!limits.retain && is_new("retain")) {
    os::log_warning("the broker keeps no retained messages: published without");
  }
  if (limits.maximum_qos < qos && is_new(fmt::format("qos {}", limits.maximum_qos))) {
    os::log_info("the broker takes QoS {} at most", limits.maximum_qos);
  }
  os::log_debug(
      "the broker takes {} messages at a time, of {} bytes", limits.receive_maximum,
      limits.maximum_packet == 0 ? "any number of" : fmt::to_string(limits.maximum_packet));
}

bool is_for_good(int reason) {
  return reason == MQTT_RC_NOT_AUTHORIZED || reason == MQTT_RC_TOPIC_NAME_INVALID;
}

void Complaints::refused(const Refused& refused) {
  const bool is_message = refused.what == Refused::What::message;
  // 3.1.1 has one code for every failed subscription, and MQTT 5 the same for one without a reason.
  const std::string why =
      refused.reason == MQTT_RC_UNSPECIFIED ? "no reason given" : reason_text(refused.reason);
  if (!is_new(fmt::format("{} {} {}", is_message, refused.reason, refused.topic))) return;
  os::log_warning("the broker refuses {} {}: {}",
                  is_message ? "messages for" : "the subscription to", refused.topic, why);
}

void Complaints::breaks_off(std::string_view topic, std::size_t bytes, std::string_view why) {
  if (!is_new(fmt::format("breaks off {}", topic))) return;
  os::log_error(
      "the broker ends the connection on what is for {} ({} bytes): {}; put aside for an "
      "hour, then tried again",
      topic, bytes, why);
}

void Complaints::overtaken(std::string_view topic, std::size_t count) {
  os::log_error("{} values of {} are lost: the broker takes smaller ones, and a newer one has gone",
                count, topic);
}

void Complaints::too_many_held(std::string_view topic) {
  if (!is_new(fmt::format("held {}", topic))) return;
  os::log_error("no more values are held back: the oldest of {} are lost", topic);
}

void Complaints::breaks_off_below(std::string_view branch) {
  if (!is_new(fmt::format("breaks off {}#", branch))) return;
  os::log_error("the broker has taken nothing for {}#: all of it is put aside for an hour", branch);
}

void Complaints::ends_on_retained() {
  if (!is_new("retain")) return;
  os::log_warning(
      "the broker ends the connection on retained messages: published without being retained");
}

void Complaints::unsendable(std::string_view topic, std::string_view why) {
  if (!is_new(fmt::format("unsendable {} {}", why, topic))) return;
  os::log_error("messages for {} cannot be sent: {}", topic, why);
}

}  // namespace meterpipe::mqtt
