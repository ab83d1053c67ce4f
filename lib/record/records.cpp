#include "record/records.hpp"

#include <limits>

#include "record/fault_text.hpp"

namespace meterpipe::record {
namespace {

constexpr std::uint64_t kLongestMs = 1'000'000'000;  // of one bytes record: eleven days

tl::unexpected<Error> bad(const Line& line, const json::Field& field) {
  return fail(Fault::bad_field, line.column_of(field));
}

bool read_text(Line& line, const json::Field& field, auto& to) {
  const auto text = line.text_of(field);
  if (text) to = *text;
  return text.has_value();
}

bool is_head(std::string_view key) {
  return key == "v" || key == "t" || key == "ts" || key == "src" || key == "seq";
}

bool read_offsets(std::string_view raw, std::vector<std::uint32_t>& offsets) {
  std::vector<std::string_view> elements;
  if (!json::split_array(raw, elements)) return false;
  for (const std::string_view element : elements) {
    const auto value = json::to_unsigned(element);
    if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return false;
    offsets.push_back(static_cast<std::uint32_t>(*value));
  }
  return true;
}

// {"service":…,"inside":…,"title":…,"title_given":…,"counter":…,"sc":…,"suite":…,"encrypted":…,
//  "auth":…,"replayed":…,"key":…,"signature":…}
bool read_security(Line& line, std::string_view raw, apdu::Security& security) {
  thread_local std::vector<json::Field> members;  // its memory is used again
  if (!json::split_object(raw, members)) return false;
  security.has_control = false;
  for (const json::Field& member : members) {
    if (member.key == "title") {
      thread_local ByteVector title;
      title.clear();
      if (!json::to_hex_bytes(member.raw, title) || !security.title.assign(title)) return false;
    } else if (member.key == "counter") {
      const auto counter = json::to_unsigned(member.raw);
      if (!counter || *counter > std::numeric_limits<std::uint32_t>::max()) return false;
      security.counter = static_cast<std::uint32_t>(*counter);
      security.has_control = true;
    } else if (member.key == "sc") {
      if (member.raw.size() != 4 || member.raw[0] != '"') return false;
      const int high = hex_digit(member.raw[1]), low = hex_digit(member.raw[2]);
      if (high < 0 || low < 0) return false;
      security.control = static_cast<std::uint8_t>(high << 4 | low);
    } else if (member.key == "auth") {
      const auto text = line.text_of(member);
      if (!text) return false;
      security.auth = apdu::auth_of(*text).value_or(apdu::Auth::unknown);
    } else if (member.key == "service" || member.key == "inside" || member.key == "key") {
      std::string_view& to = member.key == "key"       ? security.key
                             : member.key == "service" ? security.service
                                                       : security.inside;
      if (!read_text(line, member, to)) return false;
    } else if (member.key == "title_given" || member.key == "replayed") {
      if (member.raw != "true" && member.raw != "false") return false;
      (member.key == "replayed" ? security.replayed : security.title_given) = member.raw == "true";
    } else if (member.key == "signature") {
      security.signature.clear();
      if (!json::to_hex_bytes(member.raw, security.signature)) return false;
    }
  }
  return true;
}

}  // namespace

Result<void> read(Line& line, BytesRecord& record) {
  record.head = line.head();
  record.ms = 0;
  record.line = record.why = {};
  record.marked.clear();
  record.bytes.clear();
  bool has_bytes = false;
  for (const json::Field& field : line.fields()) {
    if (field.key == "hex") {
      if (!json::to_hex_bytes(field.raw, record.bytes)) return bad(line, field);
      has_bytes = true;
    } else if (field.key == "ms") {
      const auto ms = json::to_unsigned(field.raw);
      if (!ms || *ms > kLongestMs) return bad(line, field);
      record.ms = *ms;
    } else if (field.key == "line" || field.key == "why") {
      auto& to = field.key == "line" ? record.line : record.why;
      if (!read_text(line, field, to)) return bad(line, field);
    } else if (field.key == "marked") {
      if (!read_offsets(field.raw, record.marked)) return bad(line, field);
    }
  }
  if (!has_bytes) return fail(Fault::missing_field);
  return {};
}

void write(Buffer& out, const BytesRecord& record) {
  json::Writer json(out);
  begin_record(json, Type::bytes, record.head);
  json.member_number("ms", record.ms);
  if (!record.line.empty()) json.member("line", record.line);
  if (!record.marked.empty()) {
    json.begin_array("marked");
    for (const std::uint32_t offset : record.marked) json.number(offset);
    json.end_array();
  }
  json.member("why", record.why);
  json.member_hex("hex", record.bytes);
  end_record(json);
}

void write(Buffer& out, const FrameRecord& record) {
  json::Writer json(out);
  begin_record(json, Type::frame, record.head);
  json.member("link", record.link);
  const auto byte = [&](std::string_view key, const std::optional<std::uint8_t>& value) {
    if (value) json.member_hex(key, Bytes(&*value, 1));
  };
  byte("c", record.c);
  byte("a", record.a);
  byte("ci", record.ci);
  if (record.l) json.member_number("l", *record.l);
  if (record.stsap) json.member_number("stsap", *record.stsap);
  if (record.dtsap) json.member_number("dtsap", *record.dtsap);
  if (!record.destination.empty()) json.member_hex("destination", record.destination);
  if (!record.source.empty()) json.member_hex("source", record.source);
  byte("control", record.control);
  if (record.segmented) json.member_boolean("segmented", true);
  json.member_hex("hex", record.bytes);
  end_record(json);
}

Result<void> read(Line& line, ApduRecord& record) {
  record.head = line.head();
  record.link = record.line = record.frames = record.quirks = {};
  record.security.reset();
  record.bytes.clear();
  record.unknown.clear();
  bool has_bytes = false;
  for (const json::Field& field : line.fields()) {
    if (field.key == "hex") {
      if (!json::to_hex_bytes(field.raw, record.bytes)) return bad(line, field);
      has_bytes = true;
    } else if (field.key == "link" || field.key == "line") {
      auto& to = field.key == "link" ? record.link : record.line;
      if (!read_text(line, field, to)) return bad(line, field);
    } else if (field.key == "frames") {
      if (!json::to_unsigned(field.raw)) return bad(line, field);
      record.frames = field.raw;
    } else if (field.key == "quirks") {
      record.quirks = field.raw;
    } else if (field.key == "security") {
      if (!read_security(line, field.raw, record.security.emplace())) return bad(line, field);
    } else if (!is_head(field.key)) {
      record.unknown.push_back(field);
    }
  }
  if (!has_bytes) return fail(Fault::missing_field);
  return {};
}

void add_security(json::Writer& json, const apdu::Security& security) {
  json.begin_object("security");
  json.member("service", security.service);
  if (!security.inside.empty()) json.member("inside", security.inside);
  json.member_hex("title", security.title);
  if (security.title_given) json.member_boolean("title_given", true);
  if (security.has_control) {
    json.member_number("counter", security.counter);
    json.member_hex("sc", Bytes(&security.control, 1));
    json.member_number("suite", security.suite());
    json.member_boolean("encrypted", security.encrypted());
  }
  json.plain_member("auth", name(security.auth));
  if (security.replayed) json.member_boolean("replayed", true);
  if (!security.key.empty()) json.member("key", security.key);
  if (!security.signature.empty()) json.member_hex("signature", security.signature);
  json.end_object();
}

void write(Buffer& out, const ApduRecord& record) {
  json::Writer json(out);
  begin_record(json, Type::apdu, record.head);
  if (!record.link.empty()) json.member("link", record.link);
  if (!record.line.empty()) json.member("line", record.line);
  if (!record.frames.empty()) json.member_raw("frames", record.frames);
  if (!record.quirks.empty()) json.member_raw("quirks", record.quirks);
  if (record.security) add_security(json, *record.security);
  json.member_hex("hex", record.bytes);
  end_record(json, record.unknown);
}

void write(Buffer& out, const MbusRecord& record) {
  json::Writer json(out);
  begin_record(json, Type::mbus, record.head);
  if (record.has_header) {
    if (!record.id.empty()) json.member("id", record.id);
    if (!record.manufacturer.empty()) json.member("manufacturer", record.manufacturer);
    if (!record.id.empty()) json.member_number("version", record.version);
    if (!record.medium.empty()) json.member("medium", record.medium);
    json.member_number("access", record.access);
    json.member_number("status", record.status);
  }
  json.member_hex("hex", record.bytes);
  end_record(json);
}

Result<void> read(Line& line, MbusMessage& message) {
  message.head = line.head();
  message.security.reset();
  message.frame.clear();
  message.data.clear();
  message.named.clear();
  message.unknown.clear();
  bool has_frame = false;
  for (const json::Field& field : line.fields()) {
    if (field.key == "hex" || field.key == "data") {
      ByteVector& to = field.key == "hex" ? message.frame : message.data;
      if (!json::to_hex_bytes(field.raw, to)) return bad(line, field);
      has_frame |= field.key == "hex";
    } else if (field.key == "security") {
      if (!read_security(line, field.raw, message.security.emplace())) return bad(line, field);
    } else if (field.key == "id" || field.key == "manufacturer" || field.key == "version" ||
               field.key == "medium" || field.key == "access" || field.key == "status") {
      message.named.push_back(field);
    } else if (!is_head(field.key)) {
      message.unknown.push_back(field);
    }
  }
  if (!has_frame) return fail(Fault::missing_field);
  return {};
}

void write(Buffer& out, const MbusMessage& message) {
  json::Writer json(out);
  begin_record(json, Type::mbus, message.head);
  for (const json::Field& field : message.named) json.member_raw(field.key, field.raw);
  if (message.security) {
    add_security(json, *message.security);
    json.member_hex("data", message.data);
  }
  json.member_hex("hex", message.frame);
  end_record(json, message.unknown);
}

void write(Buffer& out, const ErrorRecord& record) {
  json::Writer json(out);
  begin_record(json, Type::error, record.head);
  json.member("by", record.by);
  json.member("code", record.code);
  json.member("text", record.text);
  if (record.start) json.member_raw("start", "true");
  if (record.security != nullptr) add_security(json, *record.security);
  if (!record.bytes.empty()) json.member_hex("hex", record.bytes);
  end_record(json);
}

bool is_start(const Line& line) {
  const json::Field* start = line.find("start");
  return start != nullptr && start->raw == "true";
}

ErrorRecord error_record(const Head& head, std::string_view by, const Error& error, Bytes bytes) {
  return {head, by, code_of(error.fault), describe(error), nullptr, bytes, false};
}

}  // namespace meterpipe::record
