// Payloads of values and of whole readings; what is derived; in which order.
#include "shape/payloads.hpp"

#include <doctest/doctest.h>

#include "flow/reading_time.hpp"
#include "json/fields.hpp"
#include "shape/shaped_values.hpp"
#include "support/process_zone.hpp"

namespace meterpipe::shape {

using namespace flow;

namespace {

struct Reading {
  record::Line line;
  record::ReadingRecord record;
  std::string text;
  ValueShaper shaper;

  Reading(std::string keys, std::string values, ShapeRules rules = {})
      : text(R"({"v":1,"t":"reading",)" + keys + R"("values":[)" + values + "]}"),
        shaper(std::move(rules)) {
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, record));
  }
  const std::vector<ShapedValue>& values() { return shaper.shape(line, record); }

  std::vector<std::string> payloads(ValueFormat format) {
    std::vector<std::string> result;
    const auto& shaped = values();
    const PayloadContext context{record, shaper.shape_time(record.time),
                                 is_number(shaper.rules().time)};
    for (const ShapedValue& value : shaped) {
      Buffer out;
      append_payload(out, value, format, context);
      result.emplace_back(out.view());
    }
    return result;
  }
  std::string predecessor() {
    Buffer out;
    append_predecessor_json(out, values(), record.invoke);
    return std::string(out.view());
  }
  std::string influx() {
    Buffer out;
    const auto& shaped = values();
    std::vector<std::string_view> keys;
    for (const ShapedValue& value : shaped) keys.push_back(value.obis);
    append_influx_line(out, record, shaped, keys, time_of(record));
    return std::string(out.view());
  }
};

using Texts = std::vector<std::string>;

const std::string kPower = R"({"obis":"1-0:1.7.0","value":714,"unit":"W"},)"
                           R"({"obis":"1-0:2.7.0","value":20.5,"unit":"W"})";

ShapeRules net() {
  ShapeRules rules;
  rules.net = true;
  return rules;
}

}  // namespace

TEST_CASE("payloads: plain, with unit, as an object") {
  Reading reading(
      R"("ts":"2026-11-22T17:00:00.000000Z","id":"t:1","meter":"M","time":"2026-11-22T18:00:00+01:00","auth":"none",)",
      R"({"obis":"1-0:32.7.0","name":"Voltage \"L1\"","value":232.0,"unit":"V"},{"obis":"a","value":"x"},)"
      R"({"pos":34,"value":null},{"obis":"b","attr":5,"hex":"00ff"},{"obis":"c","value":{"a":[1.50]}})");
  CHECK(reading.payloads(ValueFormat::plain) ==
        Texts{"232.0", "x", "null", "00ff", R"({"a":[1.50]})"});
  CHECK(reading.payloads(ValueFormat::unit) ==
        Texts{"232.0 V", "x", "null", "00ff", R"({"a":[1.50]})"});
  const std::string tail =
      R"("time":"2026-11-22T18:00:00+01:00","ts":"2026-11-22T17:00:00.000000Z","id":"t:1","auth":"none"})";
  CHECK(reading.payloads(ValueFormat::json) ==
        Texts{R"({"value":232.0,"unit":"V","name":"Voltage \"L1\"","obis":"1-0:32.7.0",)" + tail,
              R"({"value":"x","obis":"a",)" + tail, R"({"value":null,"pos":34,)" + tail,
              R"({"value":"00ff","obis":"b","attr":5,)" + tail,
              R"({"value":{"a":[1.50]},"obis":"c",)" + tail});
  for (const std::string& text : reading.payloads(ValueFormat::json)) {
    json::Fields fields;
    CHECK(fields.parse(text));
  }
  Reading bare("", R"({"obis":"a","value":1})");
  CHECK(bare.payloads(ValueFormat::json) == Texts{R"({"value":1,"obis":"a"})"});
  Reading wired("", R"({"key":"0c13","obis":"8-0:1.0.0","value":1},{"key":"426c","value":2})");
  CHECK(wired.payloads(ValueFormat::json) ==
        Texts{R"({"value":1,"obis":"8-0:1.0.0"})", R"({"value":2,"key":"426c"})"});
}

TEST_CASE("payloads: the date-time comes last") {
  const std::string clock =
      R"({"obis":"0-0:1.0.0","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"})";
  Reading first("", clock + "," + kPower);
  CHECK(first.payloads(ValueFormat::plain) == Texts{"714", "20.5", "2022-11-12T16:54:00+01:00"});
  // without its code: the clock that is the reading's time, no other one, no text that looks like
  // it
  Reading by_place(
      R"("time":"2022-11-12T16:54:00+01:00",)",
      R"({"obis":"a","value":"2022-11-12T16:54:00+01:00"},)"
      R"({"pos":1,"value":"2022-11-12T16:53:00+01:00","hex":"07e60b0c0610350000ffc400"},)"
      R"({"pos":2,"value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"},)" +
          kPower);
  CHECK(by_place.payloads(ValueFormat::plain) == Texts{"2022-11-12T16:54:00+01:00",
                                                       "2022-11-12T16:53:00+01:00", "714", "20.5",
                                                       "2022-11-12T16:54:00+01:00"});
  CHECK(by_place.values().back().pos == "2");
  Reading derived("", clock + "," + kPower, net());
  CHECK(derived.payloads(ValueFormat::plain) ==
        Texts{"714", "20.5", "693.5", "2022-11-12T16:54:00+01:00"});
}

TEST_CASE("payloads: the sum of tariffs") {
  ShapeRules rules;
  rules.totals = true;
  const auto tariff = [](const char* code, const char* number, const char* unit = "kWh") {
    return std::string(R"({"obis":"1-0:)") + code + R"(","value":)" + number + R"(,"unit":")" +
           unit + R"("})";
  };
  const auto sums = [&](const std::string& values) {
    Texts some;
    Reading reading("", values, rules);
    for (const ShapedValue& value : reading.values()) {
      if (value.derived) some.push_back(std::string(value.obis) + ' ' + std::string(value.text));
    }
    return some;
  };
  const std::string one = tariff("1.8.1", "123.456"), two = tariff("1.8.2", "100.5");
  CHECK(sums(one + "," + two) == Texts{"total-import 223.956"});
  CHECK(sums(tariff("2.8.1", "1.25", "MWh") + "," + tariff("2.8.2", "2.5", "MWh")) ==
        Texts{"total-export 3.75"});
  CHECK(sums(one + "," + two + "," + tariff("2.8.1", "1.0") + "," + tariff("2.8.2", "0.0")) ==
        Texts{"total-import 223.956", "total-export 1.0"});
  // The total itself is none of them, nor is what is stored or of a month.
  CHECK(sums(tariff("1.8.0", "999.0") + "," + one + "," + two + "," + tariff("1.8.1*01", "5.0")) ==
        Texts{"total-import 223.956"});
  CHECK(sums(one).empty());
  CHECK(sums(one + "," + one + "," + two).empty());
  CHECK(sums(one + "," + tariff("1.8.2", "100", "Wh")).empty());
  CHECK(sums(one + "," + tariff("1.8.2", "100", "m3")).empty());
  const std::string bare = R"({"obis":"1.8.1","value":1,"unit":"kWh"},)"
                           R"({"obis":"1.8.2","value":2,"unit":"kWh"})";
  CHECK(sums(bare) == Texts{"total-import 3"});
  CHECK(sums(bare + "," + tariff("1.8.3", "4")) == Texts{"total-import 7"});
  CHECK(sums(bare + "," + one).empty());
  rules.energy = EnergyUnit::wh;
  CHECK(sums(one + "," + two) == Texts{"total-import 223956"});
}

TEST_CASE("payloads: times in the form asked for") {
  ShapeRules rules;
  rules.time = TimeFormat::epoch;
  const std::string values =
      R"({"obis":"0-0:1.0.0","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"})";
  const std::string time = R"("time":"2022-11-12T16:54:00+01:00",)";
  CHECK(Reading(time, values, rules).payloads(ValueFormat::plain) == Texts{"1668268440"});
  CHECK(Reading(time, values, rules).payloads(ValueFormat::json) ==
        Texts{R"({"value":1668268440,"obis":"0-0:1.0.0","time":1668268440})"});
  rules.time = TimeFormat::iso;
  CHECK(
      Reading(time, values, rules).payloads(ValueFormat::json) ==
      Texts{
          R"({"value":"2022-11-12T15:54:00.000Z","obis":"0-0:1.0.0","time":"2022-11-12T15:54:00.000Z"})"});
  // incomplete, and texts that are no clock
  CHECK(
      Reading(
          "",
          R"({"obis":"0-0:1.0.0","value":"2022-11-12T16:54+01:00","hex":"07e60b0c061036ffffffc400"},)"
          R"({"obis":"a","value":"2022-11-12T16:54:00+01:00"})",
          rules)
          .payloads(ValueFormat::plain) ==
      Texts{"2022-11-12T16:54:00+01:00", "2022-11-12T16:54+01:00"});
  // and are no numbers in an object then
  rules.time = TimeFormat::epoch_ms;
  CHECK(
      Reading(
          R"("time":"2022-11-12T16:54",)",
          R"({"obis":"a","value":1,"at":"2022-01"},{"pos":"7x","attr":"1y","value":"260302070000W","at":"2026-03"})",
          rules)
          .payloads(ValueFormat::json) ==
      Texts{R"({"value":1,"obis":"a","at":"2022-01","time":"2022-11-12T16:54"})",
            R"({"value":"260302070000W","pos":"7x","attr":"1y","time":"2022-11-12T16:54"})"});
  // P1: the digits as they were sent, unless another form is asked for
  const std::string p1 =
      R"({"obis":"0-0:1.0.0","value":"260302070000W","raw":"260302070000W","at":"2026-03-02T07:00:00","type":"p1"},)"
      R"({"obis":"0-1:24.2.1","value":11499.741,"unit":"m3","at":"2026-03-02T07:00:00","type":"p1"})";
  CHECK(Reading("", p1).payloads(ValueFormat::plain) == Texts{"11499.741", "260302070000W"});
  rules.time = TimeFormat::iso_local;
  CHECK(Reading("", p1, rules).payloads(ValueFormat::plain) ==
        Texts{"11499.741", "2026-03-02 07:00:00"});
  CHECK(Reading("", p1, rules).payloads(ValueFormat::json)[0] ==
        R"({"value":11499.741,"unit":"m3","obis":"0-1:24.2.1","at":"2026-03-02 07:00:00"})");
  // In the hour that comes twice the telegram tells which it was.
  const test::ProcessZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  rules.time = TimeFormat::iso;
  for (const auto& [sent, at] : {std::pair("261025023000S", "2026-10-25T00:30:00.000Z"),
                                 std::pair("261025023000W", "2026-10-25T01:30:00.000Z")}) {
    const std::string gas =
        std::string(R"({"obis":"0-1:24.2.1","value":1,"type":"p1","at_raw":")") + sent +
        R"(","at":"2026-10-25T02:30:00"})";
    CHECK(Reading("", gas, rules).payloads(ValueFormat::json)[0] ==
          std::string(R"({"value":1,"obis":"0-1:24.2.1","at":")") + at + "\"}");
  }
}

TEST_CASE("payloads: the clocks of wired M-Bus, with seconds and without") {
  const test::ProcessZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const std::string head = R"("layout":"mbus","time":"2026-11-29T13:05:00",)";
  const std::string values =
      R"({"key":"046d","value":"2026-11-29T13:05","type":"F"},)"
      R"({"key":"446d","value":"2026-07-01T00:00","type":"F","storage":1},)"
      R"({"key":"066d","value":"2026-11-29T13:05:07","type":"I"},)"
      R"({"key":"426c","value":"2026-11-01","type":"G","storage":1},)"
      R"({"key":"046d-2","value":"--01-01T00:00","type":"F"},)"
      R"({"key":"046d-3","value":null,"why":"invalid-time","type":"F"},{"key":"0c13","value":11})";
  ShapeRules rules;
  CHECK(Reading(head, values).payloads(ValueFormat::plain) ==
        Texts{"2026-07-01T00:00", "2026-11-29T13:05:07", "2026-11-01", "--01-01T00:00", "null",
              "11", "2026-11-29T13:05"});
  rules.time = TimeFormat::iso;
  CHECK(Reading(head, values, rules).payloads(ValueFormat::plain) ==
        Texts{"2026-06-30T22:00:00.000Z", "2026-11-29T12:05:07.000Z", "2026-11-01", "--01-01T00:00",
              "null", "11", "2026-11-29T12:05:00.000Z"});
  rules.time = TimeFormat::epoch;
  CHECK(Reading(head, values, rules).payloads(ValueFormat::plain).back() == "1795953900");
}

TEST_CASE("payloads: energy in Wh or kWh, exactly; power is left alone") {
  const std::string values =
      R"({"obis":"a","value":1327456,"unit":"Wh"},{"obis":"b","value":1.5,"unit":"kvarh"},)"
      R"({"obis":"c","value":7,"unit":"VAh"},{"obis":"d","value":714,"unit":"W"},)"
      R"({"obis":"e","value":"5","unit":"Wh"},{"obis":"f","value":328.872,"unit":"MWh"},)"
      R"({"obis":"g","value":1.5,"unit":"Gvarh"},{"obis":"h","value":20,"unit":"mWh"},)"
      R"({"obis":"i","value":3,"unit":"GJ"},{"obis":"j","value":4,"unit":"kkWh"})";
  ShapeRules rules;
  rules.energy = EnergyUnit::kwh;
  CHECK(Reading("", values, rules).payloads(ValueFormat::unit) ==
        Texts{"1327.456 kWh", "1.5 kvarh", "0.007 kVAh", "714 W", "5", "328872 kWh",
              "1500000 kvarh", "20 mWh", "3 GJ", "4 kkWh"});
  rules.energy = EnergyUnit::wh;
  CHECK(Reading("", values, rules).payloads(ValueFormat::unit) ==
        Texts{"1327456 Wh", "1500 varh", "7 VAh", "714 W", "5", "328872000 Wh", "1500000000 varh",
              "20 mWh", "3 GJ", "4 kkWh"});
}

TEST_CASE("payloads: net power, exact, never guessed") {
  const auto net_of = [](const std::string& values) -> std::string {
    Reading reading("", values, net());
    for (const ShapedValue& value : reading.values()) {
      if (value.derived) return std::string(value.text) + ' ' + std::string(value.unit);
    }
    return "none";
  };
  const auto power = [](const std::string& code, const std::string& rest) {
    return R"({"obis":")" + code + R"(",)" + rest + "}";
  };
  const auto both = [&](const std::string& import, const std::string& exported) {
    return net_of(power("1-0:1.7.0", import) + "," + power("1-0:2.7.0", exported));
  };
  CHECK(net_of(kPower) == "693.5 W");
  CHECK(both(R"("value":0,"unit":"W")", R"("value":4711,"unit":"W")") == "-4711 W");
  CHECK(both(R"("value":0.100,"unit":"kW")", R"("value":0.3,"unit":"kW")") == "-0.200 kW");
  CHECK(both(R"("value":1.5,"unit":"kW")", R"("value":200,"unit":"W")") == "1300 W");
  CHECK(both(R"("value":1.5,"unit":"MW")", R"("value":0.25,"unit":"MW")") == "1.25 MW");
  CHECK(both(R"("value":200,"unit":"kW")", R"("value":1.5,"unit":"MW")") == "-1300 kW");
  CHECK(both(R"("value":5,"unit":"W")", R"("value":5,"unit":"W","attr":2)") == "0 W");
  CHECK(net_of(power("1-0:1.7.0", R"("value":5,"unit":"W")")) == "none");
  CHECK(net_of(power("1-0:2.7.0", R"("value":5,"unit":"W")")) == "none");
  CHECK(both(R"("value":5)", R"("value":5)") == "none");  // which scaler?
  CHECK(both(R"("value":null,"unit":"W")", R"("value":5,"unit":"W")") == "none");
  CHECK(both(R"("value":5,"unit":"W")", R"("value":"5","unit":"W")") == "none");
  CHECK(both(R"("value":5,"unit":"var")", R"("value":5,"unit":"var")") == "none");
  CHECK(both(R"("value":5,"unit":"W","attr":3)", R"("value":5,"unit":"W")") == "none");
  CHECK(net_of(kPower + "," + kPower) == "none");  // which of the two?
  // Without medium and channel, as some meters send it.
  const auto in_watts = [&](const std::string& code, int watts) {
    return power(code, R"("unit":"W","value":)" + std::to_string(watts));
  };
  CHECK(net_of(in_watts("1.7.0", 9) + "," + in_watts("2.7.0", 4)) == "5 W");
  CHECK(net_of(in_watts("1.7.0", 9) + "," + in_watts("1-0:2.7.0", 4)) == "5 W");
  CHECK(net_of(in_watts("1.7.0", 9) + "," + kPower) == "none");
  CHECK(net_of(in_watts("1-1:1.7.0", 9) + "," + in_watts("1-1:2.7.0", 4)) == "none");
  CHECK(net_of(in_watts("21.7.0", 9) + "," + in_watts("2.7.0", 4)) == "none");
  CHECK(both(R"("value":18446744073709551615,"unit":"W")", R"("value":-9,"unit":"W")") == "none");

  Reading german("", kPower, [] {
    ShapeRules rules = net();
    rules.names.format.language = cosem::Language::german;
    return rules;
  }());
  CHECK(german.payloads(ValueFormat::json).back() ==
        R"({"value":693.5,"unit":"W","name":"Saldo der Wirkleistung","derived":true})");
}

TEST_CASE("payloads: the predecessor's array") {
  ShapeRules rules;
  rules.time = TimeFormat::iso_local;
  Reading reading(
      R"("invoke":77,)",
      R"({"obis":"0-0:1.0.0","name":"T","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"},)"
      R"({"obis":"1-0:32.7.0","name":"U \"1\"","value":232.0,"unit":"V"},{"obis":"1-0:1.8.0*3","value":1.50,"unit":"Wh"},)"
      R"({"pos":3,"value":"x"})",
      rules);
  CHECK(reading.predecessor() ==
        R"([{"code":"1-0:32.7.0*255","name":"U \"1\"","value":"232","unit":"V"},)"
        R"({"code":"1-0:1.8.0*3","name":"1-0:1.8.0*3","value":"1.5","unit":"Wh"},)"
        R"({"name":"pos/3","value":"x","unit":""},)"
        R"({"code":"0-0:1.0.0*255","name":"T","value":"2022-11-12 16:54:00"},)"
        R"({"name":"InvokeId","value":"77"}])");
  CHECK(Reading("", "").predecessor() == "[]");
}

TEST_CASE("payloads: line protocol") {
  const std::string clock =
      R"({"obis":"0-0:1.0.0","value":"2022-11-12T16:54:00+01:00","hex":"07e60b0c0610360000ffc400"},)";
  CHECK(Reading(R"("meter":"M","time":"2022-11-12T16:54:00+01:00",)", clock + kPower).influx() ==
        "meter,meter=M 1-0:1.7.0=714,1-0:2.7.0=20.5 1668268440000000000");
  CHECK(Reading(R"("ts":"2022-11-12T16:00:00.000001Z","src":"tty 0","meter":"a=b,c",)", kPower)
            .influx() ==
        R"(meter,meter=a\=b\,c,src=tty\ 0 1-0:1.7.0=714,1-0:2.7.0=20.5 1668268800000001000)");
  CHECK(
      Reading(R"("meter":"M\\",)",
              R"({"obis":"a b","value":"x\"y\\z\nw"},{"obis":"n","value":null},)"
              R"({"obis":"t","value":true},{"obis":"s","value":"true"},{"obis":"h","hex":"00ff"},)"
              R"({"obis":"o","value":[1]},{"obis":"u","value":"null"})")
          .influx() ==
      R"(meter,meter=M_ a\ b="x\"y\\z w",t=true,s="true",h="00ff",o="[1]",u="null")");
  CHECK(Reading(R"("meter":"M",)", R"({"obis":"n","value":null})").influx().empty());
}

TEST_CASE("payloads: line protocol has no text where else there is a number") {
  const std::string word = R"x({"obis":"1-0:1.8.0","value":"ER11","raw":"(ER11)"},)x"
                           R"({"obis":"1.8.1","value":"ER11"},{"obis":"0-1:24.2.1","value":"x"})";
  const std::string texts = R"({"obis":"0-0:97.97.0","value":"ER11"},)"
                            R"({"obis":"1-0:1.8.0","attr":1,"value":"name"})";
  CHECK(Reading(R"("meter":"M",)", word + "," + kPower + "," + texts).influx() ==
        R"(meter,meter=M 1-0:1.7.0=714,1-0:2.7.0=20.5,0-0:97.97.0="ER11",1-0:1.8.0="name")");
  CHECK(Reading(R"("meter":"M",)", word).influx().empty());
}

}  // namespace meterpipe::shape
