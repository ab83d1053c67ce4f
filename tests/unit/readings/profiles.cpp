// lib/readings: profiles. Each that is compiled in is held against a message made by its own rules:
// it fits, it alone, and its sums refuse a message that contradicts them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "readings/profile_parser.hpp"
#include "readings/sums.hpp"
#include "sim/axdr.hpp"
#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::hex;
using test::Lines;

namespace {

std::vector<Profile> parsed(const std::string& text) {
  auto profiles = parse_profiles(text);
  if (!profiles) FAIL(profiles.error().line << ": " << profiles.error().text);
  return *profiles;
}

std::string error_of(const std::string& text) {
  const auto profiles = parse_profiles(text);
  if (profiles) return "none";
  return std::to_string(profiles.error().line) + ": " + profiles.error().text;
}

// Text that the pattern fits.
std::string text_for(const PlaceRule& rule) {
  std::string text = rule.pattern.value_or("text");
  for (char& c : text) {
    if (c == '*' || c == '?') c = 'x';
    if (c == '#') c = '1';
  }
  return text;
}

void write(const PlaceRule& rule, std::uint32_t number, sim::DataWriter& out) {
  const auto has = [&](TypeSet types) { return (rule.types & types) != 0; };
  const auto tag = [](axdr::Tag one) {
    return TypeSet{1} << axdr::detail::kTypeIndex[static_cast<std::size_t>(one)];
  };
  if (has(kind::text | kind::string)) return out.octet_string(as_bytes(text_for(rule)));
  if (has(kind::clock)) return out.octet_string(hex("07ea0b160712000000ffc400"));
  if (has(kind::time)) return out.octet_string(hex("0e372100"));
  if (has(kind::date)) return out.octet_string(hex("07ea0b1607"));
  if (has(kind::number | kind::any | tag(axdr::Tag::double_long_unsigned))) {
    return out.double_long_unsigned(number);
  }
  if (has(tag(axdr::Tag::enum_))) return out.enumeration(1);
  if (has(tag(axdr::Tag::boolean))) return out.boolean(true);
  if (has(tag(axdr::Tag::array))) {
    out.array(1);
    return out.long_unsigned(5);
  }
  FAIL("no data for place " << rule.pos);
}

// A message in the order of the profile. All its numbers are 0, which fits every sum, but that of
// the code `odd`.
ByteVector body_of(const Profile& profile, const cosem::Obis* odd = nullptr, std::uint32_t by = 0) {
  ByteVector bytes;
  sim::DataWriter out(bytes);
  out.structure(profile.elements);
  if (profile.list) {
    const cosem::Obis& code = *profile.list;
    out.octet_string(ByteVector{code.a, code.b, code.c, code.d, code.e, code.f});
  }
  for (const PlaceRule& rule : profile.places) {
    write(rule, odd != nullptr && rule.code == *odd ? by : 0, out);
  }
  return bytes;
}

}  // namespace

TEST_CASE("profiles: each that is compiled in fits its message, alone and by itself") {
  REQUIRE(builtin_profiles().size() >= 20);
  for (const Profile& profile : builtin_profiles()) {
    CAPTURE(profile.name);
    CHECK_FALSE(profile.about.empty());
    if (profile.by_code()) continue;
    const Body body(body_of(profile));
    REQUIRE(matches(profile, body.message(profile.tagged_time)));
    ProfileSet set;
    set.use_builtin();
    std::vector<Value> values;
    const Choice choice = set.choose(body.message(profile.tagged_time), values);
    REQUIRE(choice.profile != nullptr);
    CHECK(choice.profile->name == profile.name);
    CHECK(choice.rival == nullptr);
    CHECK_FALSE(choice.refused);
    REQUIRE(values.size() == profile.places.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(values[i].obis == profile.places[i].code);
    }
    // No two fit, but for a special case of another (behind transformers), which asks for more.
    for (const Profile& other : builtin_profiles()) {
      if (other.name == profile.name || !matches(other, body.message(profile.tagged_time)))
        continue;
      CAPTURE(other.name);
      CHECK(profile.name == other.name + "-ma304t");
      CHECK(specificity(profile) > specificity(other));
    }
    // One element more or less is another list.
    ByteVector longer = body.bytes;
    ++longer[1];
    longer.push_back(0);
    const Body more(longer);
    CHECK_FALSE(matches(profile, more.message(true)));
  }
}

TEST_CASE("profiles: sums refuse what contradicts them, by more than one unit per term") {
  int sums = 0;
  for (const Profile& profile : builtin_profiles()) {
    for (const Sum& sum : profile.sums) {
      ++sums;
      const auto terms = static_cast<std::uint32_t>(sum.left.size() + sum.right.size());
      for (const auto* side : {&sum.left, &sum.right}) {
        for (const Term& term : *side) {
          CAPTURE(profile.name);
          CAPTURE(cosem::to_string(term.code));
          for (const std::uint32_t by : {terms, terms + 1, 4000000000U}) {
            ProfileSet set;
            set.use_builtin();
            const Body body(body_of(profile, &term.code, by));
            std::vector<Value> values = body.inferred.values;
            const Choice choice = set.choose(body.message(), values);
            REQUIRE(choice.profile != nullptr);
            // Another sum with this code may be the stricter one.
            if (by > terms) CHECK(choice.refused);
            if (profile.sums.size() == 1 && by == terms) CHECK_FALSE(choice.refused);
            if (choice.refused) CHECK_FALSE(values.back().obis);
          }
        }
      }
    }
  }
  CHECK(sums >= 8);
}

TEST_CASE("profiles: scalers, units, strings of the known lists") {
  const auto lines = [](const std::string& text, bool tagged = false) {
    const Body body(hex(text));
    ProfileSet set;
    set.use_builtin();
    std::vector<Value> values = body.inferred.values;
    set.choose(body.message(tagged), values);
    return body.lines_of(values);
  };
  const std::string kaifa =
      "02 09 09 07 4b464d5f303031 09 02 3132 09 08 4d41313035483245"
      "06 000003b4 06 00000000 06 00000000 06 00000040 06 00000588 06 00000951";
  CHECK(lines(kaifa) == Lines{"1-1:0.2.129 octet-string", "0-0:96.1.0 octet-string",
                              "0-0:96.1.7 octet-string", "1-0:1.7.0 948 0 27", "1-0:2.7.0 0 0 27",
                              "1-0:3.7.0 0 0 29", "1-0:4.7.0 64 0 29", "1-0:31.7.0 1416 -3 33",
                              "1-0:32.7.0 2385 -1 35"});
  // Another list id: nobody knows it.
  CHECK(lines("02 09 09 07 4b464d5f303032" + kaifa.substr(26))[3] == "@3 948");
  // A single number: Kaifa's only with Kaifa's tag in front of the date-time.
  CHECK(lines("02 01 06 000003b4") == Lines{"@0 948"});
  CHECK(lines("02 01 06 000003b4", true) == Lines{"1-0:1.7.0 948 0 27"});
  CHECK(lines("02 04 09 03 49534b 11 05 11 05 11 06")[1] == "@1 5");  // ISK, of no known length
}

TEST_CASE("profiles: by code, only if named, and never against what was sent") {
  const Body body(
      hex("02 08 0a 0e 4b616d73747275705f5630303031 09 06 0101010800ff 06 00000064"
          "09 06 0101200700ff 12 00e6 02 02 0f ff 16 23 09 06 0101340700ff 00"));
  ProfileSet set;
  set.use_builtin();
  std::vector<Value> values = body.inferred.values;
  CHECK_FALSE(set.concerns(body.inferred.layout));
  CHECK(set.choose(body.message(), values).profile == nullptr);
  CHECK_FALSE(set.prefer("kamstrup"));
  REQUIRE(set.prefer("kamstrup-no"));
  CHECK(set.concerns(body.inferred.layout));
  CHECK(set.choose(body.message(), values).profile->name == "kamstrup-no");
  CHECK(body.lines_of(values) == Lines{"@0 visible-string", "1-1:1.8.0 100 1 30",
                                       "1-1:32.7.0 230 -1 35", "1-1:52.7.0 null-data"});
  const Body other(hex("02 03 0a 05 4169646f6e 09 06 0101010800ff 06 00000064"));
  CHECK(set.choose(other.message(), values).profile == nullptr);
}

TEST_CASE("profiles: by code, by itself where the list is of the layout and has the values") {
  const std::string pairs = "09 06 0000600100ff 09 03 4b464d 09 06 0100010800ff 06 00000064";
  const Body body(hex("02 04" + pairs));
  const auto choose = [](const Body& list, const std::string& shape) {
    ProfileSet set;
    for (Profile& profile : parsed("profile x\n" + shape + "1.8.0 0 Wh\n")) set.add(profile);
    std::vector<Value> values = list.inferred.values;
    const bool concerns = set.concerns(list.inferred.layout);
    const bool chosen = set.choose(list.message(), values).profile != nullptr;
    CHECK((concerns || !chosen));
    return chosen ? list.lines_of(values) : Lines{};
  };
  const Lines with_unit{"0-0:96.1.0 octet-string", "1-0:1.8.0 100 0 30"};
  CHECK(choose(body, "layout pairs\nwith 96.1.0\n") == with_unit);
  CHECK(choose(body, "layout pairs\nwith 0-0:96.1.0 text=\"K*\"\n") == with_unit);
  CHECK(choose(body, "layout pairs\nwith 1.8.0 number=\"1##\"\n") == with_unit);
  CHECK(choose(body, "layout pairs\n1 text=\"KFM\" -\n") == with_unit);
  CHECK(choose(body, "layout pairs\nwith 1.8.0\nwithout 2.8.0\nwithout 96.1.0 text=\"L*\"\n") ==
        with_unit);
  CHECK(choose(body, "with 96.1.0\n").empty());  // without a layout only if named
  CHECK(choose(body, "layout list\nwith 96.1.0\n").empty());
  CHECK(choose(body, "layout pairs\nwith 2.8.0\n").empty());
  CHECK(choose(body, "layout pairs\nwith 96.1.0 text=\"L*\"\n").empty());
  CHECK(choose(body, "layout pairs\nwith 1.8.0 number=\"##\"\n").empty());
  CHECK(choose(body, "layout pairs\nwith 1.8.0 long64-unsigned\n").empty());
  CHECK(choose(body, "layout pairs\nwith 96.1.0\nwithout 1.8.0\n").empty());
  // Descriptors are those without tags: with tags, other meters send them.
  const std::string layout = "layout descriptors\nwith 1.8.0\n";
  CHECK(choose(Body("02 02 16 01 01 01 02 02 0003 0100010800ff 02 06 00000064"), layout) ==
        Lines{"1-0:1.8.0 3/2 100 0 30"});
  CHECK(choose(Body("02 04 12 0003 09 06 0100010800ff 0f 02 06 00000064"), layout).empty());
}

TEST_CASE(
    "profiles: lists with codes have the units that their shape is known for, and no others") {
  const auto named = [](const Body& list) {
    ProfileSet set;
    set.use_builtin();
    REQUIRE(set.concerns(list.inferred.layout));
    std::vector<Value> values = list.inferred.values;
    const Choice choice = set.choose(list.message(), values);
    CHECK(choice.rival == nullptr);
    Lines lines{choice.profile == nullptr ? "none" : choice.profile->name};
    for (const std::string& line : list.lines_of(values)) lines.push_back(line);
    return lines;
  };
  struct Entry {
    const char* code;
    std::string value;
  };
  const auto objects = [](const std::vector<Entry>& entries) {
    const auto count = to_hex(ByteVector{static_cast<std::uint8_t>(entries.size() + 1)});
    std::string list, values;
    for (const Entry& entry : entries) {
      const bool text = entry.code[1] == '0';
      list += std::string("02 04 12 000") + (text ? "1" : "3") + " 09 06 " + entry.code +
              " 0f 02 12 0000 ";
      values += entry.value;
    }
    return Body("02" + count + "01" + count + "02 04 12 0028 09 06 0008190900ff 0f 02 12 0000" +
                list + values);
  };
  const Entry landis{"00002a0000ff", "09 06 4c475a313033"},
      iskra{"00002a0000ff", "0906 49534b313033"};
  const Entry energy{"0101010800ff", "06 00000064"}, wide{"0101010800ff", "15 0000000000000064"};
  const Entry power{"0100010700ff", "14 0000000000000009"},
      amps{"01001f0700ff", "14 0000000000000007"};
  const Entry current{"01001f0700ff", "12 0007"}, factor{"01000d0700ff", "12 03b6"};
  const Entry volts{"0100200700ff", "12 00e7"}, tenths{"0100200700ff", "12 0907"};
  CHECK(named(objects({landis, energy, factor, current})) ==
        Lines{"landis-swiss", "0-0:42.0.0 1/2 octet-string", "1-1:1.8.0 3/2 100 0 30",
              "1-0:13.7.0 3/2 950 -3 255", "1-0:31.7.0 3/2 7"});
  CHECK(named(objects({landis, energy, volts, current})) ==
        Lines{"landis-swiss-volts", "0-0:42.0.0 1/2 octet-string", "1-1:1.8.0 3/2 100 0 30",
              "1-0:32.7.0 3/2 231 0 35", "1-0:31.7.0 3/2 7"});
  CHECK(named(objects({landis, energy, tenths, current})) ==
        Lines{"landis-e360", "0-0:42.0.0 1/2 octet-string", "1-1:1.8.0 3/2 100 0 30",
              "1-0:32.7.0 3/2 2311 -1 35", "1-0:31.7.0 3/2 7 -2 33"});
  CHECK(named(objects({landis, wide, power, amps, volts})) ==
        Lines{"landis-e570", "0-0:42.0.0 1/2 octet-string", "1-1:1.8.0 3/2 100 0 30",
              "1-0:1.7.0 3/2 9 0 27", "1-0:31.7.0 3/2 7 0 33", "1-0:32.7.0 3/2 231 0 35"});
  CHECK(named(objects({iskra, energy, tenths, current})) ==
        Lines{"iskra-swiss", "0-0:42.0.0 1/2 octet-string", "1-1:1.8.0 3/2 100 0 30",
              "1-0:32.7.0 3/2 2311 -1 35", "1-0:31.7.0 3/2 7 -2 33"});
  // No device name, and another maker's.
  CHECK(named(objects({{"0000600100ff", "0902 3132"}, energy}))[0] == "none");
  CHECK(named(objects({{"00002a0000ff", "09 03 454d41"}, energy}))[0] == "none");
  // Kaifa's list with codes, and behind transformers.
  const auto kaifa = [](const char* model) {
    return Body("02 08 09 06 0100000281ff 09 07 4b464d5f303031 09 06 0000600107ff 09 07" +
                std::string(model) +
                "09 06 01001f0700ff 06 00000515 09 06 0100010800ff 06 00000064");
  };
  CHECK(named(kaifa("4d413330344834")) == Lines{"kaifa-codes", "1-0:0.2.129 octet-string",
                                                "0-0:96.1.7 octet-string", "1-0:31.7.0 1301 -3 33",
                                                "1-0:1.8.0 100 0 30"});
  CHECK(named(kaifa("4d413330345434"))[0] == "none");
}

TEST_CASE("profiles: a sum of terms whose scalers lie too far apart does not hold") {
  const auto holds_with = [](const std::string& scaler) {
    const Body body(hex("02 02 06 00000000 06 00000000"));
    const auto profile = parsed("profile x\nelements 2\n0 number 1-0:1.8.0 " + scaler +
                                " Wh\n1 number 1-0:1.8.1 0 Wh\nsum 1-0:1.8.0 = 1-0:1.8.1\n");
    std::vector<Value> values = body.inferred.values;
    apply(profile[0], body.message(), values);
    return holds(profile[0].sums[0], body.nodes, body.bytes, values);
  };
  CHECK(holds_with("0"));
  CHECK(holds_with("15"));
  CHECK_FALSE(holds_with("16"));
}

TEST_CASE("profiles: the most specific counts, two alike count as none, one's own wins") {
  const Body body(hex("02 02 09 04 41423132 12 0005"));
  const auto choose = [&](const std::string& text, const std::string& preferred,
                          std::vector<Value>& values) {
    static ProfileSet set;
    set = {};
    for (Profile& profile : parsed(text)) set.add(std::move(profile));
    if (!preferred.empty()) REQUIRE(set.prefer(preferred));
    values = body.inferred.values;
    return set.choose(body.message(), values);
  };
  const std::string head = "elements 2\n0 text 0-0:96.1.0\n";
  const std::string wide = "profile wide\nelements 2\n0 any -\n1 any 1-0:1.7.0\n";
  const std::string a = "profile a\n" + head + "1 number 1-0:1.8.0 0 Wh\n";
  const std::string b = "profile b\n" + head + "1 number 1-0:2.8.0 0 Wh\n";
  const std::string exact = "profile exact\nelements 2\n0 text=\"AB##\" -\n1 long-unsigned -\n";
  std::vector<Value> values;
  CHECK(choose(wide + a, "", values).profile->name == "a");
  CHECK(choose(wide + a + b + exact, "", values).profile->name == "exact");
  const Choice tie = choose(wide + a + b, "", values);
  CHECK(tie.profile->name == "a");
  CHECK(tie.rival->name == "b");
  CHECK(body.lines_of(values) == Lines{"@0 octet-string", "@1 5"});
  CHECK(choose(wide + a + b, "b", values).rival == nullptr);
  CHECK(body.lines_of(values) == Lines{"0-0:96.1.0 octet-string", "1-0:2.8.0 5 0 30"});
  CHECK(choose(wide + a + exact, "wide", values).profile->name == "wide");
  // A file's profile in place of one that is compiled in.
  ProfileSet set;
  set.add(parsed("profile wiener-netze\nabout mine\nelements 1\n0 any -\n")[0]);
  set.use_builtin();
  int found = 0;
  for (const Profile& profile : set.all()) {
    if (profile.name != "wiener-netze") continue;
    ++found;
    CHECK(profile.about == "mine");
  }
  CHECK(found == 1);
  CHECK(set.all().size() == builtin_profiles().size());
}

TEST_CASE("profiles: patterns") {
  const auto fits = [](const std::string& pattern, const std::string& text) {
    ByteVector bytes{2, 1, 9, static_cast<std::uint8_t>(text.size())};
    append(bytes, as_bytes(text));
    const Body body(bytes);
    return matches(parsed("profile x\nelements 1\n0 text=\"" + pattern + "\" -\n")[0],
                   body.message());
  };
  CHECK(fits("ISK*", "ISK5ABC"));
  CHECK(fits("ISK*", "ISK"));
  CHECK_FALSE(fits("ISK*", "XISK"));
  CHECK(fits("########", "12345678"));
  CHECK_FALSE(fits("########", "1234567"));
  CHECK_FALSE(fits("########", "1234567a"));
  CHECK(fits("UP_#?", "UP_3f"));
  CHECK(fits("*a*b", "xaxbxaxb"));
  CHECK_FALSE(fits("*a*b", "xaxbx"));
  CHECK_FALSE(fits("AB", "AB1"));
}

TEST_CASE("profiles: places inside an element, and a skeleton that can be loaded") {
  const Body body(hex("02 03 09 02 4142 02 02 11 05 12 0006 01 01 11 01"));
  const Message message = body.message();
  CHECK(body.lines_of(body.inferred.values) ==
        Lines{"@0 octet-string", "@1 structure", "@2 array"});
  const auto profile = parsed(
      "profile x\nelements 3\n0 text 0-0:96.1.0\n1 structure -\n1.1 number 1-0:1.7.0 0 W\n"
      "1.2 number -\n2 array -\n");
  REQUIRE(matches(profile[0], message));
  // All elements inside, no more and no fewer.
  for (const char* other :
       {"02 03 09 02 4142 02 03 11 05 12 0006 11 01 01 01 11 01",
        "02 03 09 02 4142 02 01 11 05 01 01 11 01", "02 03 09 02 4142 11 05 01 00"}) {
    CAPTURE(other);
    CHECK_FALSE(matches(profile[0], Body(hex(other)).message()));
  }
  std::vector<Value> values;
  apply(profile[0], message, values);
  CHECK(body.lines_of(values) ==
        Lines{"0-0:96.1.0 octet-string", "1-0:1.7.0 5 0 27", "@1.2 6", "@2 array"});
  const std::string text = skeleton(message, 7);
  const auto suggested = parsed(text);
  REQUIRE(suggested.size() == 1);
  CHECK(suggested[0].name == "suggested-7");
  CHECK(matches(suggested[0], message));
  for (const PlaceRule& rule : suggested[0].places) CHECK_FALSE((rule.code || rule.scale));
  // So can that of every list known, and it fits.
  for (const Profile& known : builtin_profiles()) {
    if (known.by_code()) continue;
    CAPTURE(known.name);
    const Body one(body_of(known));
    const auto again = parsed(skeleton(one.message(known.tagged_time), 1));
    CHECK(matches(again[0], one.message(known.tagged_time)));
  }
  CHECK(shape_of(message) !=
        shape_of(Body(hex("02 03 09 02 4142 02 02 11 05 11 06 00")).message()));
  CHECK(shape_of(message) ==
        shape_of(Body(hex("02 03 09 01 43 02 02 11 07 12 0008 01 01 11 09")).message()));
}

TEST_CASE("profiles: a broken line says where it is and what was expected") {
  const std::string head = "profile x\nelements 2\n";
  const std::string good = head + "0 text -\n1 number 1-0:1.8.0 0 Wh # a comment\n";
  CHECK(error_of(good) == "none");
  CHECK(error_of("") == "0: no profile: 'profile NAME' was expected");
  CHECK(error_of("elements 2\n") == "1: 'elements': 'profile NAME' was expected first");
  CHECK(error_of("profile X\n") == "1: profile: one name of a-z, 0-9 and '-' was expected");
  CHECK(error_of("profile auto\n") == "1: profile: 'auto' means something else in --profile");
  CHECK(error_of(good + good) == "5: profile x: the name stands twice");
  CHECK(error_of("profile x\nelements 0\n") == "2: elements: a number from 1 to 1000 was expected");
  CHECK(error_of(head + "elements 3\n") == "3: elements stands twice");
  CHECK(error_of(head + "0 text\n") ==
        "3: a code such as 1-0:1.8.0, or '-', was expected behind the type");
  CHECK(error_of(head + "0\n").starts_with("3: the type of the place was expected"));
  CHECK(error_of(head + "0 txt -\n").starts_with("3: 'txt': a type was expected"));
  CHECK(error_of(head + "0 text=ISK -\n").starts_with("3: 'text=ISK': a type was expected"));
  CHECK(error_of(head + "0 text=\n").starts_with("3: text=: a \"pattern\""));
  CHECK(error_of(head + "0 text=\"ISK\n") == "3: a '\"' without its end");
  CHECK(error_of(head + "0 text 1.8\n") ==
        "3: '1.8': a code such as 1-0:1.8.0, or '-', was expected");
  CHECK(error_of(head + "0 text - 200\n") == "3: '200': a scaler from -128 to 127 was expected");
  CHECK(error_of(head + "0 text - 0 kWh\n") ==
        "3: 'kWh': a unit such as Wh, W, varh, A, V was expected");
  CHECK(error_of(head + "0 text - 0 Wh Wh\n") == "3: 'Wh': the end of the line was expected");
  CHECK(error_of(head + "1 text -\n0 text -\n") ==
        "4: place 0: it must stand once, behind the places before it");
  CHECK(error_of(head + "0 structure -\n0.2 text -\n") == "4: place 0.2: it must stand behind 0.1");
  CHECK(error_of(head + "0 text -\n") == "1: profile x: elements is 2, and place 1 has no line");
  CHECK(error_of(head + "0 text -\n2 text -\n") ==
        "1: profile x: elements is 2, and place 1 has no line");
  CHECK(error_of(good + "2 text -\n") ==
        "1: profile x: elements is 2, and place 3 is the first beyond them");
  CHECK(error_of(good + "3 text -\n") == "1: profile x: elements is 2, and there is a place 3");
  CHECK(error_of(head + "1000 text -\n") == "3: '1000': a place below 1000 was expected");
  CHECK(error_of(good + "gives 0 1\n") == "5: gives: a line 'test HEX' was expected before it");
  CHECK(error_of(good + "test 00\ngives 0\n") ==
        "6: gives: a code or a place, a value and perhaps a unit were expected");
  CHECK(error_of(good + "test 00\ngives x 5\n") ==
        "6: gives: 'x': a code in full (1-0:1.8.0) or a place was expected");
  CHECK(error_of(good + "time local\n") == "5: time: 'tagged' was expected");
  CHECK(error_of(good + "list 25.9.0\n") == "5: list: a code such as 0-6:25.9.0 was expected");
  CHECK(error_of(good + "sum 1-0:1.8.0\n").starts_with("5: sum: CODE = CODE"));
  CHECK(error_of(good + "sum 1-0:1.8.0 = 1-0:1.8.0 = 1-0:1.8.0\n")
            .starts_with("5: sum: '=': '+', '-' or, once, '='"));
  CHECK(error_of(good + "sum 1.8.0 = 1-0:1.8.0\n") ==
        "5: sum: '1.8.0': a code such as 1-0:1.8.0 was expected");
  CHECK(error_of(good + "sum 1-0:1.8.0 = 1-0:1.8.1\n") ==
        "1: profile x: sum: no place has the code 1-0:1.8.1");
  CHECK(error_of(good + "1.8.0 0 Wh\n") ==
        "1: profile x: with 'elements' there are no lines by code");
  CHECK(error_of("profile x\n0 text -\n").starts_with("1: profile x: 'elements COUNT'"));
  CHECK(error_of("profile x\n0 text 1-0:1.8.0\n1.8.0 0 Wh\n")
            .starts_with("1: profile x: place 0: a profile by code"));
  CHECK(error_of("profile x\n1.8.0\n") == "2: a scaler was expected behind the code");
  const std::string shape = "profile x\nlayout pairs\n";
  CHECK(error_of(shape + "1.8.0 0 Wh\n").starts_with("1: profile x: behind 'layout' a line 'with"));
  CHECK(
      error_of(shape + "without 1.8.0\n1.8.0 0 Wh\n").starts_with("1: profile x: behind 'layout'"));
  CHECK(error_of(shape + "with 1.8.0\n1.8.0 0 Wh\n") == "none");
  CHECK(error_of(shape + "with x\n") == "3: with: a code was expected: 1-0:1.8.0 or 1.8.0");
  CHECK(error_of(shape + "without\n") == "3: without: a code was expected: 1-0:1.8.0 or 1.8.0");
  CHECK(error_of(shape + "with 1.8.0 txt\n").starts_with("3: 'txt': a type was expected"));
  CHECK(error_of(shape + "with 1.8.0 number Wh\n") == "3: 'Wh': the end of the line was expected");
  CHECK(error_of(shape + "with 1.8.0 number=2\n").starts_with("3: 'number=2': a type"));
  CHECK(error_of("profile x\nlayout positional\n").starts_with("2: layout: nested, flat, pairs"));
  CHECK(error_of(good + "with 1.8.0\n") ==
        "1: profile x: with 'elements' there is no 'layout', 'with' or 'without'");
  CHECK(error_of(good + "layout pairs\n") ==
        "1: profile x: with 'elements' there is no 'layout', 'with' or 'without'");
  CHECK(error_of(good + "units Wh\n").starts_with("5: 'units': about, elements"));
}

}  // namespace meterpipe::readings
