#include "json/fields.hpp"

#include <simdjson.h>
#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/whole_number.hpp"
#include "json/plain.hpp"
#include "json/writer.hpp"

namespace meterpipe::json {
namespace {

constexpr int kMaxDepth = 64;

// ---- the scanner: answers where a value ends, or nullptr at the first surprise ----

enum class Trust { own_form, checked };  // checked: simdjson has seen it, only the shape is needed

const char* scan_string(const char* at, const char* end, Trust trust) {
  ++at;  // the quote
  while ((at = skip_plain(at, end)) < end) {
    if (*at == '"') return at + 1;
    // An escape, a control character, a byte of 80 and more: simdjson checks what it is.
    if (trust == Trust::own_form) return nullptr;
    at += *at == '\\' && end - at > 1 ? 2 : 1;
  }
  return nullptr;
}

const char* scan_number(const char* at, const char* end, Trust trust) {
  if (trust == Trust::checked) {
    while (at < end && *at != ',' && *at != '}' && *at != ']') ++at;
    return at;
  }
  return skip_number(at, end);
}

const char* scan_word(const char* at, const char* end, std::string_view word) {
  if (static_cast<std::size_t>(end - at) < word.size()) return nullptr;
  return std::memcmp(at, word.data(), word.size()) == 0 ? at + word.size() : nullptr;
}

const char* scan_value(const char* at, const char* end, Trust trust, int depth);

// Walks the members of an object or the elements of an array; `each` gets key and value.
template <class Each>
const char* scan_members(const char* at, const char* end, Trust trust, int depth, bool object,
                         Each each) {
  const char close = object ? '}' : ']';
  ++at;
  if (at < end && *at == close) return at + 1;
  while (at < end) {
    std::string_view key;
    if (object) {
      if (*at != '"') return nullptr;
      const char* key_end = scan_string(at, end, trust);
      if (key_end == nullptr) return nullptr;
      key = {at + 1, static_cast<std::size_t>(key_end - at - 2)};
      at = key_end;
      if (at == end || *at != ':') return nullptr;
      ++at;
    }
    const char* value_end = scan_value(at, end, trust, depth + 1);
    if (value_end == nullptr || value_end == end) return nullptr;
    each(key, std::string_view(at, static_cast<std::size_t>(value_end - at)));
    at = value_end;
    if (*at == close) return at + 1;
    if (*at != ',') return nullptr;
    ++at;
  }
  return nullptr;
}

const char* scan_value(const char* at, const char* end, Trust trust, int depth) {
  if (at == end || depth > kMaxDepth) return nullptr;
  const auto ignore = [](std::string_view, std::string_view) {};
  switch (*at) {
    case '"': return scan_string(at, end, trust);
    case '{': return scan_members(at, end, trust, depth, true, ignore);
    case '[': return scan_members(at, end, trust, depth, false, ignore);
    case 't': return scan_word(at, end, "true");
    case 'f': return scan_word(at, end, "false");
    case 'n': return scan_word(at, end, "null");
    default: return scan_number(at, end, trust);
  }
}

enum class Scan { done, surprise, duplicate };

// So many keys are compared with each other at once; of more the order tells, in n log n.
constexpr std::size_t kFewKeys = 32;

[[gnu::noinline, gnu::cold]] bool has_equal_keys(const std::vector<Field>& fields) {
  std::vector<std::string_view> keys;
  for (const Field& field : fields) keys.push_back(field.key);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

Scan scan_object(std::string_view text, Trust trust, std::vector<Field>& fields) {
  fields.clear();
  const char* end = text.data() + text.size();
  bool duplicate = false;
  const auto add = [&](std::string_view key, std::string_view raw) {
    if (fields.size() < kFewKeys) {
      for (const Field& field : fields) duplicate |= field.key == key;
    }
    fields.push_back({key, raw});
  };
  if (text.empty() || text[0] != '{') return Scan::surprise;
  if (scan_members(text.data(), end, trust, 0, true, add) != end) return Scan::surprise;
  if (fields.size() > kFewKeys && has_equal_keys(fields)) duplicate = true;
  return duplicate ? Scan::duplicate : Scan::done;
}

// ---- simdjson: the judge of everything that we did not write ourselves ----

namespace sj = simdjson;

std::string_view without_blanks_behind(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\n' ||
                            token.back() == '\r')) {
    token.remove_suffix(1);
  }
  return token;
}

// RFC 8259, 6; of any length and size: what a double cannot hold is a number all the same.
bool is_whole_number(std::string_view token) {
  const char* end = token.data() + token.size();
  const char* at = scan_number(token.data(), end, Trust::own_form);
  if (at == nullptr || at == end) return at == end;
  if (*at != 'e' && *at != 'E') return false;
  ++at;
  if (at < end && (*at == '+' || *at == '-')) ++at;
  if (at == end) return false;
  while (at < end && is_digit(*at)) ++at;
  return at == end;
}

// Checks a value and writes it without blanks, keys with no more escapes than they need: so the
// same key is the same text.
class Checker {
 public:
  explicit Checker(Buffer& out) : out_(out) {}

  template <class Object>
  sj::error_code object(Object& object, int depth) {
    char before = '{';
    for (auto member : object) {
      std::string_view key;
      if (auto error = member.unescaped_key().get(key)) return error;
      sj::ondemand::value inner;
      if (auto error = member.value().get(inner)) return error;
      out_.add(before);
      before = ',';
      out_.add('"');
      add_escaped(out_, key);
      out_.add("\":");
      if (auto error = value(inner, depth + 1)) return error;
    }
    if (before == '{') out_.add('{');
    out_.add('}');
    return sj::SUCCESS;
  }

 private:
  sj::error_code value(sj::ondemand::value value, int depth) {
    if (depth > kMaxDepth) return sj::DEPTH_ERROR;
    sj::ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    const std::string_view token = without_blanks_behind(value.raw_json_token());
    switch (type) {
      case sj::ondemand::json_type::object: {
        sj::ondemand::object inner;
        if (auto error = value.get_object().get(inner)) return error;
        return object(inner, depth);
      }
      case sj::ondemand::json_type::array: {
        sj::ondemand::array array;
        if (auto error = value.get_array().get(array)) return error;
        char before = '[';
        for (auto element : array) {
          sj::ondemand::value inner;
          if (auto error = element.get(inner)) return error;
          out_.add(before);
          before = ',';
          if (auto error = this->value(inner, depth + 1)) return error;
        }
        if (before == '[') out_.add('[');
        out_.add(']');
        return sj::SUCCESS;
      }
      case sj::ondemand::json_type::string: out_.add(token); return value.get_string().error();
      case sj::ondemand::json_type::number:
        out_.add(token);
        return is_whole_number(token) ? sj::SUCCESS : sj::NUMBER_ERROR;
      case sj::ondemand::json_type::boolean:
        out_.add(token);
        return token == "true" || token == "false" ? sj::SUCCESS : sj::T_ATOM_ERROR;
      case sj::ondemand::json_type::null:
        out_.add(token);
        return token == "null" ? sj::SUCCESS : sj::N_ATOM_ERROR;
    }
    return sj::TAPE_ERROR;
  }

  Buffer& out_;
};

sj::error_code check_object(const sj::padded_string& text, Buffer& compact) {
  thread_local sj::ondemand::parser parser;
  sj::ondemand::document document;
  if (auto error = parser.iterate(text).get(document)) return error;
  sj::ondemand::object object;
  if (auto error = document.get_object().get(object)) return error;
  if (auto error = Checker(compact).object(object, 0)) return error;
  const char* behind = nullptr;
  const bool at_end = document.current_location().get(behind) == sj::OUT_OF_BOUNDS;
  return at_end ? sj::SUCCESS : sj::TRAILING_CONTENT;
}

}  // namespace

Result<void> Fields::parse(std::string_view object) {
  switch (scan_object(object, Trust::own_form, fields_)) {
    case Scan::done: return {};
    case Scan::duplicate: return fail(Fault::duplicate_key);
    case Scan::surprise: break;
  }
  const sj::padded_string padded(object);
  compact_.clear();
  if (check_object(padded, compact_) != sj::SUCCESS) return fail(Fault::bad_json);
  return split_object(compact_.view(), fields_);
}

const Field* Fields::find(std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

Result<void> split_object(std::string_view object, std::vector<Field>& members) {
  const Scan scan = scan_object(object, Trust::checked, members);
  if (scan == Scan::done) return {};
  return fail(scan == Scan::duplicate ? Fault::duplicate_key : Fault::bad_json);
}

Result<void> split_array(std::string_view array, std::vector<std::string_view>& elements) {
  elements.clear();
  if (array.empty() || array[0] != '[') return fail(Fault::bad_json);
  const char* end = array.data() + array.size();
  const auto add = [&](std::string_view, std::string_view raw) { elements.push_back(raw); };
  if (scan_members(array.data(), end, Trust::checked, 0, false, add) != end) {
    return fail(Fault::bad_json);
  }
  return {};
}

std::optional<std::string_view> to_text(std::string_view raw, std::string& scratch) {
  if (raw.size() < 2 || raw.front() != '"') return std::nullopt;
  const std::string_view inner = raw.substr(1, raw.size() - 2);
  if (std::memchr(inner.data(), '\\', inner.size()) == nullptr) return inner;
  thread_local sj::ondemand::parser parser;
  const sj::padded_string padded(raw);
  sj::ondemand::document document;
  std::string_view text;
  if (parser.iterate(padded).get(document) || document.get_string().get(text)) return std::nullopt;
  scratch.assign(text);
  return scratch;
}

std::optional<std::uint64_t> to_unsigned(std::string_view raw) {
  return whole_number<std::uint64_t>(raw);
}

std::optional<bool> to_bool(std::string_view raw) {
  if (raw == "true") return true;
  if (raw == "false") return false;
  return std::nullopt;
}

bool is_number(std::string_view raw) { return !raw.empty() && (is_digit(raw[0]) || raw[0] == '-'); }

bool is_null(std::string_view raw) { return raw == "null"; }

bool to_hex_bytes(std::string_view raw, ByteVector& bytes) {
  if (raw.size() < 2 || raw.front() != '"') return false;
  return append_hex(bytes, raw.substr(1, raw.size() - 2));
}

}  // namespace meterpipe::json
