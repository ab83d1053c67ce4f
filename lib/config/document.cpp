#include "config/document.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <toml++/toml.h>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/pieces.hpp"

namespace meterpipe::config {
namespace {

Place place_of(const toml::source_position& at) { return {at.line, at.column}; }

Value value_of(const toml::node& node) {
  using Kind = Value::Kind;
  if (const auto* text = node.as_string()) return {Kind::text, text->get(), {}};
  if (const auto* number = node.as_integer()) {
    return {Kind::integer, std::to_string(number->get()), {}};
  }
  if (const auto* number = node.as_floating_point()) {
    return {Kind::real, fmt::format("{}", number->get()), {}};
  }
  if (const auto* truth = node.as_boolean()) {
    return {Kind::boolean, truth->get() ? "true" : "false", {}};
  }
  if (const auto* array = node.as_array()) {
    Value value{Kind::array, {}, {}};
    for (const toml::node& one : *array) value.items.push_back(value_of(one));
    return value;
  }
  if (node.is_table()) return {Kind::table, {}, {}};
  return {Kind::date, {}, {}};
}

// What stands behind the = in a line, without blanks and remark.
std::string_view value_in(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) take_piece(text, '\n');
  std::string_view value = take_piece(text, '\n');
  take_piece(value, '=');
  value = take_piece(value, '#');
  constexpr std::string_view kBlanks = " \t\r";
  while (!value.empty() && kBlanks.find(value.front()) != value.npos) value.remove_prefix(1);
  while (!value.empty() && kBlanks.find(value.back()) != value.npos) value.remove_suffix(1);
  return value;
}

// What the library says, and what people forget most.
std::string words_of(const toml::parse_error& error, std::string_view source) {
  std::string text(error.description());
  if (constexpr std::string_view kHead = "Error while "; text.starts_with(kHead)) {
    text.erase(0, kHead.size());
  }
  for (const std::string_view what :
       {"parsing value:", "parsing date", "parsing time", "parsing integer",
        "parsing floating-point", "parsing decimal", "parsing boolean"}) {
    if (!text.starts_with(what)) continue;
    const std::string value = lower_text(value_in(source, error.source().begin.line));
    constexpr std::array<std::string_view, 6> kTruths{"yes", "no", "on", "off", "true", "false"};
    if (std::ranges::find(kTruths, value) != kTruths.end()) {
      return text + " (true or false is meant, without quotes)";
    }
    return text + " (a text stands in quotes: key = \"text\")";
  }
  return text;
}

void add_entries(std::vector<Entry>& entries, const std::string& section,
                 const toml::table& table) {
  for (const auto& [key, node] : table) {
    entries.push_back({section, std::string(key.str()), value_of(node),
                       place_of(key.source().begin), place_of(node.source().begin)});
  }
}

// A key of thousands of parts, a.a.a…: the library takes its tables apart one in the other, until
// the stack is at its end. Parts do not go over the end of a line.
std::optional<SyntaxError> too_many_parts(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::size_t line = 1, begin = 0, parts = 0;
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      ++line;
      begin = at + 1;
      parts = 0;
      quote = 0;
    } else if (quote != 0) {
      if (c == '\\' && quote == '"' && text.substr(at + 1, 1) != "\n") ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (c == '.' && ++parts > kMost) {
      return SyntaxError{{line, at - begin + 1}, "fewer than 65 parts of a key were expected"};
    }
  }
  return std::nullopt;
}

}  // namespace

const Entry* Document::find(std::string_view section, std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.section == section && entry.key == key) return &entry;
  }
  return nullptr;
}

tl::expected<Document, SyntaxError> parse_document(std::string_view text) {
  if (auto error = too_many_parts(text)) return tl::unexpected(std::move(*error));
  try {
    const toml::table root = toml::parse(text);
    Document document;
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (const toml::table* table = node.as_table()) {
        document.sections.push_back({name, place_of(key.source().begin)});
        add_entries(document.entries, name, *table);
      } else {
        document.entries.push_back({"", name, value_of(node), place_of(key.source().begin),
                                    place_of(node.source().begin)});
      }
    }
    std::ranges::sort(document.sections, {}, &Section::place);
    std::ranges::sort(document.entries, {}, &Entry::key_place);
    return document;
  } catch (const toml::parse_error& error) {
    return tl::unexpected(SyntaxError{place_of(error.source().begin), words_of(error, text)});
  }
}

Value parse_value(const std::string& text) {
  if (text.find_first_of("\r\n#") == std::string::npos) {
    const auto document = parse_document("value = " + text);
    if (document && document->entries.size() == 1) {
      const Value& value = document->entries.front().value;
      if (value.kind != Value::Kind::date && value.kind != Value::Kind::table) return value;
    }
  }
  return {Value::Kind::text, text, {}};
}

std::string lower_text(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = lower(c);
  return small;
}

}  // namespace meterpipe::config
