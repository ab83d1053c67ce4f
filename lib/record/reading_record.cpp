#include "record/reading_record.hpp"

#include "base/fnv.hpp"
#include "base/hex.hpp"

namespace meterpipe::record {
namespace {

constexpr std::string_view kValues = "values";

// raw: the value itself, or a part of it.
tl::unexpected<Error> bad(const Line& line, std::string_view key, std::string_view raw) {
  return fail(Fault::bad_field, line.column_of({key, raw}));
}

bool is_text(std::string_view raw) { return !raw.empty() && raw.front() == '"'; }

// The text of a string, or a number's digits.
bool read_text(Line& line, std::string_view raw, std::string_view& to) {
  if (json::is_number(raw)) {
    to = raw;
    return true;
  }
  const auto text = line.text_of(raw);
  if (text) to = *text;
  return text.has_value();
}

bool read_string(Line& line, std::string_view raw, std::string_view& to) {
  return is_text(raw) && read_text(line, raw, to);
}

Result<void> read_value(Line& line, const std::vector<json::Field>& members, ReadingValue& value) {
  std::string_view record_key;  // of a wired M-Bus meter
  for (const json::Field& member : members) {
    std::string_view* const string = member.key == "obis"     ? &value.obis
                                     : member.key == "name"   ? &value.name
                                     : member.key == "hex"    ? &value.hex
                                     : member.key == "text"   ? &value.text
                                     : member.key == "unit"   ? &value.unit
                                     : member.key == "type"   ? &value.type
                                     : member.key == "at"     ? &value.at
                                     : member.key == "at_raw" ? &value.at_raw
                                     : member.key == "key"    ? &record_key
                                                              : nullptr;
    std::string_view* const text = member.key == "pos"      ? &value.pos
                                   : member.key == "scaler" ? &value.scaler
                                   : member.key == "attr"   ? &value.attr
                                                            : nullptr;
    if (member.key == "value") value.value = member.raw;
    if (member.key == "text" && !is_text(member.raw)) continue;  // another's
    const bool good = string != nullptr ? read_string(line, member.raw, *string)
                                        : text == nullptr || read_text(line, member.raw, *text);
    if (!good) return bad(line, kValues, member.raw);
  }
  if (value.obis.empty()) value.obis = record_key;
  return {};
}

Result<void> read_values(Line& line, std::string_view raw, std::vector<ReadingValue>& values) {
  std::vector<std::string_view> elements;
  if (!json::split_array(raw, elements)) return bad(line, kValues, raw);
  std::vector<json::Field> members;
  for (const std::string_view element : elements) {
    if (const auto split = json::split_object(element, members); !split) {
      return split.error().fault == Fault::duplicate_key ? split : bad(line, kValues, element);
    }
    if (auto read = read_value(line, members, values.emplace_back()); !read) return read;
  }
  return {};
}

}  // namespace

std::string_view ReadingRecord::title() const {
  constexpr std::size_t kTitleDigits = 16;
  if (id.size() <= kTitleDigits || id[kTitleDigits] != ':') return {};
  const std::string_view digits = id.substr(0, kTitleDigits);
  for (const char c : digits) {
    if (hex_digit(c) < 0) return {};
  }
  return digits;
}

std::string_view ReadingRecord::identity() const {
  if (layout != "mbus") return title();
  // Without an identification number it is a digest, with an arrival behind it.
  constexpr std::size_t kDigest = 16;
  if (id.size() > kDigest && id[kDigest] == '@') return {};
  const std::size_t end = id.rfind(':');
  return end == std::string_view::npos ? std::string_view() : id.substr(0, end);
}

std::uint64_t shape_of(const ReadingValue& value) {
  std::uint64_t hash = kFnv64Basis;
  for (const std::string_view text :
       {value.obis, value.pos, value.unit, value.type, value.scaler, value.attr}) {
    hash = fnv1a_64(text, hash * 31 + text.size());
  }
  return hash | 1;
}

std::uint64_t shape_of(const ReadingRecord& record) {
  std::uint64_t hash = record.values.size();
  for (const ReadingValue& value : record.values) hash = hash * 0x100000001b3 + shape_of(value);
  return hash | 1;
}

Result<void> read(Line& line, ReadingRecord& record) {
  record.head = line.head();
  record.id = record.meter = record.time = record.auth = record.layout = {};
  record.invoke = {};
  record.replayed = false;
  record.shape = 0;
  record.values.clear();
  bool has_values = false;
  for (const json::Field& field : line.fields()) {
    std::string_view* text = field.key == "id"       ? &record.id
                             : field.key == "meter"  ? &record.meter
                             : field.key == "time"   ? &record.time
                             : field.key == "auth"   ? &record.auth
                             : field.key == "layout" ? &record.layout
                                                     : nullptr;
    if (text != nullptr) {
      if (!read_string(line, field.raw, *text)) return bad(line, field.key, field.raw);
    } else if (field.key == "invoke") {
      if (!read_text(line, field.raw, record.invoke)) return bad(line, field.key, field.raw);
    } else if (field.key == "replayed") {
      if (field.raw != "true" && field.raw != "false") return bad(line, field.key, field.raw);
      record.replayed = field.raw == "true";
    } else if (field.key == kValues) {
      if (auto read = read_values(line, field.raw, record.values); !read) return read;
      has_values = true;
    }
  }
  if (!has_values) return fail(Fault::missing_field);
  return {};
}

}  // namespace meterpipe::record
