#include "record/line.hpp"

#include <array>

#include "base/table.hpp"
#include "base/timestamp.hpp"

namespace meterpipe::record {
namespace {

constexpr std::array<std::string_view, 6> kNames{"bytes",   "frame", "apdu",
                                                 "reading", "mbus",  "error"};

// How a record of each type begins; version 1.
constexpr std::array<std::string_view, 7> kOpenings{
    R"({"v":1,"t":"bytes")",   R"({"v":1,"t":"frame")", R"({"v":1,"t":"apdu")",
    R"({"v":1,"t":"reading")", R"({"v":1,"t":"mbus")",  R"({"v":1,"t":"error")",
    R"({"v":1,"t":"unknown")"};
static_assert(kVersion == 1);

Type type_of(std::string_view text) { return named<Type>(kNames, text).value_or(Type::unknown); }

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
  const json::Field* type = find("t");
  if (type == nullptr) return fail(Fault::missing_field);
  const auto type_name = text_of(*type);
  if (!type_name) return fail(Fault::bad_field, column_of(*type));
  type_ = type_of(*type_name);
  if (const json::Field* version = find("v"); version != nullptr && type_ != Type::unknown) {
    const auto number = json::to_unsigned(version->raw);
    if (!number) return fail(Fault::bad_field, column_of(*version));
    version_ = *number;
  }
  // What only passes through need not say when and where in our way.
  const bool ours = type_ != Type::unknown && version_ <= kVersion;
  for (const json::Field& field : fields_.all()) {
    if (!read_head(field) && ours) return fail(Fault::bad_field, column_of(field));
  }
  return {};
}

std::vector<json::Field>& Line::set(std::string_view text, Type type, const Head& head) {
  text_ = text;
  scratch_.clear();
  type_ = type;
  version_ = kVersion;
  head_ = head;
  return fields_.set();
}

// False: one of the common keys with a value of the wrong form.
bool Line::read_head(const json::Field& field) {
  if (field.key == "ts") {
    const auto ts = text_of(field);
    const auto time = ts ? parse_timestamp(*ts) : std::nullopt;
    if (!time) return false;
    const bool canonical = ts->size() == kTimestampChars && ts->back() == 'Z' && (*ts)[10] == 'T';
    head_.ts = canonical ? *ts : scratch_.emplace_back(format_timestamp(*time));
  } else if (field.key == "src") {
    const auto src = text_of(field);
    if (!src) return false;
    head_.src = *src;
  } else if (field.key == "seq") {
    head_.seq = json::to_unsigned(field.raw);
    return head_.seq.has_value();
  }
  return true;
}

std::uint64_t Line::column_of(const json::Field& field) const {
  const char* at = field.raw.data();
  if (at >= text_.data() && at < text_.data() + text_.size()) {
    return static_cast<std::uint64_t>(at - text_.data()) + 1;
  }
  // The line was read by way of its compact form: look for the key in what stands here.
  const std::size_t key = text_.find('"' + std::string(field.key) + '"');
  return key == std::string_view::npos ? 1 : key + 1;
}

std::optional<std::string_view> Line::text_at(std::string_view key) {
  const json::Field* field = find(key);
  return field == nullptr ? std::nullopt : text_of(*field);
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
  out.buffer().add(kOpenings[static_cast<std::size_t>(type)]);
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
