// lib/readings/p1: telegrams of P1 ports, their values as sent, and what damage costs.
#include "readings/p1.hpp"

#include <doctest/doctest.h>

#include "support/cpu_time.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::readings {

namespace {

std::string lines(const std::string& body) { return "/ABC5\\meter\r\n\r\n" + body + "!\r\n"; }

struct Telegram {
  std::string text;  // what the views belong to
  P1Telegram telegram;
};

void read_telegram(const std::string& text, Telegram& out) {
  out.text = text;
  REQUIRE(parse_p1(as_bytes(out.text), true, out.telegram).has_value());
}

// A line's value: what was sent, until the next line is read, and its code.
struct OneValue : Sent {
  Value of;
  std::string value;
  bool is_number = false;
};
OneValue one(const std::string& line) {
  static Telegram telegram;
  read_telegram(lines(line + "\r\n"), telegram);
  REQUIRE(telegram.telegram.values.size() == 1);
  const Value& value = telegram.telegram.values[0];
  return {*value.sent, value, std::string(value.sent->value()), value.sent->is_number()};
}
std::string_view value_at(const Telegram& read, std::size_t i) {
  return read.telegram.values[i].sent->value();
}

Fault fault(const std::string& text) {
  P1Telegram telegram;
  const auto parsed = parse_p1(as_bytes(text), true, telegram);
  REQUIRE_FALSE(parsed);
  CHECK(telegram.values.empty());
  return parsed.error().fault;
}

}  // namespace

TEST_CASE("p1: numbers keep their digits and units") {
  const OneValue energy = one("1-0:1.8.1(000123.450*kWh)");
  CHECK(energy.value == "123.450");
  CHECK(energy.unit == "kWh");
  CHECK(energy.raw == "000123.450*kWh");
  CHECK(energy.is_number);
  CHECK(one("1-0:1.8.0(000000000*Wh)").value == "0");
  CHECK(one("1-0:1.7.0(00.000*kW)").value == "0.000");
  CHECK(one("1-0:16.7.0(-00.500*kW)").value == "-0.500");
  CHECK(one("1-0:16.7.0(-0*kW)").value == "0");
  CHECK(one("1-0:1.8.0(12345678901234567.890*Wh)").value == "12345678901234567.890");
  CHECK(one("0-0:96.7.21(00004)").value == "4");
  CHECK(one("0-0:96.7.21(00004)").is_number);
  CHECK(one("1.8.0(1*kWh)").of.short_code);
  CHECK(one("1-0:1.8.0*255(1*kWh)").of.obis == cosem::Obis{1, 0, 1, 8, 0, 255});
}

TEST_CASE("p1: what has no unit is text; identifiers say what their hex says") {
  CHECK_FALSE(one("0-0:96.14.0(0002)").is_number);
  CHECK(one("0-0:96.14.0(0002)").value == "0002");
  CHECK(one("1-3:0.2.8(50)").value == "50");
  CHECK(one("0-0:96.13.1()").value.empty());
  CHECK(one("0-0:96.1.1(4142433132)").value == "4142433132");
  CHECK(one("0-0:96.1.1(4142433132)").text == "ABC12");
  CHECK(one("0-0:96.1.0(123456789)").value == "123456789");
  CHECK(one("0-0:96.1.0(01ff)").value == "01ff");
  CHECK(one("0-0:96.1.0(01ff)").text.empty());
  CHECK(one("1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)").value ==
        "1)(0-0:96.7.19)(101208152415W)(0000000240*s");
}

TEST_CASE("p1: times are local, with no zone; sub-meters have their own") {
  const OneValue clock = one("0-0:1.0.0(260329030000S)");
  CHECK(clock.value == "260329030000S");
  CHECK(clock.at == "2026-03-29T03:00:00");
  CHECK(clock.is_clock);
  CHECK(clock.summer);
  CHECK_FALSE(one("0-0:1.0.0(261399030000S)").is_clock);
  const OneValue gas = one("0-1:24.2.1(101209112500W)(12785.123*m3)");
  CHECK(gas.value == "12785.123");
  CHECK(gas.unit == "m3");
  CHECK(gas.raw == "12785.123*m3");
  CHECK(gas.at == "2010-12-09T11:25:00");
  CHECK(gas.at_raw == "101209112500W");
  CHECK_FALSE(gas.summer);
  const OneValue old = one("0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00012.345)");
  CHECK(old.value == "12.345");
  CHECK(old.unit == "m3");
  CHECK(old.at == "2009-02-12T16:00:00");
}

TEST_CASE("p1: a day that is none is no time") {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int year = 0; year < 100; ++year) {
    for (int month = 0; month <= 13; ++month) {
      for (const int day : {0, 1, 28, 29, 30, 31, 32}) {
        char line[64];
        std::snprintf(line, sizeof line, "0-0:1.0.0(%02d%02d%02d113020W)", year, month, day);
        CAPTURE(line);
        const bool known = month >= 1 && month <= 12;
        const bool leap = month == 2 && year % 4 == 0;
        const int last = known ? kDays[month - 1] + (leap ? 1 : 0) : 0;
        const OneValue clock = one(line);
        CHECK(clock.is_clock == (year < 70 && day >= 1 && day <= last));
        CHECK(clock.at.empty() != clock.is_clock);
      }
    }
  }
}

TEST_CASE("p1: a sub-meter whose time is none keeps number and unit") {
  for (const std::string at : {"632525252525S", "", "101332112500W", "1012?9112500W"}) {
    CAPTURE(at);
    const OneValue gas = one("0-1:24.2.1(" + at + ")(00012.345*m3)");
    CHECK(gas.is_number);
    CHECK(gas.value == "12.345");
    CHECK(gas.unit == "m3");
    CHECK(gas.at.empty());
    CHECK(gas.at_raw == at);
    CHECK(gas.raw == "00012.345*m3");
  }
  CHECK(one("0-1:24.2.1(101209112500W)(00000.000)").is_number);
  CHECK(one("0-1:24.2.1(101209112500W)(00000.000)").value == "0.000");
  CHECK(one("0-1:24.2.1()(00000.000)").is_number);
  CHECK_FALSE(one("0-0:98.1.0(0)(00000.000*kW)").is_number);  // a log of none
}

TEST_CASE("p1: power factors have no unit; of two thresholds the first counts") {
  for (const char* code : {"13.7.0", "33.7.0", "53.7.0", "73.7.0"}) {
    const OneValue factor = one("1-0:" + std::string(code) + "(0.996)");
    CHECK(factor.is_number);
    CHECK(factor.value == "0.996");
    CHECK(factor.unit.empty());
  }
  const OneValue fuse = one("1-0:31.4.0(200.00*A)(-63*A)");
  CHECK(fuse.value == "200.00");
  CHECK(fuse.unit == "A");
  CHECK(fuse.raw == "200.00*A)(-63*A");
  CHECK(one("1-0:1.8.0()").value.empty());
}

TEST_CASE("p1: the meter's number and clock") {
  Telegram all;
  read_telegram(lines("0-0:42.0.0(414243)\r\n0-0:96.1.0(414244)\r\n0-0:1.0.0(260329030000S)\r\n"),
                all);
  CHECK(all.telegram.number == 1u);
  CHECK(all.telegram.clock == 2u);
  CHECK(all.telegram.ident == "ABC5\\meter");
  read_telegram(lines("0-0:96.1.1()\r\n0-0:42.0.0(414243)\r\n"), all);
  CHECK(all.telegram.number == 1u);
}

TEST_CASE("p1: a damaged line costs its own value") {
  for (const char* bad :
       {"1-0:1.8.1(0001?3.450*kWh)", "1-0:1.8.1(000123.450*kWh", "1-0:1.8.1", "1-0:1.8.1 (5*Wh)",
        "1-0:1.8.1(5*Wh)x", "1-0:1.8.1((5*Wh))", "(5)", "1-0:1.8.1(5*)", "1-0:1.8.1(5*Wh*W)",
        "1-0:1.8(5*Wh)", "x(5)", "1-0:1.8.300(5*Wh)", "1-0:1.8.1(\xff*Wh)", "1-0:1.8.1(\x01)",
        "1-0:1.8.0(123kWh)", "1-0:32.7.0(23?.1)", "1-0:2.8.0(5*Wh)(6*Wh)"}) {
    CAPTURE(bad);
    Telegram all;
    read_telegram(lines("1-0:1.7.0(1*W)\r\n" + std::string(bad) + "\r\n1-0:2.7.0(2*W)\r\n"), all);
    REQUIRE(all.telegram.values.size() == 2);
    CHECK(value_at(all, 0) == "1");
    CHECK(value_at(all, 1) == "2");
    REQUIRE(all.telegram.bad.size() == 1);
    CHECK(all.telegram.bad[0].number == 4);
    CHECK(as_text(all.telegram.bad[0].bytes) == bad);
  }
}

TEST_CASE("p1: checksum and end") {
  // CRC-16/ARC of "123456789" is BB3D.
  CHECK(fault("/a\r\n1-0:1.7.0(1*W)\r\n") == Fault::truncated_telegram);
  CHECK(fault("/a\r\n!12") == Fault::bad_crc);
  CHECK(fault("/a\r\n!12XY") == Fault::bad_crc);
  CHECK(fault("/a\r\n!0000") == Fault::bad_crc);
  CHECK(fault("/a\r\n!00000") == Fault::trailing_bytes);
  P1Telegram telegram;
  const std::string text = "/a\r\n1-0:1.7.0(1*W)\r\n!0000\r\n";
  CHECK(parse_p1(as_bytes(text), false, telegram).has_value());
  const auto checked = parse_p1(as_bytes(text), true, telegram);
  REQUIRE_FALSE(checked);
  char digits[5];
  std::snprintf(digits, sizeof digits, "%04X", static_cast<unsigned>(checked.error().expected));
  const std::string good = text.substr(0, text.find('!') + 1) + digits + "\r\n";
  CHECK(parse_p1(as_bytes(good), true, telegram).has_value());
  CHECK(telegram.values.size() == 1);
}

TEST_CASE("p1: any bytes are read to their end, in time, and more does not come out than went in") {
  test::Random random;
  INFO("seed ", test::seed());
  const double took = test::cpu_time([] {
    constexpr std::size_t kSize = 4'000'000;
    std::string groups;
    while (groups.size() < kSize) groups += "()";
    for (const std::string& line :
         {std::string(kSize, '('), std::string(kSize, ')'), std::string(kSize, '1'),
          "1-0:1.8.0" + std::string(kSize, '('), "1-0:99.97.0" + groups}) {
      Telegram all;
      read_telegram(lines(line + "\r\n"), all);
      CHECK(all.telegram.values.empty());
      CHECK(all.telegram.bad.size() == 1);
    }
  });
  MESSAGE("long lines: ", took, " s");
  CHECK(took < test::kMinutes);
  for (int round = 0; round < 2000; ++round) {
    std::string body;
    for (std::uint64_t i = random.below(60); i > 0; --i) {
      constexpr std::string_view kParts[] = {"1-0:1.8.0", "(",    ")",   "000.5", "*kWh",
                                             "\n",        "\r\n", "(1)", "*",     "101209112500W",
                                             "m3",        "\xc3"};
      body += kParts[random.below(12)];
    }
    const std::string text = lines(body + "\n");
    P1Telegram telegram;
    REQUIRE(parse_p1(as_bytes(text), true, telegram).has_value());
    std::size_t bytes = 0;
    for (const P1BadLine& bad : telegram.bad) bytes += bad.bytes.size();
    for (const Value& value : telegram.values) bytes += value.sent->raw.size();
    CHECK(bytes <= text.size());
  }
}

}  // namespace meterpipe::readings
