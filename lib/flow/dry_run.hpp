// Prints messages instead of publishing them: topic, tab, payload, one line each. Control
// characters, and what deceives, are shown as \n, \t or \x1b, so that a line stays a line.
#pragma once

#include <algorithm>
#include <string_view>

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
    print(out, message.topic());
    out.add("\t");
    print(out, message.payload());
    out.add("\n");
  }

  static void print(Buffer& out, std::string_view text) {
    if (is_printable_ascii(text) || is_printable_utf8(text)) return out.add(text);
    std::size_t plain = 0;  // from here on nothing has been written yet
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::max<std::size_t>(utf8_sequence(text, at), 1);
      const std::string_view one = text.substr(at, size);
      at += size;
      if (is_printable_utf8(one)) continue;
      out.add(text.substr(plain, at - size - plain));
      plain = at;
      if (one == "\n" || one == "\t") {
        out.add(one == "\n" ? "\\n" : "\\t");
      } else {
        for (const char c : one) {
          const auto byte = static_cast<std::uint8_t>(c);
          out.add("\\x");
          add_hex(out, Bytes(&byte, 1));
        }
      }
    }
    out.add(text.substr(plain));
  }

  io::Output& output_;
};

}  // namespace meterpipe::flow
