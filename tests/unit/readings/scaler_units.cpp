// lib/readings: scaler and unit that do not stand behind a number as {integer, enum}.
#include <doctest/doctest.h>

#include <string>

#include "unit/readings/body.hpp"

namespace meterpipe::readings {

using test::Body;
using test::kClock;
using test::Lines;

namespace {

const std::string kImportCode = " 09 06 0100010800ff ", kExportCode = " 09 06 0100020800ff ";

std::string counted(const char* type, int count) {
  const std::string digits = to_hex(ByteVector(1, static_cast<std::uint8_t>(count)));
  return std::string(type) + ' ' + digits;
}

// Import and export with these elements behind the code of each, as entries and flat: the same.
Lines lines(const std::string& elements, int count) {
  const std::string entry = ' ' + counted("02", count + 1);
  const Lines nested =
      Body("01 02" + entry + kImportCode + elements + entry + kExportCode + elements).lines();
  CHECK(Body(counted("02", 2 * (count + 1)) + kImportCode + elements + kExportCode + elements)
            .lines() == nested);
  return nested;
}

}  // namespace

TEST_CASE("scaler and unit in another order, of other types, without a structure") {
  const Lines scaled{"1-0:1.8.0 1234 -1 30", "1-0:2.8.0 1234 -1 30"};
  CHECK(lines("06 000004d2 02 02 0f ff 16 1e", 2) == scaled);
  CHECK(lines("06 000004d2 02 02 16 1e 0f ff", 2) == scaled);
  CHECK(lines("06 000004d2 02 02 0f ff 11 1e", 2) == scaled);
  CHECK(lines("06 000004d2 02 02 10 ffff 16 1e", 2) == scaled);
  CHECK(lines("06 000004d2 01 02 0f ff 16 1e", 2) == scaled);
  CHECK(lines("06 000004d2 0f ff 16 1e", 3) == scaled);
  CHECK(lines("06 000004d2 16 1e 0f ff", 3) == scaled);
  // Limits of the scaler, and the unit that is none.
  CHECK(Body("02 04" + kImportCode + "06 000004d2 0f 80 16 ff").lines() ==
        Lines{"1-0:1.8.0 1234 -128 255"});
  CHECK(Body("02 03" + kImportCode + "06 000004d2 02 02 16 1e 10 007f").lines() ==
        Lines{"1-0:1.8.0 1234 127 30"});
}

TEST_CASE("what is no scaler and unit stays what it is") {
  // No scaler has 16 bits, no unit the number 126; one of them alone; numbers; not a number's.
  CHECK(Body("02 03" + kImportCode + "06 000004d2 02 02 10 0080 16 1e").lines()[0] ==
        "1-0:1.8.0 1234");
  CHECK(Body("02 03" + kImportCode + "06 000004d2 02 02 16 7e 0f ff").lines()[0] ==
        "1-0:1.8.0 1234");
  CHECK(Body("02 03" + kImportCode + "06 000004d2 0f ff").lines() ==
        Lines{"1-0:1.8.0 1234", "@2 -1"});
  CHECK(Body("02 04" + kImportCode + "06 000004d2 0f ff 11 1e").lines() ==
        Lines{"1-0:1.8.0 1234", "@2 -1", "@3 30"});
  CHECK(Body("02 03" + kImportCode + "06 000004d2 02 02 11 01 11 02").lines()[0] ==
        "1-0:1.8.0 1234");
  CHECK(Body("02 03" + kImportCode + "0a 02 3132 02 02 16 1e 0f ff").lines() ==
        Lines{"1-0:1.8.0 visible-string", "@2 structure"});
  CHECK(Body("02 04 09 06 0000600e00ff 0f 01" + kImportCode + "16 05").lines() ==
        Lines{"0-0:96.14.0 1", "1-0:1.8.0 5"});
}

TEST_CASE("an entry with more between its name and the number that the unit belongs to") {
  const auto entry = [](const std::string& elements, int count) {
    const std::string head = ' ' + counted("02", count + 1);
    return Body("01 02" + head + kImportCode + elements + head + kExportCode + elements).lines();
  };
  // A status, an attribute's number, a time; scaler and unit in front.
  CHECK(entry("11 08 06 000004d2 02 02 0f ff 16 1e", 3) ==
        Lines{"@0.2 8", "1-0:1.8.0 1234 -1 30", "@1.2 8", "1-0:2.8.0 1234 -1 30"});
  CHECK(entry("0f 02 15 00000000000004d2 02 02 0f ff 16 1e", 3)[1] == "1-0:1.8.0 1234 -1 30");
  CHECK(entry(kClock + "06 000004d2 02 02 0f ff 16 1e", 3)[1] == "1-0:1.8.0 1234 -1 30");
  CHECK(entry("02 02 0f ff 16 1e 06 000004d2", 2) ==
        Lines{"1-0:1.8.0 1234 -1 30", "1-0:2.8.0 1234 -1 30"});
  // Two of one type have both of them, and what stands behind keeps its place.
  CHECK(entry("06 00000005 06 00000006 02 02 0f ff 16 1b 11 00", 4) ==
        Lines{"1-0:1.8.0 5 -1 27", "@0.3 6 -1 27", "@0.5 0", "1-0:2.8.0 5 -1 27", "@1.3 6 -1 27",
              "@1.5 0"});
  // The clock's value is its time.
  CHECK(Body("01 01 02 04 09 06 0000010000ff" + kClock + "06 00000005 02 02 0f ff 16 1e")
            .lines()[0] == "0-0:1.0.0 octet-string");
  // Which of two numbers it is cannot be told.
  CHECK(entry("06 00000005 12 0006 02 02 0f ff 16 1b", 3)[0] == "1-0:1.8.0 5");
}

TEST_CASE("values of past periods have their code where scaler and unit prove it") {
  CHECK(Body("02 06" + kImportCode +
             "06 00000005 02 02 0f 01 16 1e"
             "09 06 010001080001 06 00000004 02 02 0f 01 16 1e")
            .lines() == Lines{"1-0:1.8.0 5 1 30", "1-0:1.8.0*1 4 1 30"});
  CHECK(Body("01 01 02 03 09 06 010001080165 06 00000004 02 02 0f 01 16 1e").lines() ==
        Lines{"1-0:1.8.1*101 4 1 30"});
  // Without them, and of medium 0, it may be anything.
  CHECK(Body("02 04" + kImportCode + "06 00000005 09 06 010001080001 06 00000004").lines() ==
        Lines{"1-0:1.8.0 5", "@2 octet-string", "@3 4"});
  CHECK(Body("02 06" + kImportCode +
             "06 00000005 02 02 0f 01 16 1e"
             "09 06 001a22030405 06 00000004 02 02 0f 01 16 1e")
            .lines() == Lines{"1-0:1.8.0 5 1 30", "@3 octet-string", "@4 4 1 30"});
}

TEST_CASE("object list: scaler and unit of a register by their data index") {
  const auto entry = [](const char* attribute, const char* index) {
    return std::string(" 02 04 12 0003 09 06 0100010800ff 0f ") + attribute + " 12 " + index;
  };
  CHECK(Body("02 04 01 03" + entry("02", "0000") + entry("03", "0001") + entry("03", "0002") +
             "06 000001f4 0f fe 16 1e")
            .lines() == Lines{"1-0:1.8.0 3/2 500 -2 30"});
  CHECK(Body("02 03 01 02" + entry("03", "0001") + entry("02", "0000") + "0f fe 06 000001f4")
            .lines() == Lines{"1-0:1.8.0 3/2 500 -2 255"});
  // The unit alone does not say how large the number is.
  CHECK(Body("02 03 01 02" + entry("02", "0000") + entry("03", "0002") + "06 000001f4 16 1e")
            .lines() == Lines{"1-0:1.8.0 3/2 500", "1-0:1.8.0 3/3[2] 30"});
}

TEST_CASE("a text behind the last code is no meter number unless it has digits enough") {
  CHECK_FALSE(Body("02 05" + kImportCode + "06 00000005 0a 03 6b5768" + kExportCode + "06 00000005")
                  .inferred.number.has_value());
  CHECK_FALSE(Body("02 03" + kImportCode + "06 00000005 0a 02 5768").inferred.number.has_value());
  CHECK_FALSE(
      Body("02 03" + kImportCode + "06 00000005 0a 04 6d332f68").inferred.number.has_value());
  CHECK(Body("02 03" + kImportCode + "06 00000005 0a 04 31323334").inferred.number == 1u);
}

}  // namespace meterpipe::readings
