#include "publish/dry_run.hpp"

#include "base/hex.hpp"

namespace meterpipe::publish {

void DryRun::put(Batch batch) {
  for (const Message& message : batch.messages) print(message);
}

void DryRun::print(const Message& message) {
  Buffer& out = output_.buffer();
  out.add(message.topic());
  out.add('\t');
  for (const char c : message.payload()) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out.add(c);
    } else if (c == '\n' || c == '\t') {
      out.add(c == '\n' ? "\\n" : "\\t");
    } else {
      out.add("\\x");
      add_hex(out, Bytes(&byte, 1));
    }
  }
  out.add('\n');
  output_.record_done();
}

}  // namespace meterpipe::publish
