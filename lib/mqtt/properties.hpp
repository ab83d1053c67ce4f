// What goes with a message in MQTT 5 (2.2.2.2, 3.3.2.3) beside its topic and payload:
//
//   Payload Format Indicator  1, where the payload is UTF-8
//   Content Type              application/json, where it is a JSON object or array
//   Message Expiry Interval   for how long it is good, in seconds
//   User Property             id, auth: those of the reading
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mqtt/message.hpp"

typedef struct mqtt5__property mosquitto_property;

namespace meterpipe::mqtt {

// MQTT 3.1.1 has no place for them. Views are good for the duration of the call.
struct Properties {
  std::string_view id, auth;   // empty: none
  std::uint32_t expiry_s = 0;  // 0: for ever
};

// A list of libmosquitto's, owned.
class PropertyList {
 public:
  PropertyList() = default;
  ~PropertyList();
  PropertyList(const PropertyList&) = delete;
  PropertyList& operator=(const PropertyList&) = delete;

  // Those of a PUBLISH, or of a will. What MQTT does not allow (a control character in an id) is
  // left out: the message itself is worth more.
  void add(std::string_view payload, const Properties& properties);

  mosquitto_property* get() const { return first_; }
  void release() { first_ = nullptr; }        // somebody else's from here on
  std::size_t size() const { return size_; }  // bytes, without the length in front

 private:
  void add_user(const char* name, std::string_view value);

  mosquitto_property* first_ = nullptr;
  std::size_t size_ = 0;
};

// Bytes of the whole PUBLISH packet in MQTT 5, fixed header and all: what a broker's Maximum Packet
// Size is about.
std::size_t packet_size(const Message& message, int qos, std::size_t properties);

}  // namespace meterpipe::mqtt
