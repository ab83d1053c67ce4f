#include "mqtt/properties.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <new>
#include <string>

#include "base/utf8.hpp"
#include "json/fields.hpp"

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kLongestUserValue = 1024;  // bytes; MQTT allows 65,535

// Well-formed and without NUL (1.5.4): a broker may check what the indicator promises.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0 || text[at] == '\0') return false;
    at += length;
  }
  return true;
}

bool is_json(std::string_view text) {
  if (text.empty()) return false;
  json::Fields fields;
  if (text.front() == '{') return fields.parse(text).has_value();
  if (text.front() != '[') return false;
  return fields.parse(std::string(R"({"a":)").append(text).append("}")).has_value();
}

std::size_t varint_size(std::size_t value) {
  return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

}  // namespace

PropertyList::~PropertyList() { mosquitto_property_free_all(&first_); }

void PropertyList::add(std::string_view payload, const Properties& properties) {
  constexpr const char* kJson = "application/json";
  const auto added = [&](int result, std::size_t bytes) {
    if (result == MOSQ_ERR_NOMEM) throw std::bad_alloc();
    if (result == MOSQ_ERR_SUCCESS) size_ += bytes;
  };
  if (is_utf8(payload)) {
    added(mosquitto_property_add_byte(&first_, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1), 2);
  }
  if (properties.expiry_s != 0) {
    added(mosquitto_property_add_int32(&first_, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
                                       properties.expiry_s),
          5);
  }
  if (is_json(payload)) {
    added(mosquitto_property_add_string(&first_, MQTT_PROP_CONTENT_TYPE, kJson),
          3 + std::string_view(kJson).size());
  }
  add_user("id", properties.id);
  add_user("auth", properties.auth);
}

void PropertyList::add_user(const char* name, std::string_view value) {
  if (value.empty() || value.size() > kLongestUserValue || !is_printable_utf8(value)) return;
  const int result = mosquitto_property_add_string_pair(&first_, MQTT_PROP_USER_PROPERTY, name,
                                                        std::string(value).c_str());
  if (result == MOSQ_ERR_NOMEM) throw std::bad_alloc();
  if (result == MOSQ_ERR_SUCCESS) size_ += 5 + std::string_view(name).size() + value.size();
}

std::size_t packet_size(const Message& message, int qos, std::size_t properties) {
  const std::size_t rest = 2 + message.topic().size() + (qos == 0 ? 0 : 2) +
                           varint_size(properties) + properties + message.payload().size();
  return 1 + varint_size(rest) + rest;
}

}  // namespace meterpipe::mqtt
