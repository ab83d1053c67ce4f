// The other way round: which topics a template may have made, for a meter that is known.
//
//   meterpipe/{meter}/{obis}, m1 -> meterpipe/m1/1-0:1.8.0, meterpipe/m1/pos/34,
//                                   meterpipe/m1/1-0:1.8.0/2 (TopicBook: what would share a topic)
//   but not                         meterpipe/m1/note, meterpipe/m10/1-0:1.8.0
#include <algorithm>

#include "base/ascii.hpp"
#include "shape/topics.hpp"
#include "shape/value_keys.hpp"

namespace meterpipe::shape {
namespace {

constexpr std::string_view kByPlace = "pos/";
constexpr int kMostFurther = 2;  // levels that TopicBook puts behind a value's topic

bool is_code_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-:.*&").find(c) != std::string_view::npos;
}

// 1-0:1.8.0, 1.8.0*255; net
bool is_code(std::string_view level) {
  if (std::ranges::find(kDerivedKeys, level) != std::ranges::end(kDerivedKeys)) return true;
  return !level.empty() && is_letter_or_digit(level.front()) &&
         level.find('.') != std::string_view::npos && std::ranges::all_of(level, is_code_character);
}

// A code, an attribute, a number: behind the topic of a value.
bool is_further_level(std::string_view level) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !level.empty() && (is_code(level) || std::ranges::all_of(level, is_digit));
}

bool is_further(std::string_view levels) {
  for (int n = 0; !levels.empty(); ++n) {
    if (n == kMostFurther || levels.front() != '/') return false;
    levels.remove_prefix(1);
    const std::size_t end = std::min(levels.find('/'), levels.size());
    if (!is_further_level(levels.substr(0, end))) return false;
    levels.remove_prefix(end);
  }
  return true;
}

}  // namespace

std::string TopicTemplate::filter(std::string_view meter) const {
  std::string topic;
  bool is_whole = true;
  for (const Piece& piece : pieces_) {
    topic += piece.literal;
    if (piece.placeholder == Placeholder::none) break;
    is_whole = piece.placeholder == Placeholder::meter;
    if (!is_whole) break;
    append_own_name(topic, meter);
  }
  if (is_whole) return topic;
  topic.resize(topic.rfind('/') + 1);  // 0 without any
  return topic + '#';
}

bool TopicTemplate::may_have_made(std::string_view topic, std::string_view meter) const {
  return matches(0, topic, meter);
}

bool TopicTemplate::matches(std::size_t at, std::string_view topic, std::string_view meter) const {
  const Piece& piece = pieces_[at];
  if (!topic.starts_with(piece.literal)) return false;
  topic.remove_prefix(piece.literal.size());
  if (piece.placeholder == Placeholder::none) {
    const bool is_of_value = has(Placeholder::obis) || has(Placeholder::name);
    return topic.empty() || (is_of_value && is_further(topic));
  }
  if (piece.placeholder == Placeholder::meter) {
    std::string name;
    append_own_name(name, meter);
    return topic.starts_with(name) && matches(at + 1, topic.substr(name.size()), meter);
  }
  const bool may_be_place =
      piece.placeholder == Placeholder::obis || piece.placeholder == Placeholder::name;
  std::size_t from = 0;
  const bool is_place = may_be_place && topic.starts_with(kByPlace);
  if (is_place) from = kByPlace.size();
  const std::size_t end = std::min(topic.find('/', from), topic.size());
  for (std::size_t length = end; length > from; --length) {
    const std::string_view part = topic.substr(from, length - from);
    if (piece.placeholder == Placeholder::obis && !is_place && !is_code(part)) continue;
    if (matches(at + 1, topic.substr(length), meter)) return true;
  }
  return false;
}

}  // namespace meterpipe::shape
