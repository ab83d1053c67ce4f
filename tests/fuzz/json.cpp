// JSON (lib/json): what is written is read as the same text; an object that is read, split and put
// together again is the same object.
#include "json/fields.hpp"

#include <string>

#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "json/writer.hpp"

namespace meterpipe::fuzz {

namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0, size = 0; at < text.size(); at += size) {
    size = utf8_sequence(text, at);
    if (size == 0) return false;
  }
  return true;
}

std::string whole(const json::Fields& fields) {
  std::string out = "{";
  for (const json::Field& field : fields.all()) {
    if (out.size() > 1) out += ',';
    out.append(1, '"').append(field.key).append("\":").append(field.raw);
  }
  return out + '}';
}

// Whatever bytes: the line is JSON, and of what is UTF-8 nothing is lost.
void check_written(std::string_view text) {
  Buffer out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("text", text);
  writer.end_object();
  json::Fields fields;
  REQUIRE(fields.parse(out.view()).has_value());
  std::string scratch;
  const auto back = json::to_text(fields.find("text")->raw, scratch);
  REQUIRE(back.has_value());
  if (is_utf8(text)) {
    REQUIRE(*back == text);
  } else {
    REQUIRE(is_utf8(*back));
  }
}

void check_value(std::string_view raw) {
  std::string scratch;
  if (const auto text = json::to_text(raw, scratch)) check_written(*text);
  if (json::is_number(raw)) {
    if (const auto number = parse_decimal(raw)) {
      Buffer out;
      json::Writer writer(out);
      writer.decimal(*number);
      REQUIRE(json::is_number(out.view()));
    }
  }
  if (const auto number = json::to_unsigned(raw)) REQUIRE(std::to_string(*number) == raw);
  ByteVector bytes;
  if (json::to_hex_bytes(raw, bytes)) REQUIRE(raw.size() == 2 * bytes.size() + 2);
  std::vector<json::Field> members;
  std::vector<std::string_view> elements;
  if (!raw.empty() && raw[0] == '{') {
    if (!json::split_object(raw, members)) return;  // a key that stands twice
    for (const json::Field& member : members) check_value(member.raw);
  }
  if (!raw.empty() && raw[0] == '[') {
    REQUIRE(json::split_array(raw, elements).has_value());
    for (const std::string_view element : elements) check_value(element);
  }
}

}  // namespace

void check(Bytes input) {
  const std::string_view text = as_text(input);
  check_written(text);
  json::Fields fields;
  if (!fields.parse(text)) return;
  const std::string once = whole(fields);
  CAPTURE(once);
  json::Fields second;
  REQUIRE(second.parse(once).has_value());
  REQUIRE(whole(second) == once);
  REQUIRE(second.all().size() == fields.all().size());
  for (const json::Field& field : fields.all()) {
    REQUIRE(fields.find(field.key)->raw == field.raw);
    check_value(field.raw);
  }
}

}  // namespace meterpipe::fuzz
