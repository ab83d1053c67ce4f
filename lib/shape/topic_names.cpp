#include "shape/topic_names.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/utf8.hpp"
#include "cosem/quantity.hpp"

namespace meterpipe::shape {
namespace {

// Longer names are cut before an expression sees them: a level of a topic is shorter.
constexpr std::size_t kLongest = 255;  // code points

struct Umlaut {
  wchar_t letter;
  std::wstring_view spelled;
};
constexpr std::array kUmlauts{Umlaut{L'\u00e4', L"ae"}, Umlaut{L'\u00f6', L"oe"},
                              Umlaut{L'\u00fc', L"ue"}, Umlaut{L'\u00c4', L"Ae"},
                              Umlaut{L'\u00d6', L"Oe"}, Umlaut{L'\u00dc', L"Ue"},
                              Umlaut{L'\u00df', L"ss"}, Umlaut{L'\u1e9e', L"SS"}};

std::wstring without_umlauts(std::wstring_view text) {
  std::wstring result;
  for (const wchar_t c : text) {
    const auto found = std::ranges::find(kUmlauts, c, &Umlaut::letter);
    result += found == kUmlauts.end() ? std::wstring_view(&c, 1) : found->spelled;
  }
  return result;
}

std::optional<cosem::Obis> code_of(std::string_view text) {
  const auto pattern = cosem::parse_obis(text);
  return pattern && pattern->is_full() ? std::optional(pattern->code()) : std::nullopt;
}

// Which sign its name may have: "+" import, "-" export, "" none, "+-" who knows.
std::wstring_view signs_of(std::string_view obis) {
  constexpr std::uint8_t kLastMeasured = 99;
  const auto code = code_of(obis);
  if (!code || code->a != 1 || code->c == 0 || code->c > kLastMeasured) return L"+-";
  switch (cosem::meaning_of(*code).direction) {
    case cosem::Direction::imported: return L"+";
    case cosem::Direction::exported: return L"-";
    default: return L"";
  }
}

// Whether the sign at `at` ends a word: behind it nothing, a comma, a bracket or a blank.
bool ends_word(const std::wstring& text, std::size_t at, bool certain) {
  if (at == 0) return false;
  if (at + 1 == text.size() || text[at + 1] == L',' || text[at + 1] == L')') return true;
  if (text[at + 1] != L' ') return false;
  // "A - B": a hyphen between words, unless the code says that a sign stands in the name.
  return certain || text[at] == L'+';
}

// Which characters the expression matches.
std::vector<bool> matched(const std::wstring& text, const std::optional<std::wregex>& expression) {
  std::vector<bool> result(text.size());
  if (!expression) return result;
  for (std::wsregex_iterator it(text.begin(), text.end(), *expression), end; it != end; ++it) {
    const auto from = static_cast<std::size_t>(it->position());
    for (std::size_t i = 0; i < static_cast<std::size_t>(it->length()); ++i) {
      result[from + i] = true;
    }
  }
  return result;
}

// lost: which characters would be.
std::wstring with_signs_spelled(const std::wstring& text, std::wstring_view signs,
                                cosem::Language language, const std::vector<bool>& lost) {
  if (text.find_first_of(signs) == std::wstring::npos) return text;
  const bool certain = signs.size() == 1;
  const bool german = language == cosem::Language::german;
  std::wstring result;
  bool spelled = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const wchar_t c = text[at];
    const bool stays = c == L'-' && !lost[at];  // "+" never can: it is a wildcard of topics
    if (signs.find(c) == std::wstring_view::npos || stays || !ends_word(text, at, certain) ||
        (certain && spelled)) {
      result += c;
      continue;
    }
    spelled = true;
    if (!result.empty() && result.back() != L' ') result += L' ';
    result += c == L'+' ? (german ? L"Bezug" : L"Import") : (german ? L"Lieferung" : L"Export");
  }
  return result;
}

}  // namespace

std::wstring code_points(std::string_view text) {
  std::wstring result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    std::uint32_t code = 0xfffd;
    if (length == 1) {
      code = byte(0);
    } else if (length != 0) {
      code = byte(0) & (0x7fu >> length);
      for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3fu);
    }
    result += static_cast<wchar_t>(code);
    at += length == 0 ? 1 : length;
  }
  return result;
}

std::string utf8_of(std::wstring_view text) {
  std::string result;
  for (const wchar_t c : text) {
    const auto code = static_cast<std::uint32_t>(c);
    const unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const unsigned lead = more == 0 ? 0 : 0xff00u >> (more + 1) & 0xff;  // as many ones as bytes
    result += static_cast<char>(lead | code >> 6 * more);
    for (unsigned i = more; i-- > 0;) result += static_cast<char>(0x80 | (code >> 6 * i & 0x3f));
  }
  return result;
}

tl::expected<std::wregex, std::string> parse_expression(std::string_view text) {
  const std::wstring wide = code_points(text);
#ifdef __GLIBCXX__
  try {
    return std::wregex(wide, std::regex_constants::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error&) {  // a back-reference, or a mistake: the next line tells
  }
#endif
  try {
    return std::wregex(wide, std::regex_constants::ECMAScript);
  } catch (const std::regex_error& error) {
    return tl::unexpected<std::string>(error.what());
  }
}

std::string with_signs_spelled(std::string_view obis, std::string_view name,
                               cosem::Language language) {
  const std::wstring text = code_points(name);
  const std::vector<bool> lost(text.size(), true);
  return utf8_of(with_signs_spelled(text, signs_of(obis), language, lost));
}

std::string with_umlauts_spelled(std::string_view name) {
  return utf8_of(without_umlauts(code_points(name)));
}

std::string_view TopicNames::for_people(std::string_view obis, std::string_view recorded,
                                        const cosem::NameContext& of) {
  if (!rules_.anew) return recorded;
  std::string with_context;  // a key that is no code
  std::string_view key = obis;
  if (of != cosem::NameContext()) {
    with_context = obis;
    with_context += static_cast<char>('A' + static_cast<int>(of.channel));
    key = with_context;
  }
  auto found = made_.find(key);
  if (found == made_.end()) {
    if (made_.size() >= kMost) made_.clear();
    const auto code = code_of(obis);
    found = made_.emplace(key, code ? cosem::name_of(*code, rules_.format, of) : "").first;
  }
  return found->second.empty() ? recorded : found->second;
}

// A recorded name is compared with what cosem-decode calls the other, in either language.
bool TopicNames::named_as_another(std::string_view obis, std::string_view name) const {
  const auto code = code_of(obis);
  if (!code || name.empty()) return false;
  const unsigned own = code->e;
  for (unsigned e = 0; e < std::min(own, 2u); ++e) {
    cosem::Obis lower = *code;
    lower.e = static_cast<std::uint8_t>(e);
    if (rules_.anew && cosem::name_of(lower, rules_.format) == name) return true;
    for (const auto language : {cosem::Language::english, cosem::Language::german}) {
      if (cosem::name_of(lower, {language, {}}) == name) return true;
    }
  }
  return false;
}

std::string TopicNames::for_topic(std::string_view obis, std::string_view name) const {
  std::wstring text = code_points(name);
  if (text.size() > kLongest) text.resize(kLongest);
  if (rules_.replace_umlauts) text = without_umlauts(text);
  text = with_signs_spelled(text, signs_of(obis), rules_.format.language,
                            matched(text, rules_.invalid));
  if (rules_.invalid) text = std::regex_replace(text, *rules_.invalid, rules_.replacement);
  return utf8_of(text);
}

}  // namespace meterpipe::shape
