#include "views/reading_text.hpp"

namespace meterpipe::views {

void ReadingText::write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots) {
  for (const readings::Value& value : *reading.values) {
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
    columns.add_spot(spots, out, 0, value);
    if (!columns.unit.empty()) {
      out.add(' ');
      out.add(columns.unit);
    }
    out.add('\n');
  }
}

}  // namespace meterpipe::views
