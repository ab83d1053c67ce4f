// Names in topics: umlauts, signs, what an expression replaces; import and export stay apart.
#include "shape/topic_names.hpp"

#include <doctest/doctest.h>

#include <map>

#include "cosem/obis.hpp"

namespace meterpipe::shape {

namespace {

constexpr std::string_view kPredecessor = "[^a-zA-z0-9_]";

NameRules rules(std::string_view invalid = {},
                cosem::Language language = cosem::Language::english) {
  NameRules result;
  result.format.language = language;
  if (!invalid.empty()) {
    auto expression = parse_expression(invalid);
    REQUIRE(expression);
    result.invalid = *expression;
  }
  return result;
}

std::string topic(const NameRules& rules, std::string_view obis, std::string_view name) {
  return TopicNames(rules).for_topic(obis, name);
}

}  // namespace

TEST_CASE("names: a tariff that is named as its total or as the first tariff") {
  NameRules rules;
  rules.anew = true;
  rules.format = {cosem::Language::english, "[measurement], [measurementType]"};
  const TopicNames english(rules);
  rules.format.language = cosem::Language::german;
  const TopicNames german(rules);
  const auto another = [](const TopicNames& names, const NameRules& by, std::uint8_t e) {
    const cosem::Obis code{1, 0, 1, 8, e, 255};
    return names.named_as_another("1-0:1.8." + std::to_string(e), cosem::name_of(code, by.format));
  };
  CHECK_FALSE(another(german, rules, 0));
  CHECK_FALSE(another(german, rules, 1));  // the total is called otherwise
  CHECK(another(german, rules, 2));
  CHECK(another(german, rules, 3));
  rules.format.language = cosem::Language::english;
  CHECK_FALSE(another(english, rules, 0));
  CHECK(another(english, rules, 1));
  CHECK(another(english, rules, 2));
  // By our own pattern each tariff has a name of its own.
  rules.format.pattern.clear();
  CHECK_FALSE(another(TopicNames(rules), rules, 1));
  CHECK_FALSE(another(TopicNames(rules), rules, 2));
}

TEST_CASE("topic names: code points there and back") {
  std::wstring all;
  for (std::uint32_t code = 1; code < 0x110000; code += 7) {
    if (code < 0xd800 || code > 0xdfff) all += static_cast<wchar_t>(code);
  }
  CHECK(code_points(utf8_of(all)) == all);
  CHECK(utf8_of(L"\x7f\x80\x7ff\x800\xffff\x10000") ==
        "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80");
  CHECK(code_points("a\xff"
                    "b\xc3") ==
        L"a\xfffd"
        L"b\xfffd");
}

TEST_CASE("topic names: all umlauts, not only the first") {
  NameRules replace = rules();
  replace.replace_umlauts = true;
  CHECK(topic(replace, "", "äöüÄÖÜßäöüÄÖÜß") == "aeoeueAeOeUessaeoeueAeOeUess");
  CHECK(topic(replace, "", "ẞ é ø") == "SS é ø");
  CHECK(topic(rules(), "", "äöüÄÖÜß") == "äöüÄÖÜß");
}

TEST_CASE("topic names: an expression works on characters, not on bytes") {
  CHECK(topic(rules("."), "", "Zähler") == "");
  NameRules dots = rules("[^a-z]");
  dots.replacement = L"\u00b7";
  CHECK(topic(dots, "", "Zählér") == "··hl·r");
  NameRules doubled = rules("([aeiou])");
  doubled.replacement = L"<$1$&>";
  CHECK(topic(doubled, "", "abe") == "<aa>b<ee>");
  CHECK_FALSE(parse_expression("(["));
  CHECK_FALSE(parse_expression("*"));
  CHECK(topic(rules("(.)\\1"), "", "Wasser") == "Waer");  // a back-reference
}

TEST_CASE("topic names: an expression that explodes elsewhere ends") {
  const std::string name(250, 'a');
  CHECK(topic(rules("(a+)+$"), "", name) == "");
  CHECK(topic(rules("(a|aa)+b"), "", name) == name);
}

TEST_CASE("topic names: signs that would be lost") {
  const std::string plus = "Sum active power +, Instantaneous value";
  const std::string minus = "Sum active power -, Instantaneous value";
  const NameRules en = rules(kPredecessor), de = rules(kPredecessor, cosem::Language::german);
  CHECK(topic(en, "1-0:1.7.0", plus) == "SumactivepowerImportInstantaneousvalue");
  CHECK(topic(en, "1-0:2.7.0", minus) == "SumactivepowerExportInstantaneousvalue");
  CHECK(topic(de, "1-0:21.7.0", "L1 Wirkleistung +, Momentanwert") ==
        "L1WirkleistungBezugMomentanwert");
  CHECK(topic(de, "1-0:22.7.0", "L1 Wirkleistung -, Momentanwert") ==
        "L1WirkleistungLieferungMomentanwert");
  // "+" never stands in a topic; "-" does unless the expression takes it
  CHECK(topic(rules(), "1-0:1.7.0", plus) == "Sum active power Import, Instantaneous value");
  CHECK(topic(rules(), "1-0:2.7.0", minus) == minus);
  CHECK(topic(rules("-"), "1-0:2.7.0", minus) == "Sum active power Export, Instantaneous value");
  // in front of a letter it has its word beside it
  CHECK(topic(de, "1-0:1.8.0", "Summe Wirkenergie Bezug +A") == "SummeWirkenergieBezugA");
  CHECK(topic(de, "1-0:2.8.0", "Summe Wirkenergie Lieferung -A") == "SummeWirkenergieLieferungA");
  // at the end, in another's names too
  CHECK(topic(en, "", "A+") == "AImport");
  CHECK(topic(en, "", "A-") == "AExport");
  CHECK(topic(en, "1-0:2.8.0", "Energy A- T1") == "EnergyAExportT1");
  // hyphens between words are none
  CHECK(topic(en, "1-0:1.7.0", "Sum active power + - Total") == "SumactivepowerImportTotal");
  CHECK(topic(en, "1-0:2.7.0", "Sum active power - - Total") == "SumactivepowerExportTotal");
  CHECK(topic(en, "1-0:32.7.0", "L1 voltage - Total") == "L1voltageTotal");
  CHECK(topic(en, "", "Voltage - Total") == "VoltageTotal");
  CHECK(topic(en, "1-0:32.7.0", "L1 voltage-") == "L1voltage");
}

// The point of it all: whatever the language and the pattern, two codes that have names of their
// own differ in what is left of them, as far as import and export tell them apart.
TEST_CASE("topic names: import and export stay apart in every language and pattern") {
  int pairs = 0;
  for (const auto language : {cosem::Language::english, cosem::Language::german}) {
    for (const std::string pattern :
         {"", "[measurement], [measurementType]", "[measurement] [measurementType] [tariff]",
          "[tariff] - [measurement] - [measurementType]", "[measurement]"}) {
      NameRules names = rules(kPredecessor, language);
      names.anew = true;
      names.format.pattern = pattern;
      names.replace_umlauts = true;
      TopicNames made(names);
      for (int c = 1; c <= 80; ++c) {
        if (c % 20 != 1 && c % 20 != 3 && c % 20 != 9) continue;
        for (const int d : {4, 5, 6, 7, 8, 9, 29}) {
          for (const int e : {0, 1, 2}) {
            const auto name = [&](int group) {
              const auto code = cosem::to_string(cosem::Obis{1, 0, static_cast<std::uint8_t>(group),
                                                             static_cast<std::uint8_t>(d),
                                                             static_cast<std::uint8_t>(e), 255});
              return made.for_topic(code, std::string(made.for_people(code, "")));
            };
            CAPTURE(pattern);
            CAPTURE(c);
            CAPTURE(d);
            REQUIRE(name(c) != "");
            REQUIRE(name(c) != name(c + 1));
            ++pairs;
          }
        }
      }
    }
  }
  CHECK(pairs == 2 * 5 * 12 * 7 * 3);
}

TEST_CASE("topic names: made anew from the code, else as recorded") {
  NameRules german = rules({}, cosem::Language::german);
  german.anew = true;
  TopicNames names(german);
  CHECK(names.for_people("1-0:32.7.0", "Voltage L1") == "Spannung L1");
  CHECK(names.for_people("1-0:32.7.0*255", "Voltage L1") == "Spannung L1");
  CHECK(names.for_people("1-0:199.7.0", "mine") == "mine");  // not known
  CHECK(names.for_people("", "mine") == "mine");
  CHECK(names.for_people("no code", "mine") == "mine");
  CHECK(TopicNames(rules()).for_people("1-0:32.7.0", "mine") == "mine");
  for (int i = 0; i < 20000; ++i) names.for_people(std::to_string(i), "x");  // bounded, and right
  CHECK(names.for_people("1-0:32.7.0", "") == "Spannung L1");
}

}  // namespace meterpipe::shape
