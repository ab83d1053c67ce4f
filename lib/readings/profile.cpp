#include "readings/profile.hpp"

#include <algorithm>

#include "axdr/nodes.hpp"
#include "cosem/clock.hpp"
#include "readings/profile_parser.hpp"
#include "readings/sums.hpp"
#include "readings/text.hpp"

namespace meterpipe::readings {
namespace {

bool has_type(const Node& node, Bytes bytes, TypeSet types) {
  if ((types & (kind::any |
                TypeSet{1} << axdr::detail::kTypeIndex[static_cast<std::size_t>(node.tag)])) != 0) {
    return true;
  }
  const bool octets = node.tag == Tag::octet_string;
  if ((types & kind::number) != 0 && is_integer(node) && node.tag != Tag::enum_) return true;
  if ((types & kind::string) != 0 && is_string(node)) return true;
  if ((types & kind::text) != 0) {
    if (const auto text = text_of(node, bytes); text && !text->empty()) return true;
  }
  if ((types & kind::clock) != 0 && (octets || node.tag == Tag::date_time) &&
      cosem::is_clock(bytes.subspan(node.offset, node.size))) {
    return true;
  }
  if ((types & kind::time) != 0 &&
      (node.tag == Tag::time || (octets && node.size == cosem::kTimeLength))) {
    return true;
  }
  return (types & kind::date) != 0 &&
         (node.tag == Tag::date || (octets && node.size == cosem::kDateLength));
}

// * anything, ? one character, # one digit. Goes back to the last * only: no quadratic blow-up
// beyond pattern times text, and both are short.
bool fits_pattern(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, p = 0, star = std::string_view::npos, retry = 0;
  while (at < text.size()) {
    const bool one = p < pattern.size() && pattern[p] != '*' &&
                     (pattern[p] == '?' || pattern[p] == text[at] ||
                      (pattern[p] == '#' && text[at] >= '0' && text[at] <= '9'));
    if (one) {
      ++at, ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = at;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Whether patterns of numbers are asked for, or taken to fit.
enum class Numbers : std::uint8_t { as_sent, any };

// Of a place, or of a value that must be there.
template <class Rule>
bool fits(const Rule& rule, const Node& node, Bytes bytes, Numbers numbers) {
  if (!has_type(node, bytes, rule.types)) return false;
  if (!rule.pattern) return true;
  if (is_integer(node)) {
    return numbers == Numbers::any ||
           fits_pattern(to_string(axdr::integer_of(node, bytes)), *rule.pattern);
  }
  const auto text = text_of(node, bytes);
  return text && fits_pattern(*text, *rule.pattern);
}

bool has(const PresenceRule& rule, const Message& message, Numbers numbers) {
  const auto& values = message.inferred.values;
  return std::any_of(values.begin(), values.end(), [&](const Value& value) {
    return value.obis && rule.code.matches(*value.obis) &&
           fits(rule, message.nodes[value.node], message.bytes, numbers);
  });
}

// Those without tags: descriptors with tags, and what an event is about, say the same of other
// meters.
bool has_layout(Layout layout, const Message& message) {
  if (message.inferred.layout != layout || message.inferred.values.empty()) return false;
  const std::uint32_t first = message.inferred.values.front().node;
  return layout != Layout::descriptors ||
         (first > 0 && message.nodes[first - 1].tag == Tag::descriptor);
}

// Rules are in order: those of an element's inside stand behind its own.
bool fits_places(const Profile& profile, const Message& message, Numbers numbers) {
  const axdr::Nodes& nodes = message.nodes;
  const Node& root = nodes[message.inferred.root];
  std::uint32_t pos = 0;
  std::size_t rule = 0;
  for (std::uint32_t i = message.inferred.root + 1; i < root.next; i = nodes[i].next, ++pos) {
    if (rule == profile.places.size()) return true;  // by code: the rest may be anything
    if (profile.places[rule].pos != pos) continue;
    if (!fits(profile.places[rule++], nodes[i], message.bytes, numbers)) return false;
    std::uint32_t inside = i + 1, place = 1;
    const bool opens = rule < profile.places.size() && profile.places[rule].pos == pos;
    if (opens && !is_container(nodes[i])) return false;
    for (; rule < profile.places.size() && profile.places[rule].pos == pos; ++rule, ++place) {
      if (inside >= nodes[i].next ||
          !fits(profile.places[rule], nodes[inside], message.bytes, numbers)) {
        return false;
      }
      inside = nodes[inside].next;
    }
    if (opens && inside != nodes[i].next) return false;
  }
  return rule == profile.places.size();
}

void set_scale(Value& value, const Scale& scale, const Node& node) {
  if (value.has_unit || axdr::type_of(node.tag).number == axdr::Number::none) return;
  value.has_unit = true;
  value.scaler = scale.scaler;
  value.unit = scale.unit;
}

void name_value(const PlaceRule& rule, const Node& node, Value& value) {
  if (rule.code) value.obis = *rule.code;
  if (rule.scale) set_scale(value, *rule.scale, node);
}

void apply_places(const Profile& profile, const Message& message, std::vector<Value>& values) {
  for (const Value& sent : message.inferred.values) {
    auto rule = std::ranges::find_if(profile.places,
                                     [&](const PlaceRule& one) { return one.pos == sent.pos; });
    const auto inside = rule == profile.places.end() ? rule : rule + 1;
    if (inside == profile.places.end() || inside->pos != sent.pos) {
      values.push_back(sent);
      if (rule != profile.places.end()) name_value(*rule, message.nodes[sent.node], values.back());
      continue;
    }
    rule = inside;
    const std::uint32_t end = message.nodes[sent.node].next;
    for (std::uint32_t i = sent.node + 1; i < end; i = message.nodes[i].next, ++rule) {
      Value value;
      value.node = i;
      value.pos = sent.pos;
      value.place = rule->place;
      name_value(*rule, message.nodes[i], value);
      values.push_back(value);
    }
  }
}

void apply_codes(const Profile& profile, const Message& message, std::vector<Value>& values) {
  values = message.inferred.values;
  for (Value& value : values) {
    if (!value.obis) continue;
    for (const CodeRule& rule : profile.codes) {
      if (!rule.code.matches(*value.obis)) continue;
      set_scale(value, rule.scale, message.nodes[value.node]);
      break;
    }
  }
}

bool matches(const Profile& profile, const Message& message, Numbers numbers) {
  const Inferred& inferred = message.inferred;
  if (profile.tagged_time && !message.tagged_time) return false;
  if (!profile.by_code()) {
    return inferred.layout == Layout::positional && inferred.elements == profile.elements &&
           inferred.list == profile.list && fits_places(profile, message, numbers);
  }
  if (profile.layout ? !has_layout(*profile.layout, message)
                     : inferred.layout == Layout::positional) {
    return false;
  }
  return fits_places(profile, message, numbers) &&
         std::ranges::all_of(profile.values, [&](const PresenceRule& rule) {
           if (rule.absent && rule.pattern && numbers == Numbers::any) return true;
           return has(rule, message, numbers) != rule.absent;
         });
}

// Whether a pattern may be one of a number.
bool asks_for_numbers(const Profile& profile) {
  constexpr TypeSet kTexts = kind::string | kind::text;
  const auto asks = [](const auto& rule) { return rule.pattern && (rule.types & ~kTexts) != 0; };
  return std::ranges::any_of(profile.places, asks) || std::ranges::any_of(profile.values, asks);
}

}  // namespace

bool matches(const Profile& profile, const Message& message) {
  return matches(profile, message, Numbers::as_sent);
}

std::uint32_t specificity(const Profile& profile) {
  constexpr TypeSet kKinds = ~TypeSet{0} << 40;
  std::uint32_t sum = profile.tagged_time ? 2 : 0;
  const auto add = [&sum](const auto& rule) {
    if ((rule.types & kind::any) == 0) sum += (rule.types & kKinds) != 0 ? 1 : 2;
    if (!rule.pattern) return;
    ++sum;
    for (const char c : *rule.pattern) sum += c != '*' && c != '?' ? 1 : 0;
  };
  for (const PlaceRule& rule : profile.places) add(rule);
  for (const PresenceRule& rule : profile.values) {
    if (!rule.absent) add(rule);
  }
  return sum;
}

void apply(const Profile& profile, const Message& message, std::vector<Value>& values) {
  values.clear();
  profile.by_code() ? apply_codes(profile, message, values)
                    : apply_places(profile, message, values);
}

bool sums_hold(const Profile& profile, const Message& message, const std::vector<Value>& values) {
  return std::ranges::all_of(profile.sums, [&](const Sum& sum) {
    return holds(sum, message.nodes, message.bytes, values);
  });
}

bool is_about(const Profile& profile, std::string_view manufacturer, std::uint8_t version,
              std::string_view medium) {
  return profile.mbus && profile.mbus->manufacturer == manufacturer &&
         profile.mbus->version.value_or(version) == version &&
         (profile.mbus->medium.empty() || profile.mbus->medium == medium);
}

const std::vector<Profile>& ProfileSet::of_meters() {
  if (meters_pending_) {
    meters_pending_ = false;
    for (const Profile& profile : builtin_meters()) {
      const bool known = std::ranges::any_of(
          meters_, [&](const Profile& one) { return one.name == profile.name; });
      if (!known) meters_.push_back(profile);
    }
  }
  return meters_;
}

void ProfileSet::add(Profile profile) {
  if (profile.mbus) {
    std::erase_if(meters_, [&](const Profile& one) { return one.name == profile.name; });
    meters_.insert(meters_.begin(), std::move(profile));
    return;
  }
  if (!profile.only_if_named()) layouts_ |= bit(profile.layout.value_or(Layout::positional));
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    if (profiles_[i].name == profile.name) {
      profiles_[i] = std::move(profile);
      return;
    }
  }
  profiles_.push_back(std::move(profile));
  preferred_.push_back(false);
}

void ProfileSet::load() {
  if (!builtin_pending_) return;
  builtin_pending_ = false;
  for (const Profile& profile : builtin_profiles()) {
    const bool known = std::ranges::any_of(
        profiles_, [&](const Profile& one) { return one.name == profile.name; });
    if (!known) add(profile);
  }
}

const std::vector<Profile>& ProfileSet::all() {
  load();
  return profiles_;
}

bool ProfileSet::prefer(const std::string& name) {
  load();
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    if (profiles_[i].name != name) continue;
    preferred_[i] = any_preferred_ = true;
    return true;
  }
  return false;
}

std::vector<const Profile*> ProfileSet::preferred_by_code() {
  std::vector<const Profile*> found;
  for (std::size_t i = 0; any_preferred_ && i < profiles_.size(); ++i) {
    const Profile& one = profiles_[i];
    if (preferred_[i] && one.by_code() && one.places.empty()) found.push_back(&one);
  }
  return found;
}

Choice ProfileSet::best(const Message& message, bool preferred) const {
  Choice choice;
  bool by_numbers = false;
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    const Profile& one = profiles_[i];
    if (preferred_[i] != preferred || (!preferred && one.only_if_named())) continue;
    by_numbers |= asks_for_numbers(one) && matches(one, message, Numbers::any);
    if (!matches(one, message)) continue;
    const std::uint32_t asks = specificity(one);
    if (choice.profile == nullptr || asks > most) {
      choice = {&one};
      most = asks;
    } else if (asks == most) {
      choice.rival = &one;
    }
  }
  choice.by_numbers = by_numbers;
  return choice;
}

Choice ProfileSet::choose(const Message& message, std::vector<Value>& values) {
  load();
  Choice choice;
  if (any_preferred_) choice = best(message, true);
  if (choice.profile == nullptr) {
    const bool by_numbers = choice.by_numbers;
    choice = best(message, false);
    choice.by_numbers |= by_numbers;
  }
  if (choice.profile != nullptr) choice.by_numbers |= !choice.profile->sums.empty();
  if (choice.profile == nullptr || choice.rival != nullptr) return choice;
  std::vector<Value> named;
  apply(*choice.profile, message, named);
  choice.refused = !sums_hold(*choice.profile, message, named);
  if (!choice.refused) values = std::move(named);
  return choice;
}

}  // namespace meterpipe::readings
