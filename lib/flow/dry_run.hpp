// Prints messages instead of publishing them: topic, tab, payload, one line each. Control
// characters in a payload are shown as \n, \t or \x1b, so that a line stays a line.
#pragma once

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "io/output.hpp"
#include "mqtt/message.hpp"

namespace meterpipe::flow {

class DryRun : public mqtt::Outlet {
 public:
  explicit DryRun(io::Output& output) : output_(output) {}
  void put(mqtt::Batch batch) override {
    for (const mqtt::Message& message : batch.messages) {
      print(output_.buffer(), message);
      output_.record_done();
    }
  }

 private:
  static void print(Buffer& out, const mqtt::Message& message) {
    out.add(message.topic(), '\t');
    const std::string_view payload = message.payload();
    if (!has_control(payload) && !has_direction_control(payload)) return out.add(payload, '\n');
    std::size_t plain = 0;  // from here on nothing has been written yet
    for (std::size_t i = 0; i < payload.size(); ++i) {
      const char c = payload[i];
      const auto byte = static_cast<std::uint8_t>(c);
      // Of a sequence that turns the direction the first byte is enough.
      if (!is_control(byte) && !is_direction_control(payload.substr(i, 3))) continue;
      out.add(payload.substr(plain, i - plain));
      plain = i + 1;
      if (c == '\n' || c == '\t') {
        out.add(c == '\n' ? "\\n" : "\\t");
      } else {
        out.add("\\x");
        add_hex(out, Bytes(&byte, 1));
      }
    }
    out.add(payload.substr(plain), '\n');
  }

  io::Output& output_;
};

}  // namespace meterpipe::flow
