// Names of values: for people, and what of them may stand in a topic.
//
//   record       "Summe Wirkenergie Bezug +A"         "Sum active power -, Instantaneous value"
//   for people   the same, or made anew from the code (--language, --name-format)
//   in a topic   "SummeWirkenergieBezugA"              "SumactivepowerExportInstantaneousvalue"
//
// In this order: umlauts are replaced (all of them), a sign that would be lost is spelled, what the
// expression matches is replaced. A sign that tells import from export stands at a word's end:
// "Sum active power +, …", "A-". Where the code is known to be the one or the other, only its own
// sign is looked for: a hyphen between words stays one. A sign in front of a letter ("+A") has its
// word beside it already.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

#include "cosem/names.hpp"
#include "shape/topics.hpp"

namespace meterpipe::shape {

struct NameRules {
  bool anew = false;  // from the code, where lib/cosem knows its meaning; else as recorded
  cosem::NameFormat format;
  bool replace_umlauts = false;
  std::optional<std::wregex> invalid;  // in a topic, on code points
  std::wstring replacement;            // with $1, $& as in ECMAScript
};

// An ECMAScript expression; the error says what is wrong. It is matched in polynomial time where
// that can be (no back-references).
tl::expected<std::wregex, std::string> parse_expression(std::string_view text);

// UTF-8 to code points and back; what is not UTF-8 becomes U+FFFD.
std::wstring code_points(std::string_view text);
std::string utf8_of(std::wstring_view text);

// Where no sign may stay: "Sum active power -, …" -> "Sum active power Export, …".
std::string with_signs_spelled(std::string_view obis, std::string_view name,
                               cosem::Language language);

// Where no umlaut may stay: "Zählernummer" -> "Zaehlernummer".
std::string with_umlauts_spelled(std::string_view name);

class TopicNames {
 public:
  explicit TopicNames(NameRules rules) : rules_(std::move(rules)) {}

  // Good until the next call: views point into the record or into this.
  std::string_view for_people(std::string_view obis, std::string_view recorded,
                              const cosem::NameContext& of = {});
  // The code is a tariff's (E is not 0) and its name is that of the total or of the first tariff:
  // of names alone nobody would know which is which.
  bool named_as_another(std::string_view obis, std::string_view name) const;
  // Made on each call: whoever needs it often keeps it.
  std::string for_topic(std::string_view obis, std::string_view name) const;

 private:
  static constexpr std::size_t kMost = 5000;  // codes whose names are kept

  NameRules rules_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> made_;
};

}  // namespace meterpipe::shape
