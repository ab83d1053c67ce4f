// What is no meter's message gives no reading, and the readings of others are not touched by it.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "unit/wired/folder.hpp"

namespace meterpipe::test {
namespace {

Fault refusal(const record::MbusMessage& message) {
  decode::WiredMaker maker([](decode::WiredReading&) { FAIL("no reading was expected"); });
  const auto pushed = maker.push(message);
  REQUIRE_FALSE(pushed);
  maker.finish();
  return pushed.error().fault;
}

record::MbusMessage of_frame(const char* hex) {
  record::MbusMessage message;
  message.head.src = "test";
  message.frame = *from_hex(hex);
  return message;
}

// SND_UD, a frame with a byte behind it, a short frame, nothing.
constexpr const char* kToMeter = "6803036853fd51a116";
constexpr const char* kShort =
    "105b01"
    "5c16";
// RSP_UD of 12345678-ABB-10-04 with one record of 4 bytes BCD.
constexpr const char* kAnswer =
    "68151568080172"
    "78563412"
    "4204"
    "10"
    "04"
    "01"
    "00"
    "0000"
    "0c0600000000"
    "fc16";
constexpr std::size_t kAccess = 15;

}  // namespace

TEST_CASE("wired: what is no answer of a meter is named, and gives no reading") {
  CHECK(refusal(of_frame(kToMeter)) == Fault::no_meter_message);
  CHECK(refusal(of_frame(kShort)) == Fault::no_meter_message);
  CHECK(refusal(of_frame("")) == Fault::no_meter_message);
  record::MbusMessage longer = of_frame(kAnswer);
  CHECK(make_readings({longer.frame}).readings.size() == 1);
  longer.frame.push_back(0x16);
  CHECK(refusal(longer) == Fault::no_meter_message);
}

TEST_CASE("wired: what was deciphered and is no list of records is refused as such") {
  record::MbusMessage message = of_frame(kAnswer);
  message.security.emplace();
  message.data = *from_hex("0c0600000000");
  decode::WiredMaker maker([](decode::WiredReading&) {});
  CHECK(maker.push(message));
  message.data = *from_hex("0c060000");
  CHECK(refusal(message) == Fault::record_cut);
}

TEST_CASE("wired: a telegram that nobody has verified is no part of a reading that is verified") {
  record::MbusMessage first = of_frame(kAnswer), second = first;
  first.security.emplace().auth = apdu::Auth::verified;
  first.data = *from_hex("0c06000000001f");
  ByteVector& frame = second.frame;
  ++frame[kAccess];
  ++frame[frame.size() - 2];
  std::vector<std::string> given;
  decode::WiredMaker maker([&given](decode::WiredReading& reading) {
    given.push_back(
        fmt::format("{} {} {}", apdu::name(reading.auth), reading.telegrams, reading.unfinished));
  });
  REQUIRE(maker.push(first));
  REQUIRE(maker.push(second));
  CHECK(given == std::vector<std::string>{"verified 1 true", "plain 1 false"});
}

}  // namespace meterpipe::test
