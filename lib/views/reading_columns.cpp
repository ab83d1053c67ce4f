#include "views/reading_columns.hpp"

#include "json/writer.hpp"
#include "readings/shown.hpp"
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
  if (shown.as == readings::ShownAs::container) {
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

}  // namespace meterpipe::views
