#include "sim/truth.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/table.hpp"
#include "cosem/clock.hpp"
#include "cosem/units.hpp"
#include "json/writer.hpp"
#include "sim/p1.hpp"
#include "sim/sml.hpp"
#include "sim/wired.hpp"

namespace meterpipe::sim {
namespace {

std::string obis_text(const Obis& obis) {
  return fmt::format("{}-{}:{}.{}.{}", obis[0], obis[1], obis[2], obis[3], obis[4]);
}

void add_status(json::Writer& json, std::uint8_t status) {
  if (status == 0) return;
  json.key("status");
  json.begin_array();
  for (const cosem::StatusBit& bit : cosem::kStatusBits) {
    if ((status & bit.mask) != 0) json.string(bit.name);
  }
  json.end_array();
}

std::string iso_of(const LocalTime& time, const ClockForm& form) {
  std::string text = to_iso(time);
  if (!form.deviation) text.resize(text.size() - 6);
  return text;
}

// 1-0:1.8.0(014159934*Wh): a number keeps its zeros behind the point alone.
void add_telegram_value(json::Writer& json, const Meter& meter, const Message& message,
                        const Item& item) {
  const std::string code = obis_text(item.obis);
  json.member("obis", meter.read_out == ReadOut::brief ? code.substr(code.find(':') + 1) : code);
  if (item.quantity == Quantity::clock) {
    json.member("value", telegram_time(message.values.time));
    json.member("at", to_iso(message.values.time).substr(0, 19));
  } else if (item.quantity == Quantity::gas && message.values.snapshot.gas_unread) {
    json.member_raw("value", "null");
  } else if (is_number(item)) {
    const std::uint64_t number = number_of(item, message.values.snapshot);
    json.key("value");
    json.decimal(Decimal::of_unsigned(number, -int{item.decimals}));
    json.member("unit", item.text);
  } else {
    json.member("value", text_of(meter, item, message.values));
  }
}

void add_text(json::Writer& json, const Meter& meter, const Message& message, const Item& item) {
  const std::string text = text_of(meter, item, message.values);
  switch (item.quantity) {
    case Quantity::clock:
      json.member("value", iso_of(message.values.time, meter.clock_of_body()));
      json.member_hex("hex", message.values.clock);
      // 255 says that there is no status.
      if (message.values.clock.back() != 0xff) add_status(json, message.values.clock.back());
      return;
    case Quantity::time:
    case Quantity::date:
    case Quantity::logical_name: json.member_hex("hex", as_bytes(text)); return;
    default: break;
  }
  const std::string_view shown = std::string_view(text).substr(0, text.find('\0'));
  if (shown.empty() && !text.empty()) {
    json.member_hex("hex", as_bytes(text));
  } else {
    json.member("value", shown);
  }
}

void add_means(json::Writer& json, const Meter& meter, const Message& message, const Item& item) {
  const bool knows_code = item.code == Code::known;
  const bool knows_scale = is_number(item) &&
                           (item.quantity != Quantity::constant || item.unit != cosem::kNoUnit) &&
                           item.code != Code::none && !sends_scaler(meter, item);
  if (!knows_code && !knows_scale) return;
  json.key("means");
  json.begin_object();
  json.member("obis", obis_text(item.obis));
  if (knows_scale && item.type != axdr::Tag::null_data) {
    json.key("value");
    json.decimal(Decimal::of_unsigned(number_of(item, message.values.snapshot), int{item.scaler}));
    if (const auto unit = cosem::unit_name(item.unit); !unit.empty()) json.member("unit", unit);
  }
  json.end_object();
}

// {"key":"0c13","obis":"6-0:2.0.0","value":1234.567,"unit":"m3","raw":"67452301"}
void add_record(json::Writer& json, const Meter& meter, const Message& message, const Item& item) {
  json.member("key", item.record);
  if (item.obis[2] != 0) json.member("obis", obis_text(item.obis));
  const ByteVector data = record_data(meter, item, message.values);
  if (item.quantity == Quantity::serial) {
    json.member("value", meter.serial);
  } else if (!is_number(item)) {
    json.member("value", record_time(item, message.values.time));
  } else {
    json.key("value");
    json.decimal(Decimal::of_unsigned(number_of(item, message.values.snapshot), int{item.scaler}));
    if (!item.text.empty()) json.member("unit", item.text);
  }
  json.member_hex("raw", data);
}

void add_entry(json::Writer& json, const Meter& meter, const Message& message, const Item& item) {
  const std::string code = obis_text(item.obis);
  json.member("obis", item.obis[5] == 255 ? code : fmt::format("{}*{}", code, item.obis[5]));
  if (!is_number(item)) {
    if (item.quantity == Quantity::serial) {
      json.member_hex("hex", sml_server(meter.serial));
    } else {
      json.member("value", text_of(meter, item, message.values));
    }
    return;
  }
  const std::uint64_t raw = number_of(item, message.values.snapshot);
  json.key("value");
  json.decimal(is_signed_in_sml(item)
                   ? Decimal::of(static_cast<std::int64_t>(raw), int{item.scaler})
                   : Decimal::of_unsigned(raw, int{item.scaler}));
  json.member("unit", cosem::unit_name(item.unit));
  if (is_signed_in_sml(item)) {
    json.member_number("raw", static_cast<std::int64_t>(raw));
  } else {
    json.member_number("raw", raw);
  }
  json.member_number("scaler", int{item.scaler});
}

void add_value(json::Writer& json, const Meter& meter, const Message& message, const Item& item,
               std::size_t place) {
  json.begin_object();
  if (meter.layout == Layout::records || meter.layout == Layout::sml) {
    (meter.layout == Layout::sml ? add_entry : add_record)(json, meter, message, item);
    json.end_object();
    return;
  }
  if (meter.layout == Layout::telegram) {
    add_telegram_value(json, meter, message, item);
    json.end_object();
    return;
  }
  if (has_code(item)) {
    json.member("obis", obis_text(item.obis));
  } else {
    json.member_number("pos", place);
  }
  if (is_number(item)) {
    const std::uint64_t raw = number_of(item, message.values.snapshot);
    const bool scaled = sends_scaler(meter, item);
    json.key("value");
    json.decimal(Decimal::of_unsigned(raw, scaled ? int{item.scaler} : 0));
    if (const auto unit = cosem::unit_name(item.unit); scaled && !unit.empty()) {
      json.member("unit", unit);
    }
    json.member_number("raw", raw);
    if (scaled) json.member_number("scaler", int{item.scaler});
  } else if (item.type == axdr::Tag::boolean) {
    json.member_raw("value", item.number != 0 ? "true" : "false");
  } else if (item.type == axdr::Tag::null_data) {
    json.member_raw("value", "null");
  } else if (item.type == axdr::Tag::array) {
    json.member_raw("value",
                    fmt::format("{{\"array\":[{{\"double-long-unsigned\":{}}}]}}", item.number));
  } else {
    add_text(json, meter, message, item);
  }
  if (meter.layout == Layout::objects || meter.layout == Layout::descriptors) {
    json.member_number("class", class_of(item));
    json.member_number("attr", item.attribute);
  }
  json.member("type", axdr::type_of(item.type).name);
  add_means(json, meter, message, item);
  json.end_object();
}

// One value: the elements by their types, as a reading draws them.
void add_structure(json::Writer& json, const Meter& meter, const Message& message,
                   std::span<const Item> items, std::size_t place) {
  json.begin_object();
  json.member_number("pos", place);
  std::string tree;
  for (const Item& item : items) {
    const std::string_view type = axdr::type_of(item.type).name;
    tree += tree.empty() ? "" : ",";
    if (is_number(item)) {
      tree += fmt::format("{{\"{}\":{}}}", type, number_of(item, message.values.snapshot));
    } else {
      tree += fmt::format("{{\"{}\":\"{}\"}}", type,
                          to_hex(as_bytes(text_of(meter, item, message.values))));
    }
  }
  json.member_raw("value", "{\"structure\":[" + tree + "]}");
  json.member("type", "structure");
  json.end_object();
}

std::size_t places_of(const Meter& meter, const Item& item) {
  if (meter.layout != Layout::triples && meter.layout != Layout::pairs) return 1;
  return 1U + (has_code(item) ? 1U : 0U) + (sends_scaler(meter, item) ? 1U : 0U);
}

void add_values(json::Writer& json, const Meter& meter, const Message& message) {
  std::size_t place = 0, left = 0;  // of a structure's elements
  for (const Item& item : meter.items) {
    if (meter.layout == Layout::records && item.record == "1f") continue;
    // The list that says what the values are is none itself, and neither is the code in front of a
    // list by place.
    const bool is_head = &item == meter.items.data() && item.quantity == Quantity::logical_name;
    if (item.type == axdr::Tag::structure) {
      add_structure(json, meter, message, {&item + 1, item.number}, place++);
      left = item.number;
      continue;
    }
    if (left > 0) {
      --left;
      continue;
    }
    if (!is_head) add_value(json, meter, message, item, place);
    place += places_of(meter, item);
  }
}

// Of the clock that a reader takes for the message's: the head's, else the body's.
const ClockForm& time_form(const Meter& meter) {
  return meter.has_time_in_head() ? meter.clock : meter.clock_of_body();
}

// To the second, or the minute; local.
std::string time_of_records(const Meter& meter, const Message& message) {
  constexpr std::size_t kToSeconds = 19, kToMinutes = 16;
  const Item* const item = find_row(meter.items, Quantity::clock, &Item::quantity);
  if (item == nullptr) return to_iso(message.values.time).substr(0, kToSeconds);
  const std::string text = record_time(*item, message.values.time);
  return text.size() == kToMinutes ? text + ":00" : text;
}

bool says_serial(const Meter& meter) {
  return find_row(meter.items, Quantity::serial, &Item::quantity) != nullptr;
}

void add_fault(json::Writer& json, const FaultNote& fault) {
  if (!fault.any()) return json.member_raw("fault", "null");
  json.key("fault");
  json.begin_object();
  json.key("names");
  json.begin_array();
  for (const std::string_view name : fault.names()) json.string(name);
  json.end_array();
  if (const auto cause = fault.cause(); cause) {
    json.member("layer", doctor::name(doctor::layer_of(*cause)));
    json.member("cause", doctor::code_of(*cause));
  } else {
    json.member_raw("layer", "null");
    json.member_raw("cause", "null");
  }
  if (fault.bytes()) json.member_number("bytes", *fault.bytes());
  json.end_object();
}

}  // namespace

void write_truth(Buffer& out, const SimSettings& settings, const Message& message,
                 std::string_view sent, const FaultNote& fault) {
  const Meter& meter = *message.meter;
  json::Writer json(out);
  json.begin_object();
  const bool telegram = meter.layout == Layout::telegram;
  const bool wired = is_wired(meter);
  if (says_serial(meter) || wired) json.member("meter", meter.serial);
  if (meter.layout == Layout::records) json.member("id", wired_id(meter, first_access(message)));
  json.member_hex("title", message.title);
  json.member_number("counter", message.counter);
  if (!telegram && !meter.event && !wired) json.member_number("invoke", message.invoke);
  if (message.control) json.member_hex("sc", Bytes(&*message.control, 1));
  json.member("time", wired      ? time_of_records(meter, message)
                      : telegram ? to_iso(message.values.time).substr(0, 19)
                                 : iso_of(message.values.time, time_form(meter)));
  json.member_number("frames", message.whole_frames);
  if (!sent.empty()) json.member("sent", sent);
  json.key("values");
  json.begin_array();
  add_values(json, meter, message);
  json.end_array();
  json.member_hex("plain", message.plain);
  json.member_hex("apdu", message.apdu);
  if (settings.faults.any()) add_fault(json, fault);
  json.end_object();
  out.add('\n');
}

}  // namespace meterpipe::sim
