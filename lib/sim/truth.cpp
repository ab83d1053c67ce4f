#include "sim/truth.hpp"

#include <fmt/format.h>

#include "cosem/clock.hpp"
#include "cosem/units.hpp"
#include "json/writer.hpp"

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

void add_value(json::Writer& json, const Meter& meter, const Message& message, const Item& item,
               std::size_t place) {
  json.begin_object();
  if (meter.layout == Layout::triples && item.type == axdr::Tag::octet_string) {
    json.member_number("pos", place);
  } else {
    json.member("obis", obis_text(item.obis));
  }
  if (item.type != axdr::Tag::octet_string) {
    const std::uint64_t raw = number_of(message.values.snapshot, item.quantity);
    json.key("value");
    json.decimal(Decimal::of_unsigned(raw, item.scaler));
    if (const std::string_view unit = cosem::unit_name(item.unit); !unit.empty())
      json.member("unit", unit);
    json.member_number("raw", raw);
    json.member_number("scaler", int{item.scaler});
  } else if (item.quantity == Quantity::clock) {
    json.member("value", to_iso(message.values.time));
    json.member_hex("hex", message.values.clock);
    add_status(json, message.values.clock.back());
  } else {
    json.member("value", text_of(meter, item.quantity));
  }
  json.member("type", axdr::type_of(item.type).name);
  json.end_object();
}

}  // namespace

void write_truth(Buffer& out, const Settings& settings, const Message& message,
                 std::string_view sent) {
  const Meter& meter = *settings.meter;
  json::Writer json(out);
  json.begin_object();
  json.member("meter", meter.serial);
  json.member_hex("title", meter.title);
  json.member_number("counter", message.counter);
  json.member_number("invoke", message.invoke);
  if (settings.control) json.member_hex("sc", Bytes(&*settings.control, 1));
  json.member("time", to_iso(message.values.time));
  json.member_number("frames", message.frames.size());
  if (!sent.empty()) json.member("sent", sent);
  json.key("values");
  json.begin_array();
  std::size_t place = 0;
  for (const Item& item : meter.items) {
    add_value(json, meter, message, item, place);
    place += item.type == axdr::Tag::octet_string ? 1 : 3;
  }
  json.end_array();
  json.member_hex("plain", message.plain);
  json.member_hex("apdu", message.apdu);
  json.end_object();
  out.add('\n');
}

}  // namespace meterpipe::sim
