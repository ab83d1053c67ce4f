#include "shape/payloads.hpp"

#include <charconv>

#include "base/decimal.hpp"
#include "cosem/quantity.hpp"
#include "json/writer.hpp"
#include "shape/numbers.hpp"

namespace meterpipe::shape {
namespace {

using Kind = ShapedValue::Kind;

void append_json(Buffer& out, const ShapedValue& value, const PayloadContext& context) {
  json::Writer json(out);
  const auto put_time = [&](std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (context.times_are_numbers && parse_decimal(text)) {
      json.member_raw(name, text);
    } else {
      json.member(name, text);
    }
  };
  const auto put = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) json.member(name, text);
  };
  const auto put_digits = [&](std::string_view name, std::string_view text) {
    if (!parse_decimal(text)) return put(name, text);
    json.member_raw(name, text);
  };
  json.begin_object();
  if (value.kind == Kind::number || value.kind == Kind::json) {
    json.member_raw("value", value.text);
  } else if (value.kind == Kind::time) {
    put_time("value", value.text);
  } else {
    json.member("value", value.text);
  }
  put("hex", value.hex);
  put("unit", value.unit);
  put("name", value.name);
  if (value.derived) {
    json.member_raw("derived", "true");
  } else {
    // A wired M-Bus meter's key in its place has two bytes at least, and no dot.
    constexpr std::size_t kShortestKey = 4;
    const bool is_key =
        value.obis.size() >= kShortestKey && value.obis.find('.') == std::string_view::npos;
    put(is_key ? "key" : "obis", value.obis);
    if (value.obis.empty()) put_digits("pos", value.pos);
    put_digits("attr", value.attr);
  }
  put_time("at", value.at);
  put_time("time", context.time);
  put("ts", context.reading.head.ts);
  put("id", context.reading.id);
  put("auth", context.reading.auth);
  json.end_object();
}

// 1-0:1.8.0 -> 1-0:1.8.0*255
std::string full_code(std::string_view obis) {
  std::string code(obis);
  if (code.find('*') == std::string::npos) code += "*255";
  return code;
}

// Escapes of line protocol; it knows none for the end of a line.
void append_influx_key(Buffer& out, std::string_view text) {
  for (const char c : text) {
    if (c == ',' || c == '=' || c == ' ') out.add('\\');
    out.add(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c);
  }
  // A backslash at the end would escape what follows.
  if (!text.empty() && text.back() == '\\') {
    out.truncate(out.size() - 1);
    out.add('_');
  }
}

void append_influx_string(Buffer& out, std::string_view text) {
  out.add('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.add('\\');
    out.add(c == '\n' || c == '\r' || c == '\0' ? ' ' : c);
  }
  out.add('"');
}

// A word of the meter in place of a number, 1.8.0((ER11)). InfluxDB refuses a line whole in which a
// field is a text that was a float before.
bool stands_for_number(const ShapedValue& value) {
  if (!value.attr.empty() && value.attr != "2") return false;  // 2: the value of a register
  const cosem::Meaning is = cosem::meaning_of(value.obis, {});
  return is.by_code != cosem::Quantity::none || is.subject == cosem::Subject::sub_value;
}

// InfluxDB keeps floats of 64 bits: a line with a number beyond them is refused whole.
bool is_double(std::string_view number) {
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  return read.ec == std::errc();
}

}  // namespace

void append_payload(Buffer& out, const ShapedValue& value, ValueFormat format,
                    const PayloadContext& context) {
  if (format == ValueFormat::json) return append_json(out, value, context);
  out.add(value.text);
  if (format == ValueFormat::unit && value.kind == Kind::number && !value.unit.empty()) {
    out.add(' ', value.unit);
  }
}

void append_predecessor_json(Buffer& out, const std::vector<ShapedValue>& values,
                             std::string_view invoke) {
  json::Writer json(out);
  json.begin_array();
  for (const ShapedValue& value : values) {
    json.begin_object();
    if (!value.obis.empty() && !value.derived) json.member("code", full_code(value.obis));
    if (!value.name.empty()) {
      json.member("name", value.name);
    } else {
      json.member("name",
                  value.obis.empty() ? "pos/" + std::string(value.pos) : std::string(value.obis));
    }
    if (value.kind == Kind::number) {
      json.member("value", without_zeros(value.text));
    } else {
      json.member("value", value.text);
    }
    if (value.kind != Kind::time) json.member("unit", value.unit);
    json.end_object();
  }
  if (!invoke.empty()) {
    json.begin_object();
    json.member("name", "InvokeId");
    json.member("value", invoke);
    json.end_object();
  }
  json.end_array();
}

void append_influx_line(Buffer& out, const record::ReadingRecord& reading,
                        const std::vector<ShapedValue>& values,
                        const std::vector<std::string_view>& fields, std::optional<Micros> time) {
  const std::size_t start = out.size();
  out.add("meter");
  const auto tag = [&](std::string_view key, std::string_view text) {
    if (text.empty()) return;
    out.add(',', key, '=');
    append_influx_key(out, text);
  };
  tag("meter", reading.meter);
  tag("src", reading.head.src);
  char between = ' ';
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ShapedValue& value = values[i];
    if (value.kind == Kind::time || (value.kind == Kind::json && value.text == "null")) continue;
    if (value.kind == Kind::number && !is_double(value.text)) continue;
    if (value.kind == Kind::text && stands_for_number(value)) continue;
    out.add(between);
    between = ',';
    append_influx_key(out, fields[i]);
    out.add('=');
    const bool boolean =
        value.kind == Kind::json && (value.text == "true" || value.text == "false");
    if (boolean || value.kind == Kind::number) {
      out.add(value.text);
    } else {
      append_influx_string(out, value.text);
    }
  }
  if (between == ' ') return out.truncate(start);
  if (time) {
    out.add(' ');
    char digits[24];
    out.add(std::string_view{digits, std::to_chars(digits, digits + sizeof digits, *time).ptr});
    if (*time != 0) out.add("000");  // microseconds to nanoseconds
  }
}

}  // namespace meterpipe::shape
