// The whole chain: an input of any form -> frames -> APDUs -> deciphered -> readings -> lines ->
// obis-mqtt's intake. Each reading is a record that the next program reads, with all of its values,
// and where the input was cut does not matter.
#include <string>

#include "flow/intake.hpp"
#include "flow/publisher.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/keys.hpp"
#include "support/anonymised.hpp"
#include "support/templates.hpp"

namespace meterpipe::fuzz {

namespace {

struct Seen {
  std::vector<std::string> readings;
  std::vector<ByteVector> apdus;
  int errors = 0;
};

Seen read(std::string_view text, const std::vector<std::size_t>& cuts) {
  test::Seen seen(key_lines());
  record::InputSplitter splitter(record::Form::automatic, seen);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    splitter.push(text.substr(from, cut - from));
    from = cut;
  }
  splitter.push(text.substr(from));
  splitter.finish();
  seen.source.finish();
  Seen out{{}, std::move(seen.apdus), seen.errors};
  for (const test::Json& one : seen.readings) out.readings.push_back(one.raw());
  return out;
}

struct Counted final : flow::Stage {
  std::size_t readings = 0, values = 0;
  void reading(record::Line&, record::ReadingRecord& reading, state::Meter&) override {
    ++readings;
    values += reading.values.size();
  }
  void error(record::Line&, state::Meter&) override {}
  void refused(record::Line&, const record::ReadingRecord&, state::Meter&,
               std::string_view) override {}
  void end() override {}
};

}  // namespace

void check(Bytes input) {
  const std::string_view text = as_text(input);
  const Seen whole = read(text, {});
  REQUIRE(whole.readings.size() <= whole.apdus.size());
  std::string lines;
  std::size_t values = 0;
  for (const std::string& one : whole.readings) {
    CAPTURE(one);
    const test::Json reading = test::Json::parse(one);
    REQUIRE(reading["t"].text() == "reading");
    values += reading["values"].elements().size();
    lines += one + "\n";
  }
  state::Meters meters;
  Counted counted;
  const flow::Observers observers;
  flow::MeterNames names(meters, counted, observers);
  flow::Intake intake(names, std::nullopt, {[] { return true; }, [] {}});
  record::LineSplitter splitter(intake);
  splitter.push(lines);
  splitter.finish();
  REQUIRE(counted.readings == whole.readings.size());
  REQUIRE(counted.values == values);
  REQUIRE(intake.bad_lines() == 0);

  const Seen cut = read(text, cuts_of(input));
  REQUIRE(cut.apdus == whole.apdus);
  REQUIRE(cut.readings == whole.readings);
}

}  // namespace meterpipe::fuzz
