#include "flow/dry_run.hpp"

#include "base/hex.hpp"

namespace meterpipe::flow {

namespace {

void print(Buffer& out, const mqtt::Message& message) {
  out.add(message.topic());
  out.add('\t');
  const std::string_view payload = message.payload();
  std::size_t plain = 0;  // from here on nothing has been written yet
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const char c = payload[i];
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte != 0x7f) continue;
    out.add(payload.substr(plain, i - plain));
    plain = i + 1;
    if (c == '\n' || c == '\t') {
      out.add(c == '\n' ? "\\n" : "\\t");
    } else {
      out.add("\\x");
      add_hex(out, Bytes(&byte, 1));
    }
  }
  out.add(payload.substr(plain));
  out.add('\n');
}

}  // namespace

void DryRun::put(mqtt::Batch batch) {
  for (const mqtt::Message& message : batch.messages) {
    print(output_.buffer(), message);
    output_.record_done();
  }
}

}  // namespace meterpipe::flow
