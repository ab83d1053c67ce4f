#include "views/reading_text.hpp"

#include <optional>
#include <string>

namespace meterpipe::views {

void ReadingText::write(Buffer& out, const decode::DecodedMessage& reading) {
  // Results that failed stand in their places among those that did not.
  auto failure = reading.failures.begin();
  const auto add_failures = [&](std::optional<std::uint32_t> before) {
    for (; failure != reading.failures.end() && (!before || failure->place < *before); ++failure) {
      out.add('[');
      out.add(std::to_string(failure->place));
      out.add("]  failed");
      if (!failure->why.empty()) out.add(": ");
      out.add(failure->why);
      out.add('\n');
    }
  };
  for (const readings::Value& value : *reading.values) {
    add_failures(value.pos);
    const Columns columns = columns_.of(reading, value);
    if (columns.code.empty()) {
      out.add('[');
      out.add(columns.place);
      out.add(']');
    } else {
      out.add(columns.code);
    }
    if (!columns.name.empty()) {
      out.add("  ");
      out.add(columns.name);
    }
    out.add("  ");
    out.add(columns.value);
    if (!columns.unit.empty()) {
      out.add(' ');
      out.add(columns.unit);
    }
    out.add('\n');
  }
  add_failures(std::nullopt);
}

}  // namespace meterpipe::views
