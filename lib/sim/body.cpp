#include "sim/axdr.hpp"
#include "sim/meter.hpp"

namespace meterpipe::sim {
namespace {

bool has_scaler(const Item& item) { return item.type != axdr::Tag::octet_string; }

void add_value(DataWriter& data, const Meter& meter, const Values& values, const Item& item) {
  switch (item.type) {
    case axdr::Tag::octet_string:
      data.octet_string(item.quantity == Quantity::clock ? Bytes(values.clock)
                                                         : as_bytes(text_of(meter, item.quantity)));
      return;
    case axdr::Tag::double_long_unsigned:
      data.double_long_unsigned(
          static_cast<std::uint32_t>(number_of(values.snapshot, item.quantity)));
      break;
    case axdr::Tag::long_unsigned:
      data.long_unsigned(static_cast<std::uint16_t>(number_of(values.snapshot, item.quantity)));
      break;
    default:  // no item has another type: see meters.cpp
      break;
  }
  data.scaler_unit(item.scaler, item.unit);
}

void add_nested(DataWriter& data, const Meter& meter, const Values& values) {
  data.structure(meter.items.size() + 1);
  bool first = true;
  for (const Item& item : meter.items) {
    if (!first) data.structure(has_scaler(item) ? 3 : 2);
    first = false;
    data.octet_string(item.obis);
    add_value(data, meter, values, item);
  }
}

void add_triples(DataWriter& data, const Meter& meter, const Values& values) {
  std::size_t elements = 0;
  for (const Item& item : meter.items) elements += has_scaler(item) ? 3 : 1;
  data.structure(elements);
  for (const Item& item : meter.items) {
    if (has_scaler(item)) data.octet_string(item.obis);
    add_value(data, meter, values, item);
  }
}

}  // namespace

void add_body(ByteVector& out, const Meter& meter, const Values& values) {
  DataWriter data(out);
  switch (meter.layout) {
    case Layout::nested:
      return add_nested(data, meter, values);
    case Layout::triples:
      return add_triples(data, meter, values);
  }
}

std::string_view text_of(const Meter& meter, Quantity quantity) {
  return quantity == Quantity::device_name ? meter.device_name : meter.serial;
}

std::uint64_t number_of(const Snapshot& now, Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage_1:
      return now.voltage[0];
    case Quantity::voltage_2:
      return now.voltage[1];
    case Quantity::voltage_3:
      return now.voltage[2];
    case Quantity::current_1:
      return now.current[0];
    case Quantity::current_2:
      return now.current[1];
    case Quantity::current_3:
      return now.current[2];
    case Quantity::import_power:
      return now.import_power;
    case Quantity::export_power:
      return now.export_power;
    case Quantity::import_energy:
      return now.import_energy;
    case Quantity::export_energy:
      return now.export_energy;
    case Quantity::reactive_import_energy:
      return now.reactive_import_energy;
    case Quantity::reactive_export_energy:
      return now.reactive_export_energy;
    case Quantity::power_factor:
      return now.power_factor;
    case Quantity::clock:
    case Quantity::serial:
    case Quantity::device_name:
      break;
  }
  return 0;
}

}  // namespace meterpipe::sim
