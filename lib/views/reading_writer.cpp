#include "views/reading_writer.hpp"

#include <algorithm>
#include <stdexcept>

#include "cosem/clock.hpp"
#include "cosem/units.hpp"
#include "readings/text.hpp"
#include "views/value_text.hpp"

namespace meterpipe::views {
namespace {

using axdr::Node;
using axdr::Tag;

constexpr int kSafeDigits = 15;  // what a double carries
constexpr std::string_view kValueKey = ",\"value\":";
constexpr std::size_t kMostCodes = 8192;  // of the names kept ready

Bytes contents(const Node& node, Bytes bytes) { return bytes.subspan(node.offset, node.size); }

// The clock in a 12-byte octet-string or date-time.
bool is_clock(const Node& node, Bytes bytes) {
  return node.size == cosem::kClockLength &&
         (node.tag == Tag::octet_string || node.tag == Tag::date_time) &&
         cosem::is_clock(contents(node, bytes));
}

// A value whose shape nobody knows, whole: {"structure":[{"long-unsigned":2},…]}
std::uint32_t write_tree(json::Writer& json, const axdr::Nodes& nodes, std::uint32_t index,
                         Bytes bytes) {
  const Node& node = nodes[index];
  json.begin_object();
  json.key(axdr::type_of(node.tag).name);
  if (is_container(node)) {
    json.begin_array();
    for (std::uint32_t i = index + 1; i < node.next;) i = write_tree(json, nodes, i, bytes);
    json.end_array();
  } else if (const auto number = number_of(node, bytes)) {
    json.decimal(*number);
  } else if (node.tag == Tag::null_data || node.tag == Tag::dont_care) {
    json.null();
  } else if (node.tag == Tag::boolean) {
    json.boolean(bytes[node.offset] != 0);
  } else if (node.tag == Tag::bit_string) {
    json.string(bits_of(node, bytes));
  } else if (node.tag == Tag::visible_string || node.tag == Tag::utf8_string) {
    const auto text = readings::text_of(node, bytes);
    text ? json.string(*text) : json.hex(contents(node, bytes));
  } else {
    json.hex(contents(node, bytes));
  }
  json.end_object();
  return node.next;
}

void add_status(json::Writer& json, const cosem::Clock& clock) {
  if (!clock.status || *clock.status == 0) return;
  json.key("status");
  json.begin_array();
  for (const cosem::StatusBit& bit : cosem::kStatusBits) {
    if ((*clock.status & bit.mask) != 0) json.string(bit.name);
  }
  json.end_array();
}

// "value" and what belongs to it, for everything that is no number.
void write_other(json::Writer& json, const decode::Reading& reading, std::uint32_t index) {
  const Node& node = (*reading.nodes)[index];
  const Bytes bytes = reading.apdu;
  if (is_container(node)) {
    json.key("value");
    write_tree(json, *reading.nodes, index, bytes);
    return;
  }
  if (is_clock(node, bytes)) {
    const auto clock = cosem::parse_clock(contents(node, bytes));
    if (clock) {
      char text[cosem::kIsoChars];
      json.plain_member("value", {text, static_cast<std::size_t>(clock->write_iso(text) - text)});
    }
    json.member_hex("hex", contents(node, bytes));
    if (clock) {
      add_status(json, *clock);
      if (clock->dst_contradicts()) json.member("doubt", "dst");
    }
    return;
  }
  switch (node.tag) {
    case Tag::null_data:
    case Tag::dont_care:
      json.member_raw("value", "null");
      return;
    case Tag::boolean:
      json.member_raw("value", bytes[node.offset] != 0 ? "true" : "false");
      return;
    case Tag::bit_string:
      json.member("value", bits_of(node, bytes));
      return;
    default:
      break;
  }
  if (const auto time = date_or_time(node, bytes)) {
    json.member("value", *time);
    json.member_hex("hex", contents(node, bytes));
  } else if (const auto text = readings::text_of(node, bytes)) {
    json.member("value", *text);
  } else {
    json.member_hex("hex", contents(node, bytes));
  }
}

// The same as one word for text and CSV.
std::string plain_value(const decode::Reading& reading, const readings::Value& value) {
  const Node& node = (*reading.nodes)[value.node];
  if (const auto number = number_of(node, reading.apdu)) {
    return to_string(scaled(*number, value.scaler));
  }
  const Bytes bytes = reading.apdu;
  if (is_container(node)) {
    Buffer text;
    json::Writer json(text);
    write_tree(json, *reading.nodes, value.node, bytes);
    return std::string(text.view());
  }
  if (is_clock(node, bytes)) {
    const auto clock = cosem::parse_clock(contents(node, bytes));
    return clock ? clock->iso() : to_hex(contents(node, bytes));
  }
  switch (node.tag) {
    case Tag::null_data:
    case Tag::dont_care:
      return "null";
    case Tag::boolean:
      return bytes[node.offset] != 0 ? "true" : "false";
    case Tag::bit_string:
      return bits_of(node, bytes);
    default:
      break;
  }
  if (auto time = date_or_time(node, bytes)) return *time;
  if (const auto text = readings::text_of(node, bytes)) return std::string(*text);
  return to_hex(contents(node, bytes));
}

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

std::string place_of(const readings::Value& value) {
  std::string place = std::to_string(value.pos);
  if (value.place != 0) place += '.' + std::to_string(value.place);
  return place;
}

}  // namespace

ReadingWriter::Prepared& ReadingWriter::prepared(const cosem::Obis& code) {
  const std::uint64_t key = code.packed();
  if (next_ < prepared_.size() && prepared_[next_]->key == key) return *prepared_[next_++];
  if (const auto found = index_.find(key); found != index_.end()) {
    next_ = found->second + 1;
    return *prepared_[found->second];
  }
  if (prepared_.size() >= kMostCodes) {
    prepared_.clear();
    index_.clear();
  }
  auto ready = std::make_unique<Prepared>();
  Prepared& one = *ready;
  one.key = key;
  one.code = cosem::to_string(code);
  one.name = cosem::name_of(code, format_);
  set_head(one, {});
  index_.emplace(key, prepared_.size());
  next_ = prepared_.size() + 1;
  prepared_.push_back(std::move(ready));
  return one;
}

void ReadingWriter::set_head(Prepared& ready, const readings::Value& value) {
  if (!ready.head.empty() && ready.interface_class == value.interface_class &&
      ready.attribute == value.attribute && ready.index == value.index) {
    return;
  }
  ready.interface_class = value.interface_class;
  ready.attribute = value.attribute;
  ready.index = value.index;
  Buffer text;
  json::Writer json(text);
  json.begin_object();
  json.member("obis", ready.code);
  if (!ready.name.empty()) json.member("name", ready.name);
  if (value.interface_class != 0) {
    json.member_number("class", value.interface_class);
    json.member_number("attr", static_cast<int>(value.attribute));
    if (value.index != 0) json.member_number("index", value.index);
  }
  json.key("value");
  ready.head = text.view();
}

namespace {

// More than a double carries, the zeros of a positive exponent counted.
bool has_many_digits(const Decimal& value) {
  if (value.magnitude < 1'000'000'000'000 && value.exponent <= 3) return false;  // nearly always
  return value.digits() + std::max(value.exponent, 0) > kSafeDigits;
}

bool has_many_digits(std::string_view number) {
  return std::count_if(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }) >
         kSafeDigits;
}

// As the meter sent it: without medium and channel where there was none.
std::string p1_code(const readings::P1Value& value, const std::string& code) {
  return value.short_code ? code.substr(code.find(':') + 1) : code;
}

std::string unit_of(const readings::Value& value) {
  if (!value.has_unit || value.unit == cosem::kNoUnit) return {};
  const std::string_view unit = cosem::unit_name(value.unit);
  return unit.empty() ? "unit " + std::to_string(value.unit) : std::string(unit);
}

std::string unit_member(const readings::Value& value) {
  const std::string unit = unit_of(value);
  return unit.empty() ? unit : ",\"unit\":\"" + unit + "\"";
}

// Numbers have a unit; what is null or text has none, whatever stands behind it.
std::string shown_unit(const decode::Reading& reading, const readings::Value& value) {
  return number_of((*reading.nodes)[value.node], reading.apdu) ? unit_of(value) : std::string();
}

std::string tail_members(const readings::Value& value, Tag tag) {
  std::string text;
  if (value.has_unit) text += ",\"scaler\":" + std::to_string(value.scaler);
  text += ",\"type\":\"";
  text += axdr::type_of(tag).name;
  return text + "\"}";
}

// Unit, scaler and type in one number, never 0.
std::uint32_t form_of(const readings::Value& value, Tag tag) {
  return static_cast<std::uint32_t>(tag) << 24 | std::uint32_t{value.unit} << 16 |
         std::uint32_t{static_cast<std::uint8_t>(value.scaler)} << 8 | (value.has_unit ? 3U : 1U);
}

}  // namespace

void ReadingWriter::Piece::set(std::string_view to) {
  // The longest: ,"scaler":-128,"type":"delta-double-long-unsigned"}
  if (to.size() > text.size()) throw std::length_error("text around a value");
  std::memcpy(text.data(), to.data(), to.size());
  size = to.size();
}

// The hot path: between prepared texts two numbers. `ready.head` ends with the key of the value.
void ReadingWriter::write_number(Buffer& out, Prepared& ready, const readings::Value& value,
                                 Tag tag, const Decimal& raw) {
  if (const std::uint32_t form = form_of(value, tag); ready.form != form) {
    ready.form = form;
    ready.middle.set(unit_member(value) + ",\"raw\":");
    ready.tail.set(tail_members(value, tag));
  }
  char* to = out.room(4 * kDecimalChars + ready.head.size() + 2 * sizeof ready.tail.text);
  const auto put = [&to](std::string_view text) {
    std::memcpy(to, text.data(), text.size());
    to += text.size();
  };
  if (to[-1] != '[') *to++ = ',';  // there is always something before: this is in an array
  put(ready.head);
  const Decimal shown = scaled(raw, value.scaler);
  const char* const digits = to;
  to = write_decimal(to, shown);
  const std::string_view written(digits, static_cast<std::size_t>(to - digits));
  if (has_many_digits(shown)) {
    put(",\"exact\":\"");
    put(written);
    put("\"");
  }
  ready.middle.put(to);
  if (value.scaler == 0) {
    put(written);
  } else {
    to = write_decimal(to, raw);
  }
  ready.tail.put(to);
  out.set_end(to);
}

void ReadingWriter::write_value(json::Writer& json, const decode::Reading& reading,
                                const readings::Value& value) {
  const Node& node = (*reading.nodes)[value.node];
  Buffer& out = json.buffer();
  const auto raw = number_of(node, reading.apdu);
  if (value.obis) {
    Prepared& ready = prepared(*value.obis);
    if ((value.interface_class | ready.interface_class) != 0) [[unlikely]] {
      set_head(ready, value);
    }
    if (raw) return write_number(out, ready, value, node.tag, *raw);
    // The key comes with the value, which may be none: "hex" alone.
    json.raw(std::string_view(ready.head).substr(0, ready.head.size() - kValueKey.size()));
  } else {
    Prepared unprepared;
    Buffer head;
    json::Writer place(head);
    place.begin_object();
    if (value.place == 0) {
      place.member_number("pos", value.pos);
    } else {
      place.member("pos", place_of(value));
    }
    if (raw) {
      place.key("value");
      unprepared.head = head.view();
      return write_number(out, unprepared, value, node.tag, *raw);
    }
    json.raw(head.view());
  }
  write_other(json, reading, value.node);
  out.add(",\"type\":\"");
  out.add(axdr::type_of(node.tag).name);
  out.add("\"}");
}

// {"obis":"1-0:1.8.0","name":…,"value":14159934,"unit":"Wh","raw":"014159934*Wh","type":"p1"}
void ReadingWriter::write_p1_value(json::Writer& json, const readings::P1Value& value) {
  const Prepared& ready = prepared(value.code);
  json.begin_object();
  json.plain_member("obis", p1_code(value, ready.code));
  if (!ready.name.empty()) json.member("name", ready.name);
  if (!value.is_number) {
    json.member("value", value.value);
  } else {
    json.member_raw("value", value.value);
    if (has_many_digits(value.value)) json.member("exact", value.value);
  }
  if (!value.unit.empty()) json.member("unit", value.unit);
  json.member("raw", value.raw);
  if (!value.text.empty()) json.member("text", value.text);
  if (!value.at.empty()) json.plain_member("at", value.at);
  if (!value.at_raw.empty()) json.member("at_raw", value.at_raw);
  if (value.summer) {
    json.key("status");
    json.begin_array();
    json.string("dst");
    json.end_array();
  }
  json.plain_member("type", "p1");
  json.end_object();
}

namespace {

// {"class":20012,"obis":"0-0:128.0.12","attr":3}
[[gnu::noinline, gnu::cold]] void write_event(json::Writer& json, const apdu::Descriptor& event) {
  json.key("event");
  json.begin_object();
  json.member_number("class", event.interface_class);
  json.plain_member("obis", cosem::to_string(cosem::Obis::of(event.name)));
  json.member_number("attr", static_cast<int>(event.attribute));
  json.end_object();
}

// What few layouts have, behind the layout.
[[gnu::noinline, gnu::cold]] void write_rare(json::Writer& json, const decode::Reading& reading) {
  if (reading.list != nullptr) json.plain_member("list", cosem::to_string(*reading.list));
  if (!reading.profile.empty()) json.plain_member("profile", reading.profile);
  if (!reading.profile_refused.empty()) {
    json.plain_member("profile_refused", reading.profile_refused);
  }
  if (reading.misfit != nullptr) {
    json.key("misfit");
    json.begin_object();
    json.member_number("entries", reading.misfit->entries);
    json.member_number("values", reading.misfit->values);
    json.end_object();
  }
  if (reading.p1 != nullptr && !reading.p1->ident.empty()) {
    json.member("ident", reading.p1->ident);
  }
}

}  // namespace

void ReadingWriter::write_json(Buffer& out, const decode::Reading& reading) {
  json::Writer json(out);
  begin_record(json, record::Type::reading, reading.head);
  json.plain_member("id", reading.id);
  if (!reading.meter.empty()) json.member("meter", reading.meter);
  if (!reading.time.empty()) json.plain_member("time", reading.time);
  if (reading.doubtful_dst) json.member("doubt", "dst");
  if (reading.invoke) json.member_number("invoke", *reading.invoke);
  if (reading.event != nullptr) write_event(json, *reading.event);
  json.plain_member("auth", apdu::name(reading.auth));
  json.plain_member("layout", reading.layout);
  if (reading.list != nullptr || !reading.profile.empty() || !reading.profile_refused.empty() ||
      reading.misfit != nullptr || reading.p1 != nullptr) {
    write_rare(json, reading);
  }
  json.key("values");
  json.begin_array();
  if (reading.p1 != nullptr) [[unlikely]] {
    for (const readings::P1Value& value : reading.p1->values) write_p1_value(json, value);
  } else {
    for (const readings::Value& value : *reading.values) write_value(json, reading, value);
  }
  json.end_array();
  if (reading.keep_apdu) json.member_hex("apdu", reading.apdu);
  record::end_record(
      json, reading.unknown == nullptr ? std::span<const json::Field>() : *reading.unknown);
}

void ReadingWriter::write_text(Buffer& out, const decode::Reading& reading) {
  if (reading.p1 != nullptr) {
    for (const readings::P1Value& value : reading.p1->values) {
      const Prepared& ready = prepared(value.code);
      out.add(p1_code(value, ready.code));
      if (!ready.name.empty()) {
        out.add("  ");
        out.add(ready.name);
      }
      out.add("  ");
      out.add(value.shown());
      if (!value.unit.empty()) {
        out.add(' ');
        out.add(value.unit);
      }
      out.add('\n');
    }
    return;
  }
  for (const readings::Value& value : *reading.values) {
    if (value.obis) {
      const Prepared& ready = prepared(*value.obis);
      out.add(ready.code);
      if (!ready.name.empty()) {
        out.add("  ");
        out.add(ready.name);
      }
    } else {
      out.add('[');
      out.add(place_of(value));
      out.add(']');
    }
    out.add("  ");
    out.add(plain_value(reading, value));
    if (const std::string unit = shown_unit(reading, value); !unit.empty()) {
      out.add(' ');
      out.add(unit);
    }
    out.add('\n');
  }
}

void ReadingWriter::write_csv(Buffer& out, const decode::Reading& reading) {
  const auto add_start = [&] {
    add_csv(out, reading.head.ts, ',');
    add_csv(out, reading.time, ',');
    add_csv(out, reading.head.src, ',');
    add_csv(out, reading.meter, ',');
  };
  if (reading.p1 != nullptr) {
    for (const readings::P1Value& value : reading.p1->values) {
      const Prepared& ready = prepared(value.code);
      add_start();
      add_csv(out, p1_code(value, ready.code), ',');
      add_csv(out, ready.name, ',');
      add_csv(out, value.shown(), ',');
      add_csv(out, value.unit, ',');
      add_csv(out, apdu::name(reading.auth), '\n');
    }
    return;
  }
  for (const readings::Value& value : *reading.values) {
    add_start();
    if (value.obis) {
      const Prepared& ready = prepared(*value.obis);
      add_csv(out, ready.code, ',');
      add_csv(out, ready.name, ',');
    } else {
      add_csv(out, "", ',');
      add_csv(out, place_of(value), ',');
    }
    add_csv(out, plain_value(reading, value), ',');
    add_csv(out, shown_unit(reading, value), ',');
    add_csv(out, apdu::name(reading.auth), '\n');
  }
}

}  // namespace meterpipe::views
