#include "views/reading_columns.hpp"

#include <optional>
#include <string>

#include "json/writer.hpp"
#include "readings/shown.hpp"
#include "views/csv.hpp"
#include "views/data_json.hpp"

namespace meterpipe::views {
Columns ReadingColumns::of(const decode::DecodedMessage& reading, const readings::Value& value) {
  Columns columns;
  if (value.obis) {
    const ValueName& name = names_.of(value, [&] { return ValueName(value, format_); });
    columns.code = name.code;
    columns.name = name.name;
  } else {
    columns.place = place_of(value);
  }
  const readings::Shown shown = readings::shown_of(value, *reading.nodes, reading.apdu);
  if (shown.as == readings::ShownAs::container && shown.sent == nullptr) {
    Buffer text;
    json::Writer json(text);
    write_data_tree(json, *reading.nodes, value.node, reading.apdu);
    columns.value = text.view();
  } else {
    columns.value = shown.word(value.scaler);
  }
  if (shown.as == readings::ShownAs::number) {
    columns.unit = unit_of(value);
    columns.spot = Spot::What::number;
  }
  if (shown.clock) columns.spot = Spot::What::clock;
  return columns;
}

void ReadingText::write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots) {
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
      out.add('[', columns.place, ']');
    } else {
      out.add(columns.code);
    }
    if (!columns.name.empty()) {
      out.add("  ", columns.name);
    }
    out.add("  ", columns.value);
    columns.add_spot(spots, out, 0, value);
    if (!columns.unit.empty()) {
      out.add(' ', columns.unit);
    }
    if (reading.extras != nullptr) [[unlikely]] {
      const auto index = static_cast<std::size_t>(&value - reading.values->data());
      if ((*reading.extras)[index].doubtful_sign) out.add("  (sign in doubt)");
    }
    out.add('\n');
  }
  add_failures(std::nullopt);
}

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
