// Topic templates: text with {placeholders}.
//
//   template = { literal | "{" ( "meter" | "obis" | "name" | "src" | "client" | "type" ) "}" }
//
//   meterpipe/{meter}/{obis}      home/power/{name}      meterpipe/bridge/{client}
//
// What is set in for a placeholder never adds a level and never becomes a wildcard: "/", "+", "#",
// control characters and what else MQTT forbids (MQTT 3.1.1, 1.5.3 and 4.7) become "_", in {meter}
// "%2F" and so on: two names never become one. The one exception is a value that is known
// by its place only: its {obis} is "pos/34".
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace meterpipe::shape {

enum class Placeholder : std::uint8_t { none, meter, obis, name, src, client, type };

struct TopicParts {
  std::string_view meter = {}, src = {}, obis = {}, pos = {}, name = {}, client = {}, type = {};
};

class TopicTemplate {
 public:
  // The error names what is wrong.
  static tl::expected<TopicTemplate, std::string> parse(std::string_view text,
                                                        std::initializer_list<Placeholder> allowed);

  bool has(Placeholder placeholder) const;
  void append(std::string& topic, const TopicParts& parts) const;
  std::string text(const TopicParts& parts) const;

  // Of a meter, whatever else is set in: an MQTT filter for what it makes (and more, perhaps), and
  // whether it may have made a topic.
  std::string filter(std::string_view meter) const;
  bool may_have_made(std::string_view topic, std::string_view meter) const;

 private:
  bool matches(std::size_t at, std::string_view topic, std::string_view meter) const;

  struct Piece {
    std::string literal;
    Placeholder placeholder;  // behind the literal
  };
  std::vector<Piece> pieces_;
};

// For maps that are asked with a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// One level of a topic, made of any text; "_" for none.
void append_level(std::string& topic, std::string_view text);

// The same of a name of its own, which no other name becomes: forbidden bytes, and a "%" that looks
// like one of them, are "%XX"; what is too long ends in "~" and a hash of all of it.
void append_own_name(std::string& topic, std::string_view name);

// {obis}: the code, or "pos/N".
void append_obis(std::string& topic, const TopicParts& parts);

}  // namespace meterpipe::shape
