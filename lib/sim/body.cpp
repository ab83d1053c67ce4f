#include <fmt/format.h>

#include "sim/axdr.hpp"
#include "sim/meter.hpp"
#include "sim/p1.hpp"

namespace meterpipe::sim {
namespace {

using axdr::Tag;

void add_value(DataWriter& data, const Meter& meter, const Values& values, const Item& item) {
  switch (item.type) {
    case Tag::null_data: return data.null();
    case Tag::boolean: return data.boolean(item.number != 0);
    case Tag::octet_string: return data.octet_string(as_bytes(text_of(meter, item, values)));
    case Tag::visible_string: return data.visible_string(text_of(meter, item, values));
    case Tag::structure: return data.structure(item.number);
    case Tag::array: data.array(1); return data.double_long_unsigned(item.number);
    default: return data.number(item.type, number_of(item, values.snapshot));
  }
}

void add_code(DataWriter& data, const Item& item) {
  if (item.code == Code::sent) data.octet_string(item.obis);
  if (item.code == Code::swapped) data.swapped_name(item.obis);
}

// OBIS, value and what belongs to it, as elements of what is open.
void add_elements(DataWriter& data, const Meter& meter, const Values& values, const Item& item) {
  add_code(data, item);
  add_value(data, meter, values, item);
  if (sends_scaler(meter, item)) data.scaler_unit(item.scaler, item.unit);
}

std::size_t elements_of(const Meter& meter, const Item& item) {
  return (has_code(item) ? 1U : 0U) + 1U + (sends_scaler(meter, item) ? 1U : 0U);
}

void add_nested(DataWriter& data, const Meter& meter, const Values& values) {
  data.structure(meter.items.size() + 1);
  bool first = true;
  for (const Item& item : meter.items) {
    if (!first) data.structure(elements_of(meter, item));
    first = false;
    add_elements(data, meter, values, item);
  }
}

void add_flat(DataWriter& data, const Meter& meter, const Values& values) {
  std::size_t elements = 0;
  for (const Item& item : meter.items) elements += elements_of(meter, item);
  data.structure(elements);
  for (const Item& item : meter.items) add_elements(data, meter, values, item);
}

void add_structures(DataWriter& data, const Meter& meter, const Values& values) {
  for (const Item& item : meter.items) {
    data.structure(elements_of(meter, item));
    add_elements(data, meter, values, item);
  }
}

// Entry 0 is the list itself; its value is the list that stands there.
void add_objects(DataWriter& data, const Meter& meter, const Values& values) {
  data.structure(meter.items.size());
  data.array(meter.items.size());
  for (const Item& item : meter.items) {
    data.structure(4);
    data.long_unsigned(class_of(item));
    data.octet_string(item.obis);
    data.integer(static_cast<std::int8_t>(item.attribute));
    data.long_unsigned(0);
  }
  for (const Item& item : meter.items.subspan(1)) add_value(data, meter, values, item);
}

void add_descriptors(DataWriter& data, const Meter& meter, const Values& values) {
  data.structure(2);
  data.enumeration(1);
  data.array(meter.items.size());
  for (const Item& item : meter.items) {
    data.structure(2);
    data.descriptor(class_of(item), item.obis, item.attribute);
    add_value(data, meter, values, item);
  }
}

void add_positional(DataWriter& data, const Meter& meter, const Values& values) {
  std::size_t elements = meter.items.size();
  for (const Item& item : meter.items) elements -= item.type == Tag::structure ? item.number : 0;
  data.structure(elements);
  for (const Item& item : meter.items) add_value(data, meter, values, item);
}

}  // namespace

DateTime clock_bytes(const LocalTime& time, const ClockForm& form) {
  DateTime bytes = date_time(time, form.status);
  bytes[8] = form.hundredths;
  if (!form.deviation) bytes[9] = 0x80, bytes[10] = 0x00;
  if (!form.dst_bit) bytes[11] = form.status;
  return bytes;
}

void add_body(ByteVector& out, const Meter& meter, const Values& values) {
  DataWriter data(out);
  switch (meter.layout) {
    case Layout::nested: return add_nested(data, meter, values);
    case Layout::triples:
    case Layout::pairs: return add_flat(data, meter, values);
    case Layout::array: data.array(meter.items.size()); return add_structures(data, meter, values);
    case Layout::structures:
      data.structure(meter.items.size());
      return add_structures(data, meter, values);
    case Layout::objects: return add_objects(data, meter, values);
    case Layout::descriptors: return add_descriptors(data, meter, values);
    case Layout::positional: return add_positional(data, meter, values);
    case Layout::single: return add_value(data, meter, values, meter.items.front());
    case Layout::telegram: return append(out, as_bytes(telegram_of(meter, values)));
    case Layout::records:
    case Layout::sml: return;  // wired.cpp
  }
}

namespace {

bool is_asked(ReadOut form) { return form == ReadOut::asked || form == ReadOut::brief; }

// 1-0:1.8.0; of a read-out 1-0:1.8.0*255; with short codes 1.8.0, C.1.0 and F.F.
std::string code_in_telegram(const Meter& meter, const Obis& o) {
  const std::string values = fmt::format("{}.{}.{}", o[2], o[3], o[4]);
  if (meter.read_out == ReadOut::brief) {
    if (o[2] == 97) return "F.F";
    return o[2] == 96 ? "C" + values.substr(2) : values;
  }
  return fmt::format("{}-{}:{}{}", o[0], o[1], values,
                     meter.read_out == ReadOut::none ? "" : "*255");
}

}  // namespace

// A number stands as 014159934*Wh or 001234.567*kWh: `size` digits in all, `decimals` of them
// behind the point.
std::string telegram_of(const Meter& meter, const Values& values) {
  Telegram telegram(meter.device_name, is_asked(meter.read_out));
  for (const Item& item : meter.items) {
    const std::string code = code_in_telegram(meter, item.obis);
    std::string brackets;
    if (item.quantity == Quantity::clock) {
      brackets = '(' + telegram_time(values.time) + ')';
    } else if (!is_number(item)) {
      brackets = '(' + text_of(meter, item, values) + ')';
    } else if (item.quantity == Quantity::gas && values.snapshot.gas_unread) {
      // As meters in Dutch houses say it: a date of hex digits, no unit.
      brackets = fmt::format("(632525252525S)({:0{}}.{:0{}})", 0, item.size - item.decimals, 0,
                             item.decimals);
    } else {
      std::string digits = fmt::format("{:0{}}", number_of(item, values.snapshot), item.size);
      if (item.decimals != 0) digits.insert(digits.size() - item.decimals, ".");
      brackets = fmt::format("({}*{})", digits, item.text);
      if (item.quantity == Quantity::gas) {
        brackets.insert(0, '(' + telegram_time(vienna(values.snapshot.gas_time)) + ')');
      }
    }
    telegram.line(code, brackets);
  }
  return is_asked(meter.read_out) ? telegram.finish_with_bcc()
                                  : telegram.finish(meter.telegram_crc);
}

bool is_number(const Item& item) { return axdr::type_of(item.type).number != axdr::Number::none; }

bool sends_scaler(const Meter& meter, const Item& item) {
  if (!is_number(item) || item.quantity == Quantity::constant) return false;
  return meter.layout == Layout::nested || meter.layout == Layout::triples ||
         meter.layout == Layout::array || meter.layout == Layout::structures;
}

std::string text_of(const Meter& meter, const Item& item, const Values& values) {
  std::string text;
  const LocalTime& t = values.time;
  switch (item.quantity) {
    case Quantity::clock: return std::string(as_text(values.clock));
    case Quantity::time: {
      const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(t.hour),
                                              static_cast<std::uint8_t>(t.minute),
                                              static_cast<std::uint8_t>(t.second), 0};
      return std::string(as_text(bytes));
    }
    case Quantity::date: return std::string(as_text(Bytes(values.clock).first(5)));
    case Quantity::logical_name: return std::string(as_text(item.obis));
    case Quantity::serial: text = meter.serial; break;
    case Quantity::device_name: text = meter.device_name; break;
    default: text = item.text; break;
  }
  if (text.size() < item.size) text.resize(item.size);
  return text;
}

std::uint64_t number_of(const Item& item, const Snapshot& now) {
  if (item.quantity == Quantity::constant) return item.number;
  std::uint64_t number = number_of(now, item.quantity, item.part);
  int shift = scaler_of(item.quantity) - item.scaler;
  for (; shift > 0; --shift) number *= 10;
  if (shift == 0) return number;
  // Counters show what is whole, measurements the nearest.
  std::uint64_t divisor = 1;
  for (; shift < 0; ++shift) divisor *= 10;
  const bool counts = item.quantity >= Quantity::import_energy;
  return (number + (counts ? 0 : divisor / 2)) / divisor;
}

std::uint16_t class_of(const Item& item) {
  if (item.interface_class != 0) return item.interface_class;
  if (item.quantity == Quantity::logical_name) return 40;
  if (item.quantity == Quantity::clock) return 8;
  return is_number(item) ? 3 : 1;
}

}  // namespace meterpipe::sim
