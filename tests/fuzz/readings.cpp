// From an APDU or a telegram to a reading (lib/readings, lib/decode): it does not depend on what
// came before; each value comes out in every form of output; what was written is a record.
#include <string>

#include "decode/reading_maker.hpp"
#include "fuzz/fuzz.hpp"
#include "json/fields.hpp"
#include "readings/p1.hpp"
#include "readings/profile_parser.hpp"
#include "record/reading_record.hpp"
#include "support/json_tree.hpp"
#include "views/reading_columns.hpp"
#include "views/reading_json.hpp"

namespace meterpipe::fuzz {

namespace {

readings::ProfileSet profiles() {
  readings::ProfileSet set;
  set.use_builtin();
  return set;
}

struct Maker {
  decode::ReadingMaker maker{profiles(), {}};
  views::ReadingJson json{cosem::NameFormat{}};
  views::ReadingText text{cosem::NameFormat{}};
  views::ReadingCsv csv{cosem::NameFormat{}};

  // Empty: there is no reading in it.
  std::string make(const record::ApduRecord& record, std::size_t* values = nullptr) {
    const auto made = maker.make(record, apdu::Auth::plain);
    if (!made) return {};
    Buffer out, text_out, csv_out;
    json.write(out, **made);
    text.write(text_out, **made);
    csv.write(csv_out, **made);
    if (values != nullptr) *values = (*made)->values->size();
    return std::string(out.view()) + "\f" + std::string(text_out.view()) + "\f" +
           std::string(csv_out.view());
  }
};

void check_line(std::string_view text, std::size_t values) {
  CAPTURE(text);
  REQUIRE(text.back() == '\n');
  record::Line line;
  REQUIRE(line.parse(text.substr(0, text.size() - 1)).has_value());
  REQUIRE(line.type() == record::Type::reading);
  record::ReadingRecord reading;
  REQUIRE(record::read(line, reading).has_value());
  REQUIRE(reading.values.size() == values);
}

}  // namespace

void check(Bytes input) {
  // One that has seen everything before, and one that has seen nothing.
  static Maker old;
  Maker fresh;
  record::ApduRecord record;
  record.head.src = "port";
  record.bytes.assign(input.begin(), input.end());
  std::size_t values = 0;
  const std::string first = fresh.make(record, &values);
  REQUIRE(old.make(record) == first);
  if (const auto profile = fresh.maker.suggest(record)) {
    if (!profile->empty()) REQUIRE(readings::parse_profiles(*profile).has_value());
  }
  if (!first.empty()) check_line(std::string_view(first).substr(0, first.find('\f')), values);

  if (!readings::is_p1(input)) return;
  readings::P1Telegram telegram;
  for (const bool with_crc : {true, false}) {
    if (!readings::parse_p1(input, with_crc, telegram)) continue;
    REQUIRE(telegram.sent.size() <= input.size());
    for (const readings::P1BadLine& bad : telegram.bad) {
      REQUIRE(bad.bytes.data() >= input.data());
      REQUIRE(bad.bytes.data() + bad.bytes.size() <= input.data() + input.size());
    }
    if (telegram.clock) REQUIRE(*telegram.clock < telegram.values.size());
    if (telegram.number) REQUIRE(*telegram.number < telegram.values.size());
  }
}

}  // namespace meterpipe::fuzz
