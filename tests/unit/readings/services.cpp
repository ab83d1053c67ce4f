// Values of services other than pushes.
#include <doctest/doctest.h>

#include "apdu/tags.hpp"
#include "readings/services.hpp"
#include "support/apdu_random.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::readings {

namespace {

struct Service {
  ByteVector apdu;
  axdr::Nodes nodes;
  apdu::Notification header;
  Inferred inferred;
};

Result<void> read_hex(std::string_view hex, Service& out) {
  out.apdu = test::hex(hex);
  const auto payload = read_service(out.apdu, out.nodes, out.header);
  if (!payload) return tl::unexpected(payload.error());
  infer_service(*payload, out.nodes, out.apdu, out.inferred);
  return {};
}

}  // namespace

TEST_CASE("one value by place, several in their order, named where the APDU names them") {
  Service one;
  REQUIRE(read_hex("c401c1 00 06 00143b20", one));
  REQUIRE(one.inferred.values.size() == 1);
  CHECK_FALSE(one.inferred.values[0].obis);
  CHECK(one.header.invoke() == 1);

  REQUIRE(read_hex("c403c2 02 00 06 00143b20 00 12 0009", one));
  REQUIRE(one.inferred.values.size() == 2);
  CHECK(one.inferred.values[1].pos == 1);
  CHECK(axdr::integer_of(one.nodes[one.inferred.values[0].node], one.apdu).magnitude == 1325856);
  CHECK(axdr::integer_of(one.nodes[one.inferred.values[1].node], one.apdu).magnitude == 9);
  CHECK(one.inferred.layout == Layout::positional);

  REQUIRE(read_hex("c101c3 0003 0100010800ff 02 00 06 00143b20", one));
  REQUIRE(one.inferred.values.size() == 1);
  CHECK(cosem::to_string(*one.inferred.values[0].obis) == "1-0:1.8.0");
  CHECK(one.inferred.values[0].interface_class == 3);
  CHECK(one.inferred.values[0].attribute == 2);
  CHECK(one.inferred.layout == Layout::descriptors);

  // A method's parameter is no attribute's value; the names in a body are the body's.
  REQUIRE(read_hex("c301c3 0046 0000600a00ff 01 01 0f 00", one));
  CHECK_FALSE(one.inferred.values[0].obis);
  REQUIRE(read_hex("c101c3 0007 0100630100ff 02 00 02 02 09 06 0100010800ff 06 00000005", one));
  REQUIRE(one.inferred.values.size() == 1);
  CHECK(cosem::to_string(*one.inferred.values[0].obis) == "1-0:1.8.0");
}

TEST_CASE("values of a list keep to themselves, and an error keeps its place") {
  Service list;
  // Energy, then the scaler and unit of another register; a code as a value, then a number.
  REQUIRE(
      read_hex("c104c1 02 0003 0100010800ff 02 00 0003 0100020800ff 03 00"
               "02 06 00000005 02 02 0f 02 16 1b",
               list));
  REQUIRE(list.inferred.values.size() == 2);
  CHECK_FALSE(list.inferred.values[0].has_unit);
  CHECK(cosem::to_string(*list.inferred.values[1].obis) == "1-0:2.8.0");
  CHECK(list.inferred.values[1].attribute == 3);
  REQUIRE(read_hex("c403c1 02 00 09 06 0100010800ff 00 06 00000007", list));
  REQUIRE(list.inferred.values.size() == 2);
  CHECK_FALSE(list.inferred.values[1].obis);
  REQUIRE(read_hex("c403c1 03 00 06 00000007 01 03 00 06 00000008", list));
  REQUIRE(list.inferred.values.size() == 2);
  CHECK(list.inferred.values[1].pos == 2);
}

TEST_CASE("a list of which one result failed: the value keeps its place, the failure is named") {
  Service list;
  const auto payload = [&] { return *apdu::payload_of(list.apdu); };
  REQUIRE(read_hex("c403c1 02 01 04 00 06 0001e240", list));
  REQUIRE(list.inferred.values.size() == 1);
  CHECK(list.inferred.values[0].pos == 1);
  CHECK(axdr::integer_of(list.nodes[list.inferred.values[0].node], list.apdu).magnitude == 123456);
  REQUIRE(payload().failures.size() == 1);
  CHECK(payload().failures[0].place == 0);
  CHECK(payload().failures[0].why == "object-undefined");
  // A structure keeps to itself, whatever it looks like; failures behind it and in between.
  REQUIRE(read_hex("c403c1 03 01 0b 00 02 02 06 00000007 02 02 0f 00 16 1b 01 03", list));
  REQUIRE(list.inferred.values.size() == 1);
  CHECK(list.inferred.values[0].pos == 1);
  CHECK(list.inferred.values[0].node == 0);
  REQUIRE(payload().failures.size() == 2);
  CHECK(payload().failures[1].place == 2);
  CHECK(payload().failures[1].why == "read-write-denied");
}

TEST_CASE("an event's value stands under the code that the event is about") {
  const auto read = [](std::string_view hex, Service& out) {
    out.apdu = test::hex(hex);
    const auto header = apdu::parse_notification(out.apdu, out.nodes);
    REQUIRE(header);
    infer(out.nodes, out.apdu, out.inferred);
    name_event_value(*header, out.nodes, out.apdu, out.inferred);
  };
  Service event;
  for (const char* hex : {"c20000030100010800ff02060001e240",
                          "c20000030100010800ff020202060001e240"
                          "02020f00161e"}) {
    CAPTURE(hex);
    read(hex, event);
    REQUIRE(event.inferred.values.size() == 1);
    const Value& value = event.inferred.values[0];
    CHECK(cosem::to_string(*value.obis) == "1-0:1.8.0");
    CHECK(value.interface_class == 3);
    CHECK(value.attribute == 2);
    CHECK(axdr::integer_of(event.nodes[value.node], event.apdu).magnitude == 123456);
    CHECK(event.inferred.layout == Layout::descriptors);
  }
  CHECK(event.inferred.values[0].unit == 30);
  // A code of its own; several values: which of them it is about nobody says.
  read("c20000030100010800ff02 02 02 09 06 0100020800ff 06 00000001", event);
  CHECK(cosem::to_string(*event.inferred.values[0].obis) == "1-0:2.8.0");
  CHECK(event.inferred.values[0].interface_class == 0);
  read("c2004e2c000080000cff03 02 02 09 03 414243 12 0005", event);
  CHECK_FALSE(event.inferred.values[0].obis);
  // A clock is the reading's time.
  read("c20000080000010000ff02 09 0c 07ea0b160712000000ffc400", event);
  CHECK(event.inferred.clock == 0u);
}

TEST_CASE("what carries no values says so") {
  Service none;
  for (const char* hex : {"c001c1 0003 0100010800ff 02 00", "c501c1 00", "d8 01 02",
                          "c402c1 00 00000001 00 03 020206"}) {
    CAPTURE(hex);
    const auto done = read_hex(hex, none);
    REQUIRE_FALSE(done);
    CHECK(done.error().fault == Fault::no_values);
  }
}

TEST_CASE("any service: every value of the payload is an element, and nothing is added") {
  test::RandomData random(test::seed());
  CAPTURE(test::seed());
  int services = 0, values = 0;
  for (int round = 0; round < 20; ++round) {
    for (const apdu::ApduTag& tag : apdu::kApduTags) {
      if (tag.family != apdu::Family::plain) continue;
      const ByteVector made = test::random_apdu(random, tag.tag);
      const auto payload = apdu::payload_of(made);
      REQUIRE(payload);
      axdr::Nodes nodes;
      apdu::Notification header;
      const auto read = read_service(made, nodes, header);
      REQUIRE(read.has_value() == !payload->values.empty());
      if (!read) continue;
      ++services;
      std::uint32_t node = payload->values.size() > 1 ? 1 : 0;
      for (const apdu::Payload& value : payload->values) {
        REQUIRE(node < nodes.size());
        CHECK(nodes[node].start == value.offset);
        node = nodes[node].next;
        ++values;
      }
      CHECK(node == nodes.size());
    }
  }
  MESSAGE("seed " << test::seed() << ": " << services << " services with " << values << " values");
  CHECK(services > 50);
}

}  // namespace meterpipe::readings
