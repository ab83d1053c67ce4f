#include "record/line.hpp"

#include <array>

#include "record/timestamp.hpp"

namespace meterpipe::record {
namespace {

constexpr std::array<std::string_view, 6> kNames{"bytes",   "frame", "apdu",
                                                 "reading", "mbus",  "error"};

Type type_of(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Type>(i);
  }
  return Type::unknown;
}

// Which key it is about, as an offset into the line, so that the message can point at it.
std::uint64_t place(std::string_view text, const json::Field& field) {
  const char* at = field.raw.data();
  return at >= text.data() && at < text.data() + text.size()
             ? static_cast<std::uint64_t>(at - text.data())
             : 0;
}

}  // namespace

std::string_view name(Type type) {
  return type == Type::unknown ? "unknown" : kNames[static_cast<std::size_t>(type)];
}

Result<void> Line::parse(std::string_view text) {
  text_ = text;
  scratch_.clear();
  head_ = {};
  type_ = Type::unknown;
  version_ = kVersion;
  if (auto split = fields_.parse(text); !split) return split;
  bool has_type = false;
  for (const json::Field& field : fields_.all()) {
    if (field.key == "v") {
      const auto version = json::to_unsigned(field.raw);
      if (!version) return fail(Fault::bad_field, place(text, field));
      version_ = *version;
    } else if (field.key == "t") {
      const auto type = text_of(field);
      if (!type) return fail(Fault::bad_field, place(text, field));
      type_ = type_of(*type);
      has_type = true;
    } else if (field.key == "ts") {
      const auto ts = text_of(field);
      if (!ts) return fail(Fault::bad_field, place(text, field));
      const auto time = parse_timestamp(*ts);
      if (!time) return fail(Fault::bad_field, place(text, field));
      const bool canonical = ts->size() == kTimestampChars && ts->back() == 'Z' && (*ts)[10] == 'T';
      head_.ts = canonical ? *ts : scratch_.emplace_back(format_timestamp(*time));
    } else if (field.key == "src") {
      const auto src = text_of(field);
      if (!src) return fail(Fault::bad_field, place(text, field));
      head_.src = *src;
    } else if (field.key == "seq") {
      head_.seq = json::to_unsigned(field.raw);
      if (!head_.seq) return fail(Fault::bad_field, place(text, field));
    }
  }
  if (!has_type) return fail(Fault::missing_field);
  return {};
}

std::optional<std::string_view> Line::text_of(const json::Field& field) {
  return text_of(field.raw);
}

std::optional<std::string_view> Line::text_of(std::string_view raw) {
  std::string scratch;
  const auto text = json::to_text(raw, scratch);
  if (!text || text->data() != scratch.data()) return text;
  return scratch_.emplace_back(std::move(scratch));
}

void begin_record(json::Writer& out, Type type, const Head& head) {
  out.buffer().add("{\"v\":1,\"t\":\"");
  out.buffer().add(name(type));
  out.buffer().add('"');
  if (!head.ts.empty()) {  // checked when it was read: nothing to escape
    out.buffer().add(",\"ts\":\"");
    out.buffer().add(head.ts);
    out.buffer().add('"');
  }
  if (!head.src.empty()) out.member("src", head.src);
  if (head.seq) out.member_number("seq", *head.seq);
}

void end_record(json::Writer& out, std::span<const json::Field> unknown) {
  for (const json::Field& field : unknown) {
    out.key(field.key);
    out.raw(field.raw);
  }
  out.buffer().add("}\n");
}

}  // namespace meterpipe::record
