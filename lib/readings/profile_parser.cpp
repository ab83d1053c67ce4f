#include "readings/profile_parser.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/pieces.hpp"
#include "base/whole_number.hpp"
#include "cosem/units.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::uint32_t kMostElements = 1000;
constexpr std::size_t kMostTerms = 20, kLongestPattern = 100;

struct Word {
  std::string text;
  bool quoted = false;
};

struct Kind {
  std::string_view name;
  TypeSet types;
};
constexpr std::array kKinds{Kind{"any", kind::any},       Kind{"number", kind::number},
                            Kind{"string", kind::string}, Kind{"text", kind::text},
                            Kind{"clock", kind::clock},   Kind{"time", kind::time},
                            Kind{"date", kind::date}};

std::optional<TypeSet> types_of(std::string_view text) {
  TypeSet types = 0;
  while (true) {
    const std::size_t bar = std::min(text.find('|'), text.size());
    const std::string_view one = text.substr(0, bar);
    TypeSet found = 0;
    for (const Kind& kind : kKinds) {
      if (kind.name == one) found = kind.types;
    }
    for (std::size_t i = 0; found == 0 && i < axdr::kTypes.size(); ++i) {
      if (axdr::kTypes[i].name == one) found = TypeSet{1} << i;
    }
    if (found == 0) return std::nullopt;
    types |= found;
    if (bar == text.size()) return types;
    text.remove_prefix(bar + 1);
  }
}

std::optional<cosem::Obis> code_of(std::string_view text) {
  const auto code = cosem::parse_obis(text);
  return code && code->is_full() ? std::optional(code->code()) : std::nullopt;
}

class Parser {
 public:
  tl::expected<std::vector<Profile>, ProfileError> run(std::string_view text) {
    while (!text.empty() && error_.empty()) {
      std::string_view line = take_piece(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_;
      if (split(line) && !words_.empty()) statement();
    }
    if (error_.empty()) finish();
    if (error_.empty() && profiles_.empty()) bad("no profile: 'profile NAME' was expected");
    if (!error_.empty()) return tl::unexpected(ProfileError{line_, error_});
    return std::move(profiles_);
  }

 private:
  template <class... Args>
  bool bad(fmt::format_string<Args...> format, Args&&... args) {
    if (error_.empty()) error_ = fmt::format(format, std::forward<Args>(args)...);
    return false;
  }

  // Into words and quoted strings, up to a comment.
  bool split(std::string_view line) {
    words_.clear();
    rest_ = {};
    std::size_t at = 0;
    while (true) {
      while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
      if (at >= line.size() || line[at] == '#') return true;
      if (words_.size() == 1 && words_[0].text == "about") {
        rest_ = line.substr(at);
        return true;
      }
      const std::size_t start = at;
      if (line[at] == '"') {
        const std::size_t end = line.find('"', at + 1);
        if (end == std::string_view::npos) return bad("a '\"' without its end");
        words_.push_back({std::string(line.substr(at + 1, end - at - 1)), true});
        at = end + 1;
        continue;
      }
      while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '#' &&
             line[at] != '"') {
        ++at;
      }
      words_.push_back({std::string(line.substr(start, at - start)), false});
    }
  }

  bool statement() {
    const std::string& first = words_[0].text;
    if (first == "profile") return begin();
    if (profiles_.empty()) return bad("'{}': 'profile NAME' was expected first", first);
    Profile& profile = profiles_.back();
    if (first == "about") {
      profile.about = rest_;
      while (profile.about.ends_with(' ')) profile.about.pop_back();
      return true;
    }
    if (first == "elements") return elements(profile);
    if (first == "list") {
      profile.list = words_.size() == 2 ? code_of(words_[1].text) : std::nullopt;
      return profile.list || bad("list: a code such as 0-6:25.9.0 was expected");
    }
    if (first == "time") {
      profile.tagged_time = words_.size() == 2 && words_[1].text == "tagged";
      return profile.tagged_time || bad("time: 'tagged' was expected");
    }
    if (first == "layout") return layout(profile);
    if (first == "with" || first == "without") return presence(profile, first == "without");
    if (first == "sum") return sum(profile);
    if (first == "test") return test(profile);
    if (first == "gives") return gives(profile);
    if (first == "mbus") return mbus(profile);
    if (first == "record") return record(profile);
    if (is_place(first)) return place(profile);
    if (const auto pattern = cosem::parse_obis(first)) return code(profile, *pattern);
    return bad(
        "'{}': about, elements, list, time, layout, with, without, sum, test, gives, mbus, record, "
        "a place (3 or "
        "3.1) or a code (1-0:1.8.0) was expected",
        first);
  }

  // 3 or 3.1; 1.8.0 and 1-0:1.8.0 are codes.
  static bool is_place(std::string_view text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto digits = [](std::string_view part) {
      return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return digits(text.substr(0, dot)) && (dot == text.size() || digits(text.substr(dot + 1)));
  }

  bool begin() {
    finish();
    const auto fits = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
    if (words_.size() != 2 || words_[1].text.empty() ||
        !std::ranges::all_of(words_[1].text, fits)) {
      return bad("profile: one name of a-z, 0-9 and '-' was expected");
    }
    const std::string& name = words_[1].text;
    if (name == "auto" || name == "none") {
      bad("profile: '{}' means something else in --profile", name);
    }
    for (const Profile& one : profiles_) {
      if (one.name == name) bad("profile {}: the name stands twice", name);
    }
    profiles_.emplace_back().name = name;
    began_ = line_;
    return true;
  }

  bool test(Profile& profile) {
    ProfileTest& test = profile.tests.emplace_back();
    test.line = line_;
    std::string digits;
    for (std::size_t i = 1; i < words_.size(); ++i) digits += words_[i].text;
    return (!digits.empty() && append_hex(test.message, digits)) ||
           bad("test: a message in hex was expected");
  }

  bool gives(Profile& profile) {
    if (profile.tests.empty()) return bad("gives: a line 'test HEX' was expected before it");
    if (words_.size() < 3 || words_.size() > 4) {
      return bad("gives: a code or a place, a value and perhaps a unit were expected");
    }
    ProfileTest::Given given{line_, words_[1].text, words_[2].text,
                             words_.size() == 4 ? words_[3].text : ""};
    if (!is_place(given.key)) {
      const auto code = code_of(given.key);
      if (!code) {
        return bad("gives: '{}': a code in full (1-0:1.8.0) or a place was expected", given.key);
      }
      given.key = cosem::to_string(*code);
    }
    profile.tests.back().gives.push_back(std::move(given));
    return true;
  }

  bool mbus(Profile& profile) {
    const std::size_t n = words_.size();
    MbusMeter meter;
    if (n >= 2) meter.manufacturer = words_[1].text;
    const bool is_maker =
        meter.manufacturer.size() == 3 &&
        std::ranges::all_of(meter.manufacturer, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (n > 2) meter.version = whole_number<std::uint8_t>(words_[2].text);
    if (n > 3) meter.medium = words_[3].text;
    if (n > 4 || !is_maker || (n > 2 && !meter.version)) {
      return bad(
          "mbus: three letters of a maker, and perhaps a version and a medium were expected");
    }
    profile.mbus = std::move(meter);
    return true;
  }

  bool record(Profile& profile) {
    constexpr std::string_view kExpected =
        "record: DIB and VIB in hex, a code or -, and perhaps 'unsigned' and a name in quotes were "
        "expected";
    ByteVector bytes;
    if (!profile.mbus) return bad("record: a line 'mbus MAKER' was expected before it");
    if (words_.size() < 3 || words_[1].text.size() < 4 || !append_hex(bytes, words_[1].text)) {
      return bad("{}", kExpected);
    }
    RecordRule rule;
    for (const char c : words_[1].text) rule.key.push_back(lower(c));
    if (words_[2].text != "-") {
      rule.code = code_of(words_[2].text);
      if (!rule.code) return bad("{}", kExpected);
    }
    std::size_t at = 3;
    if (at < words_.size() && !words_[at].quoted && words_[at].text == "unsigned") {
      rule.is_unsigned = true;
      ++at;
    }
    if (at < words_.size() && words_[at].quoted) rule.name = words_[at++].text;
    if (at != words_.size()) return bad("{}", kExpected);
    for (const RecordRule& other : profile.records) {
      if (other.key == rule.key) return bad("record: {} stands twice", rule.key);
    }
    profile.records.push_back(std::move(rule));
    return true;
  }

  bool elements(Profile& profile) {
    const auto count =
        words_.size() == 2 ? whole_number<std::uint32_t>(words_[1].text) : std::nullopt;
    if (!count || *count == 0 || *count > kMostElements) {
      return bad("elements: a number from 1 to {} was expected", kMostElements);
    }
    if (profile.elements != 0) return bad("elements stands twice");
    profile.elements = *count;
    return true;
  }

  std::optional<Scale> scale(std::size_t from) {
    const auto scaler = whole_number<std::int8_t>(words_[from].text);
    if (!scaler) {
      bad("'{}': a scaler from -128 to 127 was expected", words_[from].text);
      return std::nullopt;
    }
    Scale scale{*scaler, cosem::kNoUnit};
    if (words_.size() == from + 1) return scale;
    const auto unit = cosem::unit_code(words_[from + 1].text);
    if (!unit) {
      bad("'{}': a unit such as Wh, W, varh, A, V was expected", words_[from + 1].text);
      return std::nullopt;
    }
    scale.unit = *unit;
    if (words_.size() > from + 2) {
      bad("'{}': the end of the line was expected", words_[from + 2].text);
    }
    return scale;
  }

  bool place(Profile& profile) {
    PlaceRule rule;
    const std::string& first = words_[0].text;
    const std::size_t dot = std::min(first.find('.'), first.size());
    const auto pos = whole_number<std::uint32_t>(std::string_view(first).substr(0, dot));
    const auto inside = dot == first.size()
                            ? std::optional<std::uint32_t>(0)
                            : whole_number<std::uint32_t>(std::string_view(first).substr(dot + 1));
    if (!pos || !inside || *pos >= kMostElements || *inside > kMostElements) {
      return bad("'{}': a place below {} was expected", first, kMostElements);
    }
    rule.pos = *pos;
    rule.place = *inside;
    if (!in_order(profile, rule, dot != first.size())) return false;
    if (words_.size() < 2) {
      return bad("the type of the place was expected: number, text, clock, long-unsigned, …");
    }
    std::size_t next = 1;
    if (!type(rule, next)) return false;
    if (words_.size() <= next) {
      return bad("a code such as 1-0:1.8.0, or '-', was expected behind the type");
    }
    if (words_[next].text != "-") {
      rule.code = code_of(words_[next].text);
      if (!rule.code) {
        return bad("'{}': a code such as 1-0:1.8.0, or '-', was expected", words_[next].text);
      }
    }
    if (words_.size() > next + 1) rule.scale = scale(next + 1);
    profile.places.push_back(rule);
    return true;
  }

  // TYPE or TYPE="pattern", the words from `next` on.
  template <class Rule>
  bool type(Rule& rule, std::size_t& next) {
    std::string types = words_[next++].text;
    if (types.ends_with('=')) {
      types.pop_back();
      if (words_.size() <= next || !words_[next].quoted ||
          words_[next].text.size() > kLongestPattern) {
        return bad("{}=: a \"pattern\" of at most {} characters was expected", types,
                   kLongestPattern);
      }
      rule.pattern = words_[next++].text;
    }
    const auto known = types_of(types);
    if (!known) {
      return bad(
          "'{}': a type was expected: any, number, string, text, clock, time, date, or "
          "long-unsigned, null-data, …",
          types);
    }
    rule.types = *known;
    return true;
  }

  bool layout(Profile& profile) {
    for (const Layout one : {Layout::nested, Layout::flat, Layout::pairs, Layout::list,
                             Layout::object_list, Layout::descriptors}) {
      if (words_.size() == 2 && words_[1].text == name(one)) profile.layout = one;
    }
    return profile.layout ||
           bad("layout: nested, flat, pairs, list, object-list or descriptors was expected");
  }

  bool presence(Profile& profile, bool absent) {
    const auto code = words_.size() < 2 ? std::nullopt : cosem::parse_obis(words_[1].text);
    if (!code) return bad("{}: a code was expected: 1-0:1.8.0 or 1.8.0", words_[0].text);
    PresenceRule rule;
    rule.code = *code;
    rule.absent = absent;
    std::size_t next = 2;
    if (words_.size() > next && !type(rule, next)) return false;
    if (words_.size() > next) {
      return bad("'{}': the end of the line was expected", words_[next].text);
    }
    profile.values.push_back(rule);
    return true;
  }

  // Each place once, from the first to the last, those inside an element behind it.
  bool in_order(const Profile& profile, const PlaceRule& rule, bool inside) {
    const PlaceRule* last = profile.places.empty() ? nullptr : &profile.places.back();
    if (inside) {
      if (last != nullptr && last->pos == rule.pos && rule.place == last->place + 1) return true;
      return bad("place {}.{}: it must stand behind {}", rule.pos, rule.place,
                 rule.place <= 1 ? fmt::format("{}", rule.pos)
                                 : fmt::format("{}.{}", rule.pos, rule.place - 1));
    }
    if (last == nullptr || rule.pos > last->pos) return true;
    return bad("place {}: it must stand once, behind the places before it", rule.pos);
  }

  bool code(Profile& profile, const cosem::ObisPattern& pattern) {
    if (words_.size() < 2) return bad("a scaler was expected behind the code");
    const auto found = scale(1);
    if (found) profile.codes.push_back({pattern, *found});
    return found.has_value();
  }

  bool sum(Profile& profile) {
    Sum sum;
    std::vector<Term>* side = &sum.left;
    bool minus = false, wants_code = true;
    for (std::size_t i = 1; i < words_.size(); ++i) {
      const std::string& word = words_[i].text;
      if (wants_code) {
        const auto code = code_of(word);
        if (!code) return bad("sum: '{}': a code such as 1-0:1.8.0 was expected", word);
        side->push_back({*code, minus});
      } else if (word == "=" && side == &sum.left) {
        side = &sum.right;
        minus = false;
      } else if (word == "+" || word == "-") {
        minus = word == "-";
      } else {
        return bad("sum: '{}': '+', '-' or, once, '=' was expected", word);
      }
      wants_code = !wants_code;
    }
    if (wants_code || sum.right.empty() || sum.left.size() + sum.right.size() > kMostTerms) {
      return bad("sum: CODE = CODE + CODE … of at most {} codes was expected", kMostTerms);
    }
    profile.sums.push_back(std::move(sum));
    return true;
  }

  // What holds for a profile as a whole; its errors stand at its first line.
  void finish() {
    if (profiles_.empty()) return;
    const std::size_t here = line_;
    line_ = began_;
    check(profiles_.back());
    if (error_.empty()) line_ = here;
  }

  bool check(const Profile& profile) {
    if (profile.mbus) {
      const bool is_alone = profile.by_code() && profile.codes.empty() && profile.places.empty();
      if (!is_alone || profile.records.empty()) {
        return bad("profile {}: behind 'mbus' lines 'record', and none about a list, were expected",
                   profile.name);
      }
      return true;
    }
    if (profile.by_code()) {
      if (profile.codes.empty()) {
        return bad(
            "profile {}: 'elements COUNT' and a line for each place, or lines "
            "CODE SCALER UNIT, were expected",
            profile.name);
      }
      const bool has_a_shape = !profile.places.empty() ||
                               std::any_of(profile.values.begin(), profile.values.end(),
                                           [](const PresenceRule& rule) { return !rule.absent; });
      if (profile.layout && !has_a_shape) {
        return bad(
            "profile {}: behind 'layout' a line 'with CODE' or for a place was "
            "expected: which lists it is for",
            profile.name);
      }
      for (const PlaceRule& rule : profile.places) {
        if (rule.code || rule.scale) {
          return bad(
              "profile {}: place {}: a profile by code gives no code or unit by "
              "place",
              profile.name, rule.pos);
        }
      }
      return true;
    }
    if (profile.layout || !profile.values.empty()) {
      return bad("profile {}: with 'elements' there is no 'layout', 'with' or 'without'",
                 profile.name);
    }
    if (!profile.codes.empty()) {
      return bad("profile {}: with 'elements' there are no lines by code", profile.name);
    }
    std::uint32_t pos = profile.list ? 1 : 0;
    for (const PlaceRule& rule : profile.places) {
      if (rule.place != 0) continue;
      if (rule.pos != pos) break;
      ++pos;
    }
    if (pos != profile.elements) {
      return bad("profile {}: elements is {}, and place {} {}", profile.name, profile.elements, pos,
                 pos < profile.elements ? "has no line" : "is the first beyond them");
    }
    if (profile.places.empty()) return bad("profile {}: no places", profile.name);
    if (profile.places.back().pos >= profile.elements) {
      return bad("profile {}: elements is {}, and there is a place {}", profile.name,
                 profile.elements, profile.places.back().pos);
    }
    for (const Sum& sum : profile.sums) {
      for (const auto* side : {&sum.left, &sum.right}) {
        for (const Term& term : *side) {
          const bool known = std::ranges::any_of(profile.places, [&](const PlaceRule& rule) {
            return rule.code && *rule.code == term.code;
          });
          if (!known) {
            return bad("profile {}: sum: no place has the code {}", profile.name,
                       cosem::to_string(term.code));
          }
        }
      }
    }
    return true;
  }

  std::vector<Profile> profiles_;
  std::vector<Word> words_;
  std::string_view rest_;
  std::string error_;
  std::size_t line_ = 0, began_ = 0;
};

}  // namespace

tl::expected<std::vector<Profile>, ProfileError> parse_profiles(std::string_view text) {
  return Parser().run(text);
}

}  // namespace meterpipe::readings
