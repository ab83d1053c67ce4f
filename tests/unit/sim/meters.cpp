#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/hex.hpp"
#include "sim/simulator.hpp"
#include "sim/truth.hpp"

namespace meterpipe::sim {

namespace {

constexpr Seconds kStart = 1'772'431'200;  // 2026-03-02T06:00:00Z

SimSettings settings_of(std::string_view name) {
  SimSettings settings;
  settings.meter = find_meter(name);
  REQUIRE(settings.meter != nullptr);
  settings.start = kStart;
  settings.control = settings.meter->control;
  settings.keys = own_keys(*settings.meter, settings.meter->control.value_or(0));
  return settings;
}

}  // namespace

TEST_CASE("the meters keep the lengths of the real ones") {
  struct Case {
    const char* name;
    std::size_t plain, apdu;
    const char* length;
    std::vector<std::size_t> frames;
  };
  for (const Case& one : {Case{"kaifa-salzburg", 336, 354, "820155", {256, 120}},
                          Case{"kaifa-evn", 243, 260, "81f8", {256, 26}},
                          Case{"sagemcom-t210d", 243, 260, "81f8", {263, 19}},
                          Case{"kaifa-1phase", 260, 278, "820109", {256, 44}}}) {
    CAPTURE(one.name);
    Simulator simulator(settings_of(one.name));
    const auto message = simulator.next();
    REQUIRE(message);
    CHECK((*message)->plain.size() == one.plain);
    CHECK((*message)->apdu.size() == one.apdu);
    CHECK(to_hex((*message)->apdu).substr(20, std::string(one.length).size()) == one.length);
    std::vector<std::size_t> sizes;
    for (const ByteVector& frame : (*message)->frames) sizes.push_back(frame.size());
    CHECK(sizes == one.frames);
  }
}

TEST_CASE("each message counts on by one and is one period later") {
  SimSettings settings = settings_of("kaifa-evn");
  settings.period = 10;
  Simulator simulator(settings);
  const Message first = **simulator.next();
  const Message second = **simulator.next();
  CHECK(first.utc == kStart);
  CHECK(second.utc == kStart + 10);
  CHECK(second.counter == first.counter + 1);
  CHECK(second.invoke == ((first.invoke + 1) & 0xffffff));
  CHECK(to_hex(Bytes(first.apdu).subspan(13, 4)) != to_hex(Bytes(second.apdu).subspan(13, 4)));
  CHECK(first.plain[1] == 0x80);  // the priority bit of Netz NÖ

  // Started again later it goes on higher, as the meter it plays would.
  settings.start = kStart + 3600;
  Simulator later(settings);
  const Message third = **later.next();
  CHECK(third.counter == first.counter + 360);
  CHECK(third.values.snapshot.import_energy > first.values.snapshot.import_energy);
}

TEST_CASE("names, titles and keys are one meter's own") {
  std::set<std::string> names, titles, keys;
  for (const Meter& meter : meters()) {
    names.insert(std::string(meter.name));
    titles.insert(to_hex(meter.title));
    for (const std::uint8_t control : {std::uint8_t{0x21}, std::uint8_t{0x32}}) {
      const CipherKeys own = own_keys(meter, control);
      CHECK(own.ek.size() == key_length(control));
      CHECK(own.ak.size() == key_length(control));
      keys.insert(to_hex(own.ek));
      keys.insert(to_hex(own.ak));
    }
    CHECK(find_meter(meter.name) == &meter);
  }
  CHECK(names.size() == meters().size());
  CHECK(titles.size() == meters().size());
  CHECK(keys.size() == 4 * meters().size());
  CHECK(find_meter("kaifa") == nullptr);
}

TEST_CASE("the truth of a message") {
  SimSettings settings = settings_of("sagemcom-t210d");
  Simulator simulator(settings);
  const Message& message = **simulator.next();
  Buffer out;
  write_truth(out, settings, message);
  const std::string text(out.view());
  CHECK(text.substr(0, 61) == R"({"meter":"178299000004","title":"5341475905895444","counter":)");
  CHECK(text.find(R"("time":"2026-03-02T07:00:00+01:00","frames":2,"values":[{"pos":0,)") !=
        std::string::npos);
  CHECK(
      text.find(
          R"({"pos":34,"value":"178299000004","type":"octet-string","means":{"obis":"0-0:96.1.0"}}],"plain":"0f80)") !=
      std::string::npos);
  CHECK(text.find(R"("obis":"1-0:13.7.0","value":)") != std::string::npos);
}

}  // namespace meterpipe::sim
