// What single records mean: types, tables and the quirks of real meters.
#include <doctest/doctest.h>

#include "unit/wired/folder.hpp"
#include "wired/obis.hpp"
#include "wired/records.hpp"

namespace meterpipe::test {
namespace {

wired::Record one(std::string_view hex) {
  ByteVector data(4, 0);
  append(data, *from_hex(hex));
  static ByteVector kept;  // the record refers to it
  kept = data;
  auto telegram = wired::parse_telegram(0x7a, kept);
  REQUIRE(telegram);
  REQUIRE(telegram->records.size() == 1);
  return telegram->records[0];
}

std::string said(std::string_view hex) {
  const wired::Record record = one(hex);
  if (record.is == wired::Record::Is::nothing) return std::string(record.why);
  return shown(record) + (record.meaning.unit.empty() ? "" : ' ' + record.meaning.unit);
}

Fault fault_of(std::string_view hex, std::uint64_t offset) {
  ByteVector data(4, 0);
  append(data, *from_hex(hex));
  const auto telegram = wired::parse_telegram(0x7a, data);
  REQUIRE_FALSE(telegram);
  CHECK(telegram.error().offset == offset + 4);
  return telegram.error().fault;
}

}  // namespace

TEST_CASE("BCD: a minus, hex digits, zeros in front") {
  CHECK(said("0c06990000f0") == "-99000 Wh");
  CHECK(said("0c06000000f0") == "0 Wh");
  CHECK(said("0c14bdebdddd") == "bad-digits");
  CHECK(said("0c7807201800") == "00182007");
}

TEST_CASE("integers: not available, with and without a sign") {
  CHECK(said("041300000080") == "not-available");
  CHECK(said("0413ffffffff") == "-0.001 m3");
  CHECK(said("01fd08ff") == "not-available");
  CHECK(said("02fd17ff80") == "33023");
}

TEST_CASE("data of variable length: digits, bytes, and none of them") {
  CHECK(said("0d13c23412") == "1.234 m3");
  CHECK(said("0d13d23412") == "-1.234 m3");
  CHECK(said("0d13c0") == "no-data");
  CHECK(said("0d13d0") == "no-data");
  CHECK(said("0d13e0") == "no-data");
  CHECK(said("0dfd1100") == "");
  // Bytes that are given in hex stand under no code of a volume.
  CHECK(said("0d13e23412") == "1234 m3");
  wired::Header water;
  water.medium = 0x07;
  CHECK(wired::obis_of(water, one("0d13c23412")));
  CHECK_FALSE(wired::obis_of(water, one("0d13e23412")));
}

TEST_CASE("reals that are none") {
  CHECK(said("052e00c0c0ff") == "not-a-number");
  CHECK(said("052e0000807f") == "not-a-number");
  CHECK(said("052eb1d12ebe") == "-170.72178 W");
}

TEST_CASE("times: invalid, every year, no date of the calendar, twelve BCD digits") {
  CHECK(said("046da115e917") == "invalid-time");
  CHECK(said("426ce1f1") == "--01-01");
  CHECK(said("426c010f") == "---01");
  CHECK(said("426cffff") == "no-date");
  CHECK(said("426cde22") == "bad-date");
  CHECK(said("0e6d010101010110") == "2010-01-01T01:01:01");
  CHECK(said("066d5f0c48c1171b") == "2014-07-01T08:12:31");
  CHECK(one("066d5f0c48c1171b").summer);
  CHECK(said("036d3b0b17") == "23:11:59");
}

TEST_CASE("extensions: errors, limits, times, durations, the maker's") {
  CHECK(said("0293150000") == "no-data");
  CHECK(said("02ba160000") == "overflow");
  CHECK(said("04be50d2000000") == "210 s");
  CHECK(said("04da6f1e0b8d11") == "2012-01-13T11:30");
  CHECK(one("04da6f1e0b8d11").meaning.qualifiers[0] == "time-of-last-end");
  CHECK(said("02ab410300") == "3");
}

TEST_CASE("a code of the table behind FD FD is no error of the record") {
  const wired::Record record = one("01fdfd0207");
  CHECK(record.meaning.quantity == "reserved-fd-fd-02");
  CHECK(record.meaning.qualifiers.empty());
  CHECK(shown(record) == "7");
  CHECK(one("01fdfd823c07").meaning.qualifiers == std::vector<std::string>{"backward"});
  CHECK(fault_of("01fdfd", 3) == Fault::record_cut);
}

TEST_CASE("status: of the fixed structure the lowest bits are none of it") {
  wired::Header header;
  header.form = wired::HeaderForm::long_form;
  header.status = 0x0d;
  using Names = std::vector<std::string_view>;
  CHECK(wired::status_names(header) == Names{"busy", "power-low", "permanent-error"});
  header.form = wired::HeaderForm::fixed;
  CHECK(wired::status_names(header) == Names{"power-low", "permanent-error"});
  header.status = 3;
  CHECK(wired::status_names(header).empty());
}

TEST_CASE("the field of configuration: older ciphers, and what says none") {
  const auto is_ciphered = [](std::string_view config, std::size_t size) {
    const ByteVector data = *from_hex("0100" + std::string(config) + std::string(2 * size, '5'));
    const auto header = wired::parse_header(0x7a, data);
    REQUIRE(header);
    return wired::is_ciphered(*header, 0x7a, Bytes(data).subspan(header->size));
  };
  for (const std::string_view cipher : {"1802", "1003", "1004", "1005", "1007", "0008"}) {
    CAPTURE(cipher);
    CHECK(is_ciphered(cipher, 30));
  }
  // Old meters: of no mode, of no whole blocks, of more than there is.
  for (const std::string_view junk :
       {"0000", "27b6", "ffff", "1802", "0002", "0c02", "2004", "0804", "1001", "1006"}) {
    CAPTURE(junk);
    CHECK_FALSE(is_ciphered(junk, 23));
  }
}

TEST_CASE("a unit in words, in both orders") {
  CHECK(said("02fc0348522574d411") == "45.64 %RH");
  CHECK(said("02fc7403485225d411") == "45.64 %RH");
  CHECK(said("047c014305000000") == "5 C");
}

TEST_CASE("subunits, tariffs and storages of many extensions") {
  CHECK(one("848f0f1300000000").storage == 510);
  CHECK(one("84c0401300000000").subunit == 3);
  CHECK(one("8c90101300000000").tariff == 5);
  CHECK(one("8b6013000000").tariff == 2);
  CHECK(one("8b6013000000").subunit == 1);
}

TEST_CASE("what is malformed is named with its byte") {
  CHECK(fault_of("0413000000", 5) == Fault::record_cut);
  CHECK(fault_of("84", 1) == Fault::record_cut);
  CHECK(fault_of("8f", 0) == Fault::bad_dif);
  CHECK(fault_of("0d13ca", 2) == Fault::bad_variable_length);
  CHECK(fault_of("8480808080808080808080800013", 11) == Fault::too_many_extensions);
  CHECK(fault_of("049380808080808080808080000000", 12) == Fault::too_many_extensions);
}

}  // namespace meterpipe::test
