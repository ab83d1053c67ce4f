// The short way of a message like the last one (lib/views/reading_plan): what a plan writes is what
// the general way writes, whatever bytes differ.
#include <string>

#include "base/timestamp.hpp"
#include "decode/reading_maker.hpp"
#include "fuzz/fuzz.hpp"
#include "record/records.hpp"
#include "views/reading_json.hpp"
#include "views/reading_plan.hpp"

namespace meterpipe::fuzz {

namespace {

readings::ProfileSet profiles() {
  readings::ProfileSet set;
  set.use_builtin();
  return set;
}

struct General {
  decode::ReadingMaker maker{profiles(), {}};
  views::ReadingJson json{cosem::NameFormat{}};

  decode::DecodedMessage* make(const record::ApduRecord& record) {
    const auto made = maker.make(record, apdu::Auth::plain);
    return made ? *made : nullptr;
  }
};

// As cosem-decode does it.
struct Planned {
  General general;
  views::ReadingPlans plans;
  record::Line line;
  record::ApduRecord record;

  // Whether a plan has written it.
  bool decode(const std::string& text, Buffer& out) {
    if (plans.write(text, out)) return true;
    REQUIRE(line.parse(text).has_value());
    REQUIRE(record::read(line, record).has_value());
    decode::DecodedMessage* made = general.make(record);
    if (made == nullptr) return false;
    views::Spots spots;
    general.json.write(out, *made, &spots);
    if (general.maker.choice().rival != nullptr || general.maker.choice().refused) return false;
    plans.learn(line, *made, out.view(), spots, [&](Bytes other, Buffer& to) {
      record.bytes.assign(other.begin(), other.end());
      decode::DecodedMessage* again = general.make(record);
      if (again == nullptr || again->depends_on_more) return false;
      general.json.write(to, *again);
      return true;
    });
    return false;
  }
};

std::string record_of(Bytes apdu, std::uint64_t n) {
  const std::string ts = format_timestamp(1'795'000'000'000'000 + static_cast<Micros>(n));
  record::ApduRecord record;
  record.head = {ts, "port", n};
  record.bytes.assign(apdu.begin(), apdu.end());
  Buffer text;
  record::write(text, record);
  return std::string(text.view().substr(0, text.size() - 1));
}

}  // namespace

void check(Bytes input) {
  if (input.empty()) return;
  General general;
  Planned planned;
  test::Random random = chance_of(input);
  ByteVector apdu(input.begin(), input.end());
  for (std::uint64_t n = 1; n <= 12; ++n) {
    const std::string text = record_of(apdu, n);
    CAPTURE(text);
    Buffer out, expected;
    const bool by_plan = planned.decode(text, out);
    record::Line line;
    record::ApduRecord record;
    REQUIRE(line.parse(text).has_value());
    REQUIRE(record::read(line, record).has_value());
    decode::DecodedMessage* made = general.make(record);
    if (made == nullptr) REQUIRE_FALSE(by_plan);
    if (made != nullptr) general.json.write(expected, *made);
    REQUIRE(out.view() == expected.view());
    // The next one differs in a byte or some.
    for (std::uint64_t i = random.between(1, 3); i > 0; --i) {
      apdu[random.below(apdu.size())] = random.byte();
    }
    if (random.one_in(2)) apdu.assign(input.begin(), input.end());
    if (random.one_in(2))
      apdu[apdu.size() - 1 - random.below(std::min<std::size_t>(apdu.size(), 40))] ^= 1;
  }
}

}  // namespace meterpipe::fuzz
