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

void ReadingCsv::write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots) {
  for (const readings::Value& value : *reading.values) {
    const Columns columns = columns_.of(reading, value);
    out.add(reading.head.ts);  // nothing to quote
    if (!reading.head.ts.empty()) add_spot(spots, Spot::What::ts, out, reading.head.ts.size());
    out.add(',');
    out.add(reading.time);
    if (!reading.time.empty()) add_spot(spots, Spot::What::time, out, reading.time.size());
    out.add(',');
    add_csv(out, reading.head.src, ',');
    add_csv(out, reading.meter, ',');
    add_csv(out, columns.code, ',');
    add_csv(out, columns.code.empty() ? columns.place : columns.name, ',');
    add_csv(out, columns.value, ',');
    columns.add_spot(spots, out, 1, value);
    add_csv(out, columns.unit, ',');
    add_csv(out, apdu::name(reading.auth), '\n');
  }
}

}  // namespace meterpipe::views
