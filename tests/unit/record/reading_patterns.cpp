// A reading that is read by the pattern of one before says what it says when it is split.
#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

#include "base/timestamp.hpp"
#include "decode/reading_maker.hpp"
#include "record/reading_pattern.hpp"
#include "sim/simulator.hpp"
#include "support/random.hpp"
#include "views/reading_json.hpp"

using namespace meterpipe;

namespace {

// All that a line and its record say, as texts.
std::vector<std::string> said(const record::Line& line, const record::ReadingRecord& record) {
  std::vector<std::string> all{std::string(line.text()), std::string(record::name(line.type())),
                               std::to_string(line.version())};
  const auto add = [&](auto... views) { (all.emplace_back(views), ...); };
  for (const record::Head& head : {line.head(), record.head}) {
    add(head.ts, head.src, std::to_string(head.seq.value_or(0)), head.seq ? "seq" : "");
  }
  for (const json::Field& field : line.fields()) add(field.key, field.raw);
  add(record.id, record.meter, record.time, record.auth, record.layout, record.invoke,
      record.title());
  for (const record::ReadingValue& v : record.values) {
    add(v.obis, v.pos, v.name, v.value, v.hex, v.text, v.unit, v.type, v.scaler, v.attr, v.at);
    CHECK_FALSE(v.unchanged);
  }
  return all;
}

std::vector<std::string> lines_of(const sim::Meter& meter, int count) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.start = sim::kFirstStart + 86400 * 700;
  settings.period = 60;
  sim::Simulator simulator(settings);
  decode::ReadingMaker maker{readings::ProfileSet(), {}};
  views::ReadingJson json{cosem::NameFormat{}};
  std::vector<std::string> lines;
  for (int n = 1; n <= count; ++n) {
    const auto message = simulator.next();
    REQUIRE(message);
    const std::string ts = format_timestamp((*message)->sent * 1'000'000 + n);
    record::ApduRecord record;
    record.head = {ts, "port", static_cast<std::uint64_t>(n)};
    record.bytes = (*message)->plain;
    const auto made = maker.make(record, apdu::Auth::plain);
    REQUIRE(made);
    Buffer out;
    json.write(out, **made);
    lines.emplace_back(out.view().substr(0, out.size() - 1));
  }
  return lines;
}

// One character is another, is gone or is doubled; or the whole stays.
std::string changed(std::string line, test::Random& random) {
  constexpr std::string_view kOthers = "0123456789.-\"\\,{}[]aeE x\x80\n";
  const std::size_t at = random.below(line.size());
  switch (random.below(5)) {
    case 0: line[at] = kOthers[random.below(kOthers.size())]; break;
    case 1: line.erase(at, 1); break;
    case 2: line.insert(at, 1, line[at]); break;
    case 3: line.insert(at, 1, kOthers[random.below(kOthers.size())]); break;
    default: break;
  }
  return line;
}

}  // namespace

TEST_CASE("readings by pattern say what they say when they are split") {
  test::Random random;
  INFO("seed ", test::seed());
  std::size_t all = 0, by_pattern = 0, whole = 0, whole_by_pattern = 0;
  for (const sim::Meter& meter : sim::meters()) {
    record::ReadingPatterns patterns;
    for (const std::string& line : lines_of(meter, 30)) {
      for (int i = 0; i < 20; ++i) {
        const std::string text = i == 0 ? line : changed(line, random);
        record::Line split, like;
        record::ReadingRecord record, quick;
        const bool fits = patterns.read(text, like, quick);
        const bool good = split.parse(text) && record::read(split, record);
        ++all, by_pattern += fits ? 1 : 0;
        whole += i == 0 ? 1 : 0, whole_by_pattern += i == 0 && fits ? 1 : 0;
        if (good && i == 0) patterns.learn(split, record);
        if (!fits) continue;
        INFO(text);
        REQUIRE(good);
        CHECK(said(like, quick) == said(split, record));
      }
    }
  }
  MESSAGE("counted: ", by_pattern, " of ", all, " lines by a pattern; of unchanged ones ",
          whole_by_pattern, " of ", whole);
  CHECK(whole_by_pattern > whole / 2);
}
