#include "views/reading_csv.hpp"

namespace meterpipe::views {
namespace {

// RFC 4180.
void add_csv(Buffer& out, std::string_view text, char end) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.add(text);
  } else {
    out.add('"');
    for (const char c : text) {
      if (c == '"') out.add('"');
      out.add(c);
    }
    out.add('"');
  }
  out.add(end);
}

}  // namespace

void ReadingCsv::write(Buffer& out, const decode::DecodedMessage& reading) {
  for (const readings::Value& value : *reading.values) {
    const Columns columns = columns_.of(reading, value);
    add_csv(out, reading.head.ts, ',');
    add_csv(out, reading.time, ',');
    add_csv(out, reading.head.src, ',');
    add_csv(out, reading.meter, ',');
    add_csv(out, columns.code, ',');
    add_csv(out, columns.code.empty() ? columns.place : columns.name, ',');
    add_csv(out, columns.value, ',');
    add_csv(out, columns.unit, ',');
    add_csv(out, apdu::name(reading.auth), '\n');
  }
}

}  // namespace meterpipe::views
