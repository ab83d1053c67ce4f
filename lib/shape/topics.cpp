#include "shape/topics.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/fnv.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace meterpipe::shape {
namespace {

struct Known {
  std::string_view name;
  std::string_view TopicParts::*part;
};
// In the order of Placeholder.
constexpr std::array kPlaceholders{Known{"", nullptr},
                                   Known{"meter", &TopicParts::meter},
                                   Known{"obis", &TopicParts::obis},
                                   Known{"name", &TopicParts::name},
                                   Known{"src", &TopicParts::src},
                                   Known{"client", &TopicParts::client},
                                   Known{"type", &TopicParts::type}};
constexpr std::size_t kLongestPart = 255;       // bytes
constexpr std::size_t kLongestTemplate = 1024;  // bytes
constexpr std::size_t kDeepest = 100;           // levels; mosquitto draws the line at 200

std::string list(std::initializer_list<Placeholder> allowed) {
  std::string text;
  for (const Placeholder one : allowed) {
    text += fmt::format("{}{{{}}}", text.empty() ? "" : " ",
                        kPlaceholders[static_cast<unsigned>(one)].name);
  }
  return text;
}

// A character of well-formed UTF-8 that no topic should have: control characters, and the code
// points that Unicode calls noncharacters (libmosquitto refuses both).
bool is_forbidden(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) {
    return byte(0) < 0x20 || byte(0) == 0x7f || sequence == "+" || sequence == "#" ||
           sequence == "/";
  }
  if (sequence.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;  // U+0080..009F
  const unsigned low =
      (byte(sequence.size() - 2) & 0x3fu) << 6 | (byte(sequence.size() - 1) & 0x3f);
  if ((low & 0xffe) == 0xffe && (byte(sequence.size() - 3) & 0xf) == 0xf) return true;  // U+nFFFE/F
  return sequence.size() == 3 && byte(0) == 0xef && low >= 0xdd0 && low <= 0xdef;  // U+FDD0..FDEF
}

}  // namespace

tl::expected<TopicTemplate, std::string> TopicTemplate::parse(
    std::string_view text, std::initializer_list<Placeholder> allowed) {
  const auto wrong = [](std::string what) { return tl::unexpected<std::string>(std::move(what)); };
  if (text.empty()) return wrong("a topic cannot be empty");
  if (text.size() > kLongestTemplate) return wrong("the topic is too long");
  if (text.front() == '$') return wrong("topics that begin with $ belong to the broker");
  if (static_cast<std::size_t>(std::ranges::count(text, '/')) >= kDeepest) {
    return wrong("the topic has too many levels");
  }
  TopicTemplate result;
  std::string literal;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{') {
      const auto close = text.find('}', at);
      if (close == std::string_view::npos) {
        return wrong(fmt::format("the brace of '{}' is not closed", text.substr(at)));
      }
      const std::string_view name = text.substr(at + 1, close - at - 1);
      const auto found = std::ranges::find(kPlaceholders, name, &Known::name);
      const auto placeholder = static_cast<Placeholder>(found - kPlaceholders.begin());
      if (std::ranges::find(allowed, placeholder) == allowed.end()) {
        return wrong(fmt::format("{{{}}} is not known here (known: {})", name, list(allowed)));
      }
      result.pieces_.push_back({std::move(literal), placeholder});
      literal.clear();
      at = close + 1;
      continue;
    }
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) return wrong("the topic is not UTF-8");
    const std::string_view sequence = text.substr(at, length);
    if (c == '}' || (c != '/' && is_forbidden(sequence))) {
      return wrong(c >= 0x20 && c < 0x7f ? fmt::format("'{}' cannot stand in a topic", c)
                                         : "a control character cannot stand in a topic");
    }
    literal += sequence;
    at += length;
  }
  result.pieces_.push_back({std::move(literal), Placeholder::none});
  return result;
}

bool TopicTemplate::has(Placeholder placeholder) const {
  return std::ranges::any_of(pieces_,
                             [&](const Piece& piece) { return piece.placeholder == placeholder; });
}

void TopicTemplate::append(std::string& topic, const TopicParts& parts) const {
  const std::size_t start = topic.size();
  for (const Piece& piece : pieces_) {
    topic += piece.literal;
    const bool is_nameless = piece.placeholder == Placeholder::name && parts.name.empty();
    if (piece.placeholder == Placeholder::obis || is_nameless) {
      append_obis(topic, parts);
    } else if (piece.placeholder == Placeholder::meter) {
      append_own_name(topic, parts.meter);
    } else if (piece.placeholder != Placeholder::none) {
      append_level(topic, parts.*kPlaceholders[static_cast<unsigned>(piece.placeholder)].part);
    }
  }
  if (topic.size() > start && topic[start] == '$') topic[start] = '_';
}

std::string TopicTemplate::text(const TopicParts& parts) const {
  std::string topic;
  append(topic, parts);
  return topic;
}

void append_level(std::string& topic, std::string_view text) {
  if (text.empty()) topic += '_';
  const std::size_t start = topic.size();
  for (std::size_t at = 0; at < text.size();) {
    if (is_letter_or_digit(text[at]) && topic.size() - start < kLongestPart) {  // nearly always
      topic += text[at++];
      continue;
    }
    const std::size_t length = utf8_sequence(text, at);
    const std::string_view sequence = text.substr(at, length == 0 ? 1 : length);
    if (topic.size() - start + sequence.size() > kLongestPart) return;
    if (length == 0 || is_forbidden(sequence)) {
      topic += '_';
    } else {
      topic += sequence;
    }
    at += sequence.size();
  }
}

void append_own_name(std::string& topic, std::string_view name) {
  if (name.empty()) topic += '_';
  const std::size_t start = topic.size();
  const auto escape = [&](std::string_view bytes) {
    for (const char c : bytes) topic += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  };
  for (std::size_t at = 0; at < name.size();) {
    if (is_letter_or_digit(name[at])) {  // nearly always
      topic += name[at++];
      continue;
    }
    const std::size_t length = utf8_sequence(name, at);
    const std::string_view sequence = name.substr(at, length == 0 ? 1 : length);
    const bool is_like_escaped = sequence == "%" && name.size() - at > 2 &&
                                 hex_digit(name[at + 1]) >= 0 && hex_digit(name[at + 2]) >= 0;
    if (length == 0 || is_like_escaped || is_forbidden(sequence)) {
      escape(sequence);
    } else {
      topic += sequence;
    }
    at += sequence.size();
  }
  if (topic.size() - start <= kLongestPart) return;
  const std::string ending = fmt::format("~{:08x}", fnv1a_32(name));
  std::size_t end = start + kLongestPart - ending.size();
  while ((static_cast<unsigned char>(topic[end]) & 0xc0) == 0x80) --end;  // no half character
  topic.resize(end);
  topic += ending;
}

void append_obis(std::string& topic, const TopicParts& parts) {
  if (parts.obis.empty()) {
    topic += "pos/";
    append_level(topic, parts.pos);
  } else {
    append_level(topic, parts.obis);
  }
}

}  // namespace meterpipe::shape
