#include "mqtt/payloads.hpp"

namespace meterpipe::mqtt {

void append_payload(std::string& payload, record::Line& line, const record::ReadingValue& value) {
  if (value.value.empty()) {
    payload += value.hex.empty() ? std::string_view("null") : value.hex;
  } else if (value.value.front() == '"') {
    payload += line.text_of(value.value).value_or(value.value);
  } else {
    payload += value.value;
  }
}

}  // namespace meterpipe::mqtt
