// That plans are made and used: what they write is held against the general way by plan-check.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/timestamp.hpp"
#include "decode/reading_maker.hpp"
#include "record/records.hpp"
#include "sim/simulator.hpp"
#include "views/reading_json.hpp"
#include "views/reading_plan.hpp"

using namespace meterpipe;

namespace {

std::string record_of(const sim::Message& message, int n) {
  const std::string ts = format_timestamp(message.sent * 1'000'000 + n);
  record::ApduRecord record;
  record.head = {ts, "port", static_cast<std::uint64_t>(n)};
  record.bytes = message.plain;
  if (n % 2 == 0) {  // as a ciphered one
    apdu::Security& security = record.security.emplace();
    security.service = "general-glo-ciphering";
    security.title.assign(message.title);
    security.counter = message.counter;
    security.auth = apdu::Auth::none;
  }
  Buffer text;
  record::write(text, record);
  return std::string(text.view().substr(0, text.size() - 1));
}

struct Decoder {
  // Whether a plan wrote it.
  bool decode(const std::string& text) {
    out.clear();
    if (plans.write(text, out)) return true;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, record));
    const apdu::Auth auth = record.security ? record.security->auth : apdu::Auth::plain;
    const auto made = maker.make(record, auth);
    REQUIRE(made);
    views::Spots spots;
    json.write(out, **made, &spots);
    if (maker.choice().rival != nullptr || maker.choice().refused) return false;
    const ByteVector apdu = record.bytes;
    plans.learn(line, **made, out.view(), spots, [&](Bytes other, Buffer& to) {
      record.bytes.assign(other.begin(), other.end());
      const auto again = maker.make(record, auth);
      if (!again || (*again)->depends_on_more) return false;
      json.write(to, **again);
      return true;
    });
    return false;
  }

  static readings::ProfileSet profiles() {
    readings::ProfileSet set;
    set.use_builtin();
    return set;
  }

  decode::ReadingMaker maker{profiles(), {}};
  views::ReadingJson json{cosem::NameFormat{}};
  views::ReadingPlans plans;
  record::Line line;
  record::ApduRecord record;
  Buffer out;
};

sim::Simulator simulator_of(const sim::Meter& meter) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.start = sim::kFirstStart + 86400 * 700;
  settings.period = 60;
  return sim::Simulator(settings);
}

}  // namespace

TEST_CASE("a message like one before is written from its plan") {
  int meters = 0, all = 0, by_plan = 0;
  for (const sim::Meter& meter : sim::meters()) {
    sim::Simulator simulator = simulator_of(meter);
    Decoder decoder;
    int hits = 0;
    for (int n = 1; n <= 60; ++n) {
      const auto message = simulator.next();
      REQUIRE(message);
      hits += decoder.decode(record_of(**message, n)) ? 1 : 0;
    }
    // What changes but for numbers and clocks makes no plan, nor what the standard does not know.
    meters += hits >= 50 ? 1 : 0;
    all += 60;
    by_plan += hits;
  }
  MESSAGE("counted: ", by_plan, " of ", all, " messages of ", sim::meters().size(),
          " meters by a plan; nearly all of ", meters, " meters");
  CHECK(meters >= 20);
}

TEST_CASE("two hundred meters in turn have their plans") {
  sim::Simulator simulator = simulator_of(sim::meters()[0]);
  Decoder decoder;
  int hits = 0;
  for (int n = 0; n < 2'000; ++n) {
    const auto message = simulator.next();
    REQUIRE(message);
    std::string text = record_of(**message, 2 * n);
    const std::string port = "port" + std::to_string(n % 200);
    text.replace(text.find("\"port\""), 6, '"' + port + '"');
    const std::size_t title = text.find("\"title\":\"") + 9;
    text.replace(title, 6, std::to_string(100'000 + n % 200));
    hits += n >= 1'000 && decoder.decode(text) ? 1 : 0;
    if (n < 1'000) decoder.decode(text);
  }
  CHECK(hits == 1000);
}

namespace {

// Each hex as the plans write it and as it is written without them.
void holds_for(const std::vector<std::string>& apdus, int fewest_by_plan) {
  Decoder with_plans;
  int by_plan = 0;
  for (const std::string& hex : apdus) {
    const std::string text = R"({"v":1,"t":"apdu","src":"port","seq":7,"hex":")" + hex + "\"}";
    by_plan += with_plans.decode(text) ? 1 : 0;
    Decoder general;
    general.decode(text);
    CHECK(with_plans.out.view() == general.out.view());
  }
  CHECK(by_plan >= fewest_by_plan);
}

std::string byte(int value) { return fmt::format("{:02x}", value); }

}  // namespace

TEST_CASE("summer time contradicts in some months only") {
  std::vector<std::string> apdus;
  for (int month = 1; month <= 12; ++month) {
    const std::string clock = "07ea" + byte(month) + "0301081e0000ff8800";
    apdus.push_back("0f000000010c" + clock + "020209060100010800ff0600000" + byte(month) + "0");
  }
  holds_for(apdus, 10);
}

TEST_CASE("a meter number that is a number names the meter") {
  std::vector<std::string> apdus;
  for (int n = 1; n <= 12; ++n) {
    apdus.push_back(
        "0f0000000100020202020906"
        "0000600100ff06000003" +
        byte(n / 4) +
        "02020906"
        "0100010800ff060000ff" +
        byte(n));
  }
  holds_for(apdus, 7);
}

TEST_CASE("more digits than a double carries have their exact text") {
  std::vector<std::string> apdus;
  for (int n = 0; n < 20; ++n) {
    apdus.push_back(
        "0f0000000100020102020906"
        "0100010800ff15" +
        byte(n % 8) + "0012345678" + byte(n) + "00");
  }
  holds_for(apdus, 1);
}

TEST_CASE("a profile that is chosen by a number is asked each time") {
  sim::Simulator simulator =
      simulator_of(*std::ranges::find(sim::meters(), "e360-swiss", &sim::Meter::name));
  const auto message = simulator.next();
  REQUIRE(message);
  ByteVector apdu = (*message)->plain;
  // The voltage of L1, long-unsigned in 0.1 V: the first number between 2000 and 2999.
  std::size_t at = 0;
  const auto number = [&] { return apdu[at + 1] << 8 | apdu[at + 2]; };
  while (apdu[at] != 0x12 || number() < 2000 || number() > 2999) ++at;
  std::vector<std::string> apdus;
  for (const int tenths : {0, 0, 1999, 2300, 2301, 0, 2302}) {
    apdu[at + 1] = static_cast<std::uint8_t>(tenths >> 8);
    apdu[at + 2] = static_cast<std::uint8_t>(tenths);
    apdus.push_back(to_hex(apdu));
  }
  holds_for(apdus, 0);
}

TEST_CASE("a local time that changes has a plan, and is text where its bytes are") {
  sim::Simulator simulator =
      simulator_of(*std::ranges::find(sim::meters(), "am550-kaernten", &sim::Meter::name));
  const auto message = simulator.next();
  REQUIRE(message);
  const std::string hex = to_hex((*message)->plain);
  const std::string time = "0904";  // of 1-0:0.9.1, an octet-string of four bytes
  const std::size_t at = hex.find(time) + time.size();
  REQUIRE(hex.find(time, at) == hex.npos);
  std::vector<std::string> apdus;
  for (int n = 0; n < 10; ++n) {
    apdus.push_back(hex);
    apdus.back().replace(at, 8, "07" + byte(n) + "3b00");
  }
  for (const char* octets :
       {"31323334", "31322020", "00000000", "20202020", "31003200", "ffffffff"}) {
    apdus.push_back(hex);
    apdus.back().replace(at, 8, octets);
  }
  holds_for(apdus, 10);
}
