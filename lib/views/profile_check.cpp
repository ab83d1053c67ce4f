#include "views/profile_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "decode/reading_maker.hpp"
#include "record/fault_text.hpp"
#include "record/reading_record.hpp"
#include "views/reading_json.hpp"

namespace meterpipe::views {
namespace {

std::string shown(std::string_view value, std::string_view unit) {
  return fmt::format("{}{}{}", value, unit.empty() ? "" : " ", unit);
}

// What a value of a record is in the words of a profile's file: digits, or a text without quotes.
std::string text_of(record::Line& line, const record::ReadingValue& value) {
  if (value.value.empty()) return value.hex.empty() ? "null" : std::string(value.hex);
  if (value.value.front() != '"') return std::string(value.value);
  return std::string(line.text_of(value.value).value_or(value.value));
}

void look_at(const readings::Profile& profile, const readings::ProfileTest& test,
             ProfileCheck& check) {
  readings::ProfileSet set;
  set.add(profile);
  set.prefer(profile.name);
  decode::ReadingMaker maker(std::move(set), {});
  record::ApduRecord record;
  record.bytes = test.message;
  const auto wrong = [&](std::size_t at, std::string_view what) {
    check.wrong.push_back(fmt::format("line {}: {}", at, what));
  };
  const auto reading = maker.make(record, apdu::Auth::plain);
  if (!reading) return wrong(test.line, record::describe(reading.error()));
  if ((*reading)->profile != profile.name) {
    return wrong(test.line, maker.choice().refused ? "its sums contradict the values"
                                                   : "the message does not fit this profile");
  }
  Buffer out;
  ReadingJson({}).write(out, **reading);
  record::Line line;
  record::ReadingRecord values;
  if (!line.parse(out.view()) || !record::read(line, values)) {
    return wrong(test.line, "what comes out cannot be read");
  }
  if (test.gives.empty()) wrong(test.line, "no line says what it gives");
  for (const readings::ProfileTest::Given& given : test.gives) {
    ++check.values;
    const auto found =
        std::ranges::find_if(values.values, [&given](const record::ReadingValue& value) {
          return value.obis.empty() ? value.pos == given.key : value.obis == given.key;
        });
    if (found == values.values.end()) {
      wrong(given.line, given.key + " is not among the values");
      continue;
    }
    const std::string text = text_of(line, *found);
    if (text != given.value || found->unit != given.unit) {
      wrong(given.line, fmt::format("{} is {}, {} expected", given.key, shown(text, found->unit),
                                    shown(given.value, given.unit)));
    }
  }
}

}  // namespace

ProfileCheck check(const readings::Profile& profile) {
  ProfileCheck result;
  for (const readings::ProfileTest& test : profile.tests) {
    ++result.tests;
    look_at(profile, test, result);
  }
  return result;
}

}  // namespace meterpipe::views
