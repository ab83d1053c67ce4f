// lib/readings/p1: telegrams of P1 ports, their values as sent, and what damage costs.
#include "readings/p1.hpp"

#include <doctest/doctest.h>

#include "cosem/names.hpp"
#include "readings/p1_words.hpp"
#include "readings/shown.hpp"
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
  CHECK(one("0-0:96.9.9(1)(0-0:96.7.19)(x)").value == "1)(0-0:96.7.19)(x");
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

TEST_CASE("p1: the forms of a time behind a value, and what is none of them") {
  const auto iso = [](std::string_view text) {
    const auto time = p1_time_behind(text);
    return time ? time->iso : std::string("none");
  };
  CHECK(iso("2111051745") == iso("21-11-05 17:45"));
  CHECK(iso("21-11-05 17:45") == iso("21-11-05 17:45:00"));
  CHECK(iso("21-11-05 17:45").starts_with("2021-11-05T17:45:00"));
  for (const char* wrong :
       {"21-11-05T17:45", "21-11-05 17.45", "21-1x-05 17:45", "21-11-05 17:45:0x"}) {
    CHECK(iso(wrong) == "none");
  }
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
}

TEST_CASE("p1: a sub-meter that was not read has no value, and no 0") {
  for (const std::string line :
       {"0-1:24.2.1(632525252525S)(00000.000)", "0-1:24.2.1(700101010000W)(00000000)",
        "0-2:24.2.3(632525252525W)(00000.000*m3)", "0-1:24.2.1(632525252525)(00000.000)",
        "0-1:24.3.0(632525252525)(08)(60)(1)(0-1:24.2.1)(m3)\r\n(00000.000)",
        "0-1:24.3.0(632525252525)(08)(60)(1)(0-1:24.2.1)(m3)(00000.000)"}) {
    CAPTURE(line);
    const OneValue gas = one(line);
    CHECK(gas.is_nothing);
    CHECK_FALSE(gas.is_number);
    CHECK(gas.unit.empty());
    CHECK_FALSE(gas.raw.empty());
    CHECK_FALSE(gas.at_raw.empty());
    CHECK(shown_of(gas).as == ShownAs::null);
    CHECK(shown_of(gas).word() == "null");
  }
  CHECK(one("0-1:24.2.1(632525252525S)()").is_nothing);
  // A new meter, one whose time is missing or damaged, and what is no sub-meter's counter.
  for (const std::string line :
       {"0-1:24.2.1(101209112500W)(00000.000*m3)", "0-1:24.2.1()(00000.000*m3)",
        "0-1:24.2.1(63252525?525S)(00000.000*m3)", "0-1:24.2.1(632525252525S)(00000.001)",
        "1-0:1.6.0(632525252525S)(00.000*kW)"}) {
    CAPTURE(line);
    CHECK_FALSE(one(line).is_nothing);
    CHECK(one(line).is_number);
  }
}

TEST_CASE("p1: a log of none is no number") {
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

TEST_CASE("p1: units as we write them, with a star, with a blank or with nothing before them") {
  struct Case {
    std::string line;
    std::string_view value, unit;
  };
  for (const Case& is : {
           Case{"1-0:1.8.0(000001.000*kWh )", "1.000", "kWh"},
           {"1-0:1.8.0(000001.000* kWh)", "1.000", "kWh"},
           {"1-0:1.8.0(000001.000kWh)", "1.000", "kWh"},
           {"1-0:1.8.0(000001.000 KWH)", "1.000", "kWh"},
           {"1-0:1.8.1(000001.000*Kwh)", "1.000", "kWh"},
           {"1-0:16.7.0(-00.5kW)", "-0.5", "kW"},
           {"1-0:3.8.0(000001.000*kVArh)", "1.000", "kvarh"},
           {"1-0:3.7.0(0000.314*kVAr)", "0.314", "kvar"},
           {"1-0:14.7.0(49.99*HZ)", "49.99", "Hz"},
           {"1-0:32.7.0(230.1*v)", "230.1", "V"},
           {"1-0:31.7.0(001*a)", "1", "A"},
           {"1-0:1.7.0(5*mW)", "5", "mW"},
           {"1-0:1.7.0(5*MW)", "5", "MW"},
           {"1-0:1.7.0(5*mw)", "5", "mw"},
           {"1-0:1.8.0(5*parsec)", "5", "parsec"},
           {"0-0:17.0.0(90.000kW)", "90.000", "kW"},
           {"0-1:24.2.1(101209112500W)(12785.123*m\xc2\xb3)", "12785.123", "m3"},
           {"0-1:24.2.1(101209112500W)(12785.123*m\xb3)", "12785.123", "m3"},
           {"0-1:24.2.1(101209112500W)(12785.123M3)", "12785.123", "m3"},
           {"0-1:24.2.1(101209112500W)(12785*dm\xb3)", "12785", "dm3"},
           {"7-0:3.1.0(12785 m3)", "12785", "m3"},
           {"7-0:41.0.0(12.5*degC)", "12.5", "°C"},
           {"1-0:4.7.0(00.007)", "0.007", ""},
       }) {
    CAPTURE(is.line);
    const OneValue read = one(is.line);
    CHECK(read.is_number);
    CHECK(read.value == is.value);
    CHECK(read.unit == is.unit);
  }
  // What may be a name keeps its letters.
  CHECK_FALSE(one("0-0:96.1.0(123A)").is_number);
  CHECK_FALSE(one("0-0:96.13.0(5min)").is_number);
  CHECK_FALSE(one("1-0:0.2.0(12V)").is_number);
}

TEST_CASE("p1: a value may stand before its time") {
  for (const char* code : {"1-0:1.6.0", "0-7:24.2.1", "7-0:3.1.0", "1.6.1"}) {
    for (const auto& [sent, at] : {std::pair("260102010000", "2026-01-02T01:00:00"),
                                   {"260702010000S", "2026-07-02T01:00:00"},
                                   {"2601020115", "2026-01-02T01:15:00"},
                                   {"26-01-02 01:15", "2026-01-02T01:15:00"},
                                   {"26-01-02 01:15:30", "2026-01-02T01:15:30"},
                                   {"2026-01-02 01:15", "2026-01-02T01:15:00"},
                                   {"2026-01-02 01:15:30", "2026-01-02T01:15:30"},
                                   {"02601020115", "2026-01-02T01:15:00"},
                                   {"0260102011530", "2026-01-02T01:15:30"},
                                   {"22601020115", ""},
                                   {"000000000000", ""},
                                   {"0000000000", ""},
                                   {"0000000000000", ""},
                                   {"00-00-00 00:00", ""},
                                   {"2009-10-31", ""},
                                   {"09.11.05 17:45", ""},
                                   {"09-11-05,17:45", ""},
                                   {"", ""}}) {
      const std::string line = std::string(code) + "(08.796*kW)(" + sent + ")";
      CAPTURE(line);
      const OneValue peak = one(line);
      CHECK(peak.is_number);
      CHECK(peak.value == "8.796");
      CHECK(peak.unit == "kW");
      CHECK(peak.raw == "08.796*kW");
      CHECK(peak.at == at);
      CHECK(peak.at_raw == sent);
      CHECK(peak.summer == (std::string_view(sent).ends_with('S')));
    }
  }
}

TEST_CASE("p1: what is measured is a number before its time, with a unit or without one") {
  const OneValue before = one("1-1:1.6.1*18(28.74)(1701121445)");
  CHECK(before.is_number);
  CHECK(before.value == "28.74");
  CHECK(before.unit.empty());
  CHECK(before.raw == "28.74");
  CHECK(before.at == "2017-01-12T14:45:00");
  CHECK(one("1.6.1*02(00.00)(0000000000)").is_number);
  const OneValue summer = one("1.6.1(0.482*kW)(1190711111500)");
  CHECK(summer.at == "2019-07-11T11:15:00");
  CHECK(summer.summer);
  CHECK_FALSE(one("1.6.1(0.482*kW)(0190111111500)").summer);
  // Which of two numbers is the value, and what a word behind it means, nobody says.
  for (const char* line : {"1.8.0(0001)(0002)", "1.8.0(0911051745)(0000000000)", "1.8.0(1*kWh)(x)",
                           "1.8.0(1*kWh)(12345)", "0.1.0(05)(0911051745)"}) {
    CAPTURE(line);
    CHECK_FALSE(one(line).is_number);
  }
}

TEST_CASE("p1: of a load profile the first row is not its value") {
  Telegram all;
  read_telegram(lines("P.01(0911051745)(00000000)(15)(1)(1.5)(kW)\r\n(0.123)\r\n(0.124)\r\n"), all);
  REQUIRE(all.telegram.values.size() == 1);
  CHECK_FALSE(all.telegram.sent[0].is_number());
  CHECK(all.telegram.sent[0].raw == "0911051745)(00000000)(15)(1)(1.5)(kW");
  REQUIRE(all.telegram.bad.size() == 1);
  CHECK(as_text(all.telegram.bad[0].bytes) == "(0.123)\r\n(0.124)");
}

TEST_CASE("p1: the codes of a heat meter are none of electricity") {
  const std::string heat =
      "6.8(0328.872*MWh)6.26(03329.65*m3)9.21(12345678)\r\nF(0)9.20(12345678)6.35(60*m)\r\n"
      "6.33(000.936*m3ph)9.4(096.1*C&060.2*C)6.31(0109182*h)9.6(000&12345678&0)\r\n";
  Telegram all;
  read_telegram(lines(heat), all);
  CHECK(all.telegram.bad.empty());
  REQUIRE(all.telegram.values.size() == 10);
  const auto code = [&](std::size_t i) { return *all.telegram.values[i].obis; };
  CHECK(code(0) == cosem::Obis{6, 0, 6, 8, 0, 255});
  CHECK(all.telegram.values[0].short_code);
  CHECK(cosem::name_of(code(0), {}).empty());
  CHECK(value_at(all, 0) == "328.872");
  CHECK(code(2) == cosem::Obis{6, 0, 9, 21, 0, 255});
  CHECK(code(3) == cosem::Obis{1, 0, 97, 97, 0, 255});
  CHECK(all.telegram.sent[5].unit == "min");
  CHECK(all.telegram.sent[6].unit == "m3/h");
  CHECK(value_at(all, 7) == "096.1*C&060.2*C");
  // With energy of electricity it is that meter's, in whatever unit.
  read_telegram(lines("1.8.0(1*kWh)6.8.0(2*kWh)\r\n"), all);
  CHECK(code(1) == cosem::Obis{1, 0, 6, 8, 0, 255});
  read_telegram(lines("6.8.0(2*kvarh)\r\n"), all);
  CHECK(code(0) == cosem::Obis{1, 0, 6, 8, 0, 255});
}

TEST_CASE("p1: an empty line behind STX is none") {
  CHECK(one("\x02\r\n31.6(002.67*A)").value == "2.67");
}

TEST_CASE("p1: an acknowledgement before STX is none of the meter's lines") {
  const std::string ack =
      "\x06"
      "050\r\n";
  Telegram all;
  read_telegram("/ABC5\\meter\r\n" + ack + "\x02" + "1.8.0(5*kWh)\r\n!\r\n", all);
  CHECK(all.telegram.bad.empty());
  REQUIRE(all.telegram.values.size() == 1);
  CHECK(value_at(all, 0) == "5");
  // At its place alone.
  read_telegram("/ABC5\\meter\r\n1.8.0(5*kWh)\r\n" + ack + "!\r\n", all);
  CHECK(all.telegram.bad.size() == 1);
}

TEST_CASE("p1: the mark of an answer of mode C may stand behind its last value") {
  std::string body = "1.8.0(5*kWh)\r\n2.8.0(6*kWh)!\r\n\x03";
  char bcc = 0;
  for (const char c : body) bcc = static_cast<char>(bcc ^ c);
  Telegram all;
  read_telegram("/ABC5\\meter\r\n\x02" + body + bcc, all);
  CHECK(all.telegram.bad.empty());
  REQUIRE(all.telegram.values.size() == 2);
  CHECK(value_at(all, 1) == "6");
  // Without ETX and BCC it is no end.
  const std::string push = "/ABC5\\meter\r\n\r\n1.8.0(5*kWh)!\r\n";
  const auto parsed = parse_p1(as_bytes(push), true, all.telegram);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().fault == Fault::truncated_telegram);
}

TEST_CASE("p1: codes with letters, without a tariff, with F behind a dot") {
  const auto code = [](const std::string& text) {
    const OneValue read = one(text + "(5)");
    CHECK(read.value == "5");
    return (read.of.short_code ? "short " : "") + cosem::to_string(*read.of.obis);
  };
  CHECK(code("C.1.0") == "short 1-0:96.1.0");
  CHECK(code("F.F") == "short 1-0:97.97.0");
  CHECK(code("F.F.0") == "short 1-0:97.97.0");
  CHECK(code("0.0") == "short 1-0:0.0.0");
  CHECK(code("0.0.0") == "short 1-0:0.0.0");
  CHECK(code("L.1.0") == "short 1-0:98.1.0");
  CHECK(code("P.01") == "short 1-0:99.1.0");
  CHECK(code("32.7") == "short 1-0:32.7.0");
  CHECK(code("1-0:C.1.0") == "1-0:96.1.0");
  CHECK(code("21.7.0.255") == "short 1-0:21.7.0");
  CHECK(code("1-0:21.7.0.255") == "1-0:21.7.0");
  CHECK(code("1-0:1.8.0.1") == "1-0:1.8.0*1");
  CHECK(code("1-0:1.8.0*01") == "1-0:1.8.0*1");
  CHECK(code("1.6.0&02") == "short 1-0:1.6.0*2");
}

TEST_CASE("p1: several values on a line, and what stands before the first") {
  Telegram all;
  read_telegram(lines("\x02"
                      "F.F(00)0.0(  123456) 1.8.1(1*kWh)1.8.2(2kWh)(260102010000)\r\n"
                      "1.8.0(3*kWh)x2.8.0(5*kWh)\r\n2.8.0(4*kWh)\r\n"),
                all);
  REQUIRE(all.telegram.values.size() == 5);
  CHECK(value_at(all, 0) == "00");
  CHECK(value_at(all, 1) == "123456");
  CHECK(value_at(all, 2) == "1");
  CHECK(value_at(all, 3) == "2");
  CHECK(all.telegram.sent[3].at == "2026-01-02T01:00:00");
  CHECK(value_at(all, 4) == "4");
  REQUIRE(all.telegram.bad.size() == 1);  // whole, and none of its values
  CHECK(all.telegram.bad[0].number == 4);
}

TEST_CASE("p1: text over several lines is one value") {
  Telegram all;
  read_telegram(lines("0-0:96.13.0(303132\r\n333435\r\n3637)\r\n1-0:1.7.0(1*W)\r\n"
                      "0-0:96.1.0(3031\n32)\r\n1-0:1.8.0(1\r\n2*kWh)\r\nx\r\n"),
                all);
  REQUIRE(all.telegram.values.size() == 3);
  CHECK(value_at(all, 0) == "3031323334353637");
  CHECK(all.telegram.sent[0].text == "01234567");
  CHECK(all.telegram.sent[0].raw == "303132\r\n333435\r\n3637");
  CHECK(value_at(all, 1) == "1");
  CHECK(all.telegram.sent[2].text == "012");
  // A number is none: its lines are bad, and counted as they stand.
  REQUIRE(all.telegram.bad.size() == 1);
  CHECK(all.telegram.bad[0].number == 9);
  CHECK(as_text(all.telegram.bad[0].bytes) == "1-0:1.8.0(1\r\n2*kWh)\r\nx");
}

TEST_CASE("p1: a meter's error words, and a message that is no text") {
  for (const char* line : {"0-0:97.97.0((ER11))", "1-0:1.8.0((ER11))", "1-0:1.8.0(ER11)"}) {
    CAPTURE(line);
    const OneValue error = one(line);
    CHECK_FALSE(error.is_number);
    CHECK(error.value == "ER11");
  }
  const OneValue message = one("0-0:96.13.0(\xff\xff\xff\xff)");
  CHECK(message.is_bytes);
  CHECK(message.raw == "\xff\xff\xff\xff");
  CHECK(one("0-0:96.50.68(*)").value == "*");
}

TEST_CASE("p1: peaks, billing data and power failures are lists of time and value") {
  const OneValue peaks =
      one("0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(230201000000W)(230117224500W)(04.329*kW)"
          "(230801000000S)(632525252525S)(00.000*kW)");
  REQUIRE(peaks.is_list);
  REQUIRE(peaks.list.size() == 2);
  CHECK(peaks.list[0].obis == cosem::Obis{1, 0, 1, 6, 0, 255});
  CHECK(peaks.list[0].number == "4.329");
  CHECK(peaks.list[0].unit == "kW");
  CHECK(peaks.list[0].at == "2023-01-17T22:45:00");
  CHECK(peaks.list[0].stored == "2023-02-01T00:00:00");
  CHECK(peaks.list[1].at.empty());
  CHECK(peaks.list[1].at_raw == "632525252525S");
  CHECK(peaks.list[1].stored == "2023-08-01T00:00:00");
  CHECK_FALSE(peaks.doubtful_count);
  CHECK(peaks.raw.starts_with("2)(1-0:1.6.0)"));

  const OneValue bills = one("0-0:98.1.0(221001000000S)(000010.777*kWh)(000000.340*kVArh)");
  REQUIRE(bills.list.size() == 2);
  CHECK(bills.list[0].number == "10.777");
  CHECK(bills.list[1].unit == "kvarh");
  for (const SentEntry& bill : bills.list) {
    CHECK_FALSE(bill.obis);
    CHECK(bill.at == "2022-10-01T00:00:00");
    CHECK(bill.summer);
  }

  for (const char* head : {"1-0:99.97.0(2)(0-0:96.7.19)", "1-0:99:97.0(2)(0:96.7.19)"}) {
    const OneValue log =
        one(std::string(head) + "(101208152415W)(0000000240*s)(101208151004W)(00000000301*S)");
    REQUIRE(log.list.size() == 2);
    for (const SentEntry& failure : log.list) {
      CHECK(failure.obis == cosem::Obis{0, 0, 96, 7, 19, 255});
      CHECK(failure.unit == "s");
      CHECK(failure.stored.empty());
    }
    CHECK(log.list[0].at == "2010-12-08T15:24:15");
    CHECK(log.list[1].number == "301");
  }
  for (const char* none : {"1-0:99.97.0()", "1-0:99.97.0(0)", "1-0:99.97.0(0)(0-0:96.7.19)",
                           "0-0:98.1.0(0)(00000.000*kW)"}) {
    CAPTURE(none);
    const OneValue empty = one(none);
    CHECK(empty.is_list);
    CHECK(empty.list.empty());
    CHECK_FALSE(empty.doubtful_count);
  }
  CHECK(one("1-0:99.97.0(3)(0-0:96.7.19)(000101000001W)(2147483647*s)").doubtful_count);
  // What is none of these stays as it was sent.
  for (const char* other :
       {"1-0:99.97.0(1)(0-0:96.7.19)(x)(5*s)", "1-0:99.97.0(1)(5*s)", "1-0:99.97.0(x)",
        "0-0:98.1.0(1)(230201000000W)(230201000000W)(230201000000W)(1*kW)",
        "0-0:98.1.0(1)(230201000000W)", "L.1(1)", "0-0:98.1.0(2)"}) {
    CAPTURE(other);
    const OneValue text = one(other);
    CHECK_FALSE(text.is_list);
    CHECK(text.list.empty());
    CHECK_FALSE(text.is_number);
  }
  // A control character is no season.
  Telegram all;
  read_telegram(lines("1-0:99.97.0(1)(0-0:96.7.19)(200104152415\x17)(5*s)\r\n"), all);
  CHECK(all.telegram.values.empty());
  CHECK(all.telegram.bad.size() == 1);
}

TEST_CASE("p1: a sub-meter's device is that of its type on the same channel") {
  Telegram all;
  read_telegram(lines("0-1:24.2.1(101209112500W)(1*m3)\r\n0-1:24.1.0(003)\r\n0-2:24.1.0(007)\r\n"
                      "0-2:24.2.1(101209112500W)(1*m3)\r\n0-3:24.2.1(101209112500W)(1*m3)\r\n"),
                all);
  REQUIRE(all.telegram.values.size() == 5);
  CHECK(all.telegram.values[0].channel == cosem::Medium::gas);
  CHECK(all.telegram.values[3].channel == cosem::Medium::water);
  CHECK(all.telegram.values[4].channel == cosem::Medium::other);
}

TEST_CASE("p1: a number of zeros is none; a device number is one where there is nothing better") {
  const auto number = [](const std::string& body) {
    Telegram all;
    read_telegram(lines(body), all);
    return all.telegram.number ? std::string(value_at(all, *all.telegram.number)) : "none";
  };
  CHECK(number("0-0:96.1.1(0)\r\n0-1:96.1.0(123)\r\n") == "none");
  CHECK(number("0-0:96.1.1(00000000)\r\n0-0:96.1.0(17)\r\n") == "17");
  CHECK(number("0-0:0.0.0(123412341234)\r\n") == "123412341234");
  CHECK(number("1-0:0.0.0*255(1EBZ0100507409)\r\n0-0:0.0.0(12)\r\n") == "12");
  CHECK(number("1-0:0.0.0(12)\r\n0-0:96.1.0(13)\r\n") == "13");
  CHECK(number("C.1.0(14)\r\n") == "14");
  CHECK(number("C.1.0(14)\r\n0.0(15)\r\n") == "15");
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
        "1-0:1.8.0(123kxh)", "1-0:32.7.0(23?.1)", "1-0:2.8.0(5*Wh)(6*Wh)",
        "1-0:99.97.0(1)(0-0:96.7.19)(200104152415W)(0000000240*\xff"
        "s)",
        "1-0:99.97.0(1)(0-0:96.7.19)(200104152415W)(0000000240*\x1b"
        "s)"}) {
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
  CHECK(parse_p1(as_bytes("\n!"), true, telegram).has_value());
  CHECK(telegram.ident.empty());
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
