#include "views/wired_views.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/hex.hpp"
#include "json/writer.hpp"
#include "views/csv.hpp"
#include "views/wired_words.hpp"
#include "wired/header.hpp"

namespace meterpipe::views {
namespace {

using wired::Record;

// For people; "-" where there is no value.
std::string word_of(const Record& record) {
  switch (record.is) {
    case Record::Is::number: return to_string(record.number);
    case Record::Is::text: return record.text;
    case Record::Is::nothing: break;
  }
  return {};
}

void add_value(json::Writer& json, const Record& record) {
  json.key("value");
  if (record.is == Record::Is::nothing) {
    json.null();
    json.member("why", record.why);
    return;
  }
  if (record.is == Record::Is::text) return json.string(record.text);
  const std::string digits = to_string(record.number);
  json.raw(digits);
  if (record.number.exceeds_double()) json.member("exact", digits);
}

void add_header(json::Writer& json, const decode::WiredReading& reading) {
  const wired::Header& header = reading.header;
  json.begin_object("mbus");
  if (!header.id.empty()) json.member("id", header.id);
  if (!header.manufacturer.empty()) json.member("manufacturer", header.manufacturer);
  if (header.has_address()) json.member_number("version", header.version);
  if (!header.id.empty()) json.plain_member("medium", wired::medium_name(header.medium));
  if (header.has_access()) json.member_number("access", header.access);
  if (const auto names = wired::status_names(header); !names.empty()) {
    json.begin_array("status");
    for (const std::string_view name : names) json.string(name);
    json.end_array();
  }
  json.member_number("telegrams", reading.telegrams);
  if (reading.unfinished) json.member_boolean("unfinished", true);
  if (!reading.maker.empty()) json.member_hex("manufacturer_data", reading.maker);
  json.end_object();
}

std::string key_or_code(const decode::WiredReading& reading, std::size_t i) {
  return reading.codes[i] ? cosem::to_string(*reading.codes[i])
                          : '[' + reading.records[i].key + ']';
}

}  // namespace

// The code's name, where it has one; else what it is and whatever tells it from its like.
std::string WiredViews::name_of(const decode::WiredReading& reading, std::size_t i) const {
  const Record& record = reading.records[i];
  if (reading.codes[i]) {
    std::string name = cosem::name_of(*reading.codes[i], format_);
    if (!name.empty()) return name;
  }
  return wired_name(record, format_.language);
}

void WiredViews::write_json(Buffer& out, const decode::WiredReading& reading,
                            bool keep_frame) const {
  json::Writer json(out);
  record::begin_record(json, record::Type::reading, reading.head());
  json.member("id", reading.id);
  if (!reading.meter.empty()) json.member("meter", reading.meter);
  if (!reading.time.empty()) json.plain_member("time", reading.time);
  json.plain_member("auth", apdu::name(reading.auth));
  json.plain_member("layout", "mbus");
  if (reading.repeated) json.member_raw("quirks", R"(["repeated-telegram"])");
  add_header(json, reading);
  json.begin_array("values");
  for (std::size_t i = 0; i < reading.records.size(); ++i) {
    const Record& record = reading.records[i];
    json.begin_object();
    json.plain_member("key", record.key);
    if (reading.codes[i]) json.plain_member("obis", cosem::to_string(*reading.codes[i]));
    json.member("name", name_of(reading, i));
    json.member("quantity", record.meaning.quantity);
    add_value(json, record);
    if (!record.meaning.unit.empty()) json.member("unit", record.meaning.unit);
    if (record.meaning.form != wired::Form::secret) json.member_hex("raw", record.data);
    if (!record.type.empty()) json.plain_member("type", record.type);
    if (record.function != wired::Function::instantaneous) {
      json.plain_member("function", wired::name(record.function));
    }
    if (record.storage != 0) json.member_number("storage", record.storage);
    if (record.tariff != 0) json.member_number("tariff", record.tariff);
    if (record.subunit != 0) json.member_number("subunit", record.subunit);
    if (!record.meaning.qualifiers.empty()) {
      json.begin_array("qualifiers");
      for (const std::string& one : record.meaning.qualifiers) json.string(one);
      json.end_array();
    }
    if (record.summer) json.member_raw("status", R"(["dst"])");
    json.end_object();
  }
  json.end_array();
  if (keep_frame) {
    json.begin_array("frames");
    for (const ByteVector& frame : reading.frames) json.hex(frame);
    json.end_array();
  }
  std::vector<json::Field> unknown;
  for (const auto& [key, raw] : reading.unknown) unknown.push_back({key, raw});
  record::end_record(json, unknown);
}

void WiredViews::write_text(Buffer& out, const decode::WiredReading& reading) const {
  for (std::size_t i = 0; i < reading.records.size(); ++i) {
    const Record& record = reading.records[i];
    out.add(key_or_code(reading, i), "  ", name_of(reading, i), "  ");
    if (record.is == Record::Is::nothing) {
      out.add("none: ", record.why);
    } else {
      out.add(word_of(record));
      if (record.is == Record::Is::number && !record.meaning.unit.empty()) {
        out.add(' ', record.meaning.unit);
      }
    }
    out.add('\n');
  }
}

void WiredViews::write_csv(Buffer& out, const decode::WiredReading& reading) const {
  for (std::size_t i = 0; i < reading.records.size(); ++i) {
    const Record& record = reading.records[i];
    out.add(reading.ts, ',', reading.time, ',');
    add_csv(out, reading.src, ',');
    add_csv(out, reading.meter, ',');
    add_csv(out, reading.codes[i] ? cosem::to_string(*reading.codes[i]) : record.key, ',');
    add_csv(out, name_of(reading, i), ',');
    add_csv(out, word_of(record), ',');
    add_csv(out, record.is == Record::Is::number ? record.meaning.unit : std::string(), ',');
    add_csv(out, apdu::name(reading.auth), '\n');
  }
}

}  // namespace meterpipe::views
