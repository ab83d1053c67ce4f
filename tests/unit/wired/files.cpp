// Frames of real meters against what two public decoders and the standard say of them.
#include <doctest/doctest.h>

#include "keys/oms.hpp"
#include "unit/wired/folder.hpp"
#include "wired/header.hpp"

namespace meterpipe::test {
namespace {

struct Compared {
  std::size_t values = 0, errors = 0, frames = 0;
};

void compare_header(const Json& header, const decode::WiredReading& reading) {
  CHECK(header["id"].text() == reading.header.id);
  if (header["manufacturer"]) CHECK(header["manufacturer"].text() == reading.header.manufacturer);
  if (header["version"].present()) {
    CHECK(header["version"].raw() == std::to_string(reading.header.version));
  }
  if (header["medium"]) CHECK(header["medium"].text() == wired::medium_name(reading.header.medium));
  CHECK(header["access"].raw() == std::to_string(reading.header.access));
  CHECK(header["status"].raw() == std::to_string(reading.header.status));
}

void compare_record(const Json& wanted, const wired::Record& record) {
  INFO("record ", record.key);
  CHECK(wanted["raw"].text() == to_hex(record.data));
  CHECK((wanted["value"] ? wanted["value"].text() : "null") == shown(record));
  CHECK(wanted["unit"].text() == record.meaning.unit);
  if (!wanted["dib"].present()) {  // of the fixed structure
    CHECK((wanted["historic"].raw() == "true") == (record.storage == 1));
    return;
  }
  CHECK(wanted["dib"].text() == to_hex(record.dib));
  CHECK(wanted["vib"].text() == to_hex(record.vib));
  CHECK(wanted["function"].text() == name(record.function));
  CHECK(wanted["storage"].raw() == std::to_string(record.storage));
  CHECK(wanted["tariff"].raw() == std::to_string(record.tariff));
  CHECK(wanted["subunit"].raw() == std::to_string(record.subunit));
  CHECK(wanted["quantity"].text() == record.meaning.quantity);
  CHECK(wanted["type"].text() == record.type);
  CHECK((wanted["dst"].raw() == "true") == record.summer);
  std::vector<std::string> qualifiers;
  for (const Json& one : wanted["qualifiers"].elements()) qualifiers.push_back(one.text());
  CHECK(qualifiers == record.meaning.qualifiers);
}

void compare_reading(const Json& expected, const decode::WiredReading& reading, Compared& sum) {
  if (expected["header"]) compare_header(expected["header"], reading);
  const auto wanted = expected["records"].elements();
  REQUIRE(wanted.size() == reading.records.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    compare_record(wanted[i], reading.records[i]);
    if (wanted[i]["obis"]) {
      REQUIRE(reading.codes[i]);
      CHECK(wanted[i]["obis"].text() == cosem::to_string(*reading.codes[i]));
    }
    ++sum.values;
  }
  CHECK(reading.unfinished == (expected["tail"]["more"].raw() == "true"));
  const Json tail = expected["tail"]["manufacturer_data"];
  CHECK((tail ? tail.text() : "") == to_hex(reading.maker));
}

// Where decoding must stop: words of the fault.
bool is_fault(const std::string& words, Fault fault) {
  return words.starts_with("end") && fault == Fault::record_cut;
}

void compare_file(const WiredFile& file, Compared& sum) {
  INFO("file ", file.name);
  const Json& expected = file.expected;
  ++sum.frames;
  if (expected["unknown_ci"]) {
    const link::Probe probe = link::probe_mbus(file.bytes, true, true);
    REQUIRE(probe.answer == link::Probe::Answer::found);
    CHECK_FALSE(wired::is_meter_message(probe.frame.c, *probe.frame.ci));
    return;
  }
  if (expected["key"]) {
    std::vector<std::string> warnings;
    const auto keys = keys::KeyRing::parse("ek=" + expected["key"].text(), "keys", warnings);
    const link::Probe probe = link::probe_mbus(file.bytes, true, true);
    record::MbusMessage message;
    message.frame = file.bytes;
    REQUIRE(keys::open_oms(keys, apdu::AuthMode::check, *probe.frame.ci, probe.frame.data,
                           message.security.emplace(), message.data));
    CHECK(expected["plaintext"].text() == to_hex(message.data));
    std::vector<decode::WiredReading> readings;
    decode::WiredMaker maker(
        [&](decode::WiredReading& reading) { readings.push_back(std::move(reading)); });
    REQUIRE(maker.push(message));
    REQUIRE(readings.size() == 1);
    CHECK(readings[0].time == expected["records"].elements()[0]["value"].text());
    return compare_reading(expected, readings[0], sum);
  }
  const Made made = make_readings({file.bytes});
  if (expected["malformed"] || expected["application_error"]) {
    CHECK(made.readings.empty());
    REQUIRE(made.errors.size() == 1);
    ++sum.errors;
    if (expected["malformed"]) {
      CHECK(is_fault(expected["malformed"].text(), made.errors[0].fault));
      CHECK(made.errors[0].offset >= 7);
      CHECK(made.errors[0].offset <= file.bytes.size() - 2);
    } else {
      CHECK(made.errors[0].fault == Fault::application_error);
      CHECK(expected["application_error"].raw() == std::to_string(made.errors[0].found));
    }
    return;
  }
  CHECK(made.errors.empty());
  REQUIRE(made.readings.size() == 1);
  compare_reading(expected, made.readings[0], sum);
}

}  // namespace

TEST_CASE("frames of real meters give the values that are expected") {
  const auto files = load_wired(false);
  if (files.empty()) {
    MESSAGE("no folder of wired frames (METERPIPE_WIRED): nothing compared");
    return;
  }
  Compared sum;
  for (const WiredFile& file : files) compare_file(file, sum);
  MESSAGE(sum.frames << " frames: " << sum.values << " values and " << sum.errors
                     << " errors compared");
  CHECK(sum.values > 0);
}

}  // namespace meterpipe::test
