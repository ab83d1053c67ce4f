// lib/apdu: the schema's rows against APDUs made from them at random, and against exchanges that
// the standard gives; extents; payloads.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "apdu/extent.hpp"
#include "apdu/notification.hpp"
#include "apdu/payload.hpp"
#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "support/apdu_random.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::apdu {

using test::hex;

namespace {

using Answer = Extent::Answer;

// The same text as ApduMaker's.
struct Events : Visitor {
  std::string text;
  std::size_t calls = 0;
  void open(std::string_view name, std::optional<std::uint32_t> count) override {
    ++calls;
    text += std::string(name) + (count ? "[" + std::to_string(*count) + "]" : "") + "( ";
  }
  void close(std::string_view) override {
    ++calls;
    text += ") ";
  }
  void leaf(const Leaf& leaf, Bytes) override {
    ++calls;
    text += std::string(leaf.name) + "=" + to_hex(leaf.bytes) + " ";
  }
};

std::string events(Bytes apdu) {
  Events seen;
  const auto walked = walk(apdu, seen);
  return walked ? seen.text : "fault " + std::to_string(static_cast<int>(walked.error().fault));
}

Error error_of(Bytes apdu) {
  Events seen;
  const auto walked = walk(apdu, seen);
  CHECK(seen.calls == 0);
  return walked ? Error{Fault::noise} : walked.error();
}
Fault fault(std::string_view text) { return error_of(hex(text)).fault; }

bool is_own(const ApduTag& tag) {
  return tag.family == Family::plain || tag.family == Family::acse;
}

ByteVector with_tail(const ByteVector& apdu, std::size_t n) {
  return test::join(apdu, ByteVector(n, 0xaa));
}

}  // namespace

TEST_CASE("every alternative: a walk says what was made, whatever is in it") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  std::size_t made = 0, bytes = 0;
  for (const ApduTag& tag : kApduTags) {
    CAPTURE(tag.name);
    for (int round = 0; round < (is_own(tag) ? 200 : 20); ++round) {
      test::ApduMaker maker(random);
      maker.apdu(tag.tag);
      CAPTURE(to_hex(maker.bytes));
      REQUIRE(events(maker.bytes) == maker.events);
      REQUIRE(maker.events.starts_with(tag.name));
      ++made;
      bytes += maker.bytes.size();
    }
  }
  MESSAGE(made, " APDUs of ", kApduTags.size(), " alternatives, ", bytes, " bytes");
}

TEST_CASE("every alternative: one byte more or less is no APDU, and says so before it draws") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  for (const ApduTag& tag : kApduTags) {
    CAPTURE(tag.name);
    for (int round = 0; round < 8; ++round) {
      const ByteVector apdu = random_apdu(random, tag.tag);
      CAPTURE(to_hex(apdu));
      for (std::size_t size = 0; size < apdu.size(); ++size) {
        const Error error = error_of(ByteVector(apdu.begin(), apdu.begin() + size));
        REQUIRE(error.fault != Fault::noise);
        if (error.fault == Fault::truncated_apdu) {
          REQUIRE(error.found == size);
          REQUIRE(error.expected > size);
          REQUIRE(error.expected <= apdu.size());
        }
      }
      const Error longer = error_of(with_tail(apdu, 1));
      // A push's body is tried in other ways as well; the first failure is told.
      REQUIRE(longer.fault == Fault::trailing_bytes);
      REQUIRE(longer.offset == apdu.size());
      REQUIRE(longer.found == 1);
    }
  }
}

TEST_CASE("extent: a beginning needs more, the whole is whole, whatever follows") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  std::size_t prefixes = 0;
  for (const ApduTag& tag : kApduTags) {
    CAPTURE(tag.name);
    for (int round = 0; round < (is_own(tag) ? 20 : 5); ++round) {
      const ByteVector apdu = random_apdu(random, tag.tag);
      CAPTURE(to_hex(apdu));
      for (std::size_t size = 1; size < apdu.size(); ++size) {
        CAPTURE(size);
        const Extent extent = extent_of(ByteVector(apdu.begin(), apdu.begin() + size));
        REQUIRE(extent.answer == Answer::need_more);
        REQUIRE(extent.size > size);
        REQUIRE(extent.size <= apdu.size());
        ++prefixes;
      }
      for (const std::size_t more : {0, 1, 2, 30}) {
        const Extent extent = extent_of(with_tail(apdu, more));
        REQUIRE(extent.answer == Answer::whole);
        REQUIRE(extent.size == apdu.size());
      }
      REQUIRE(is_whole(apdu));
    }
  }
  CHECK(extent_of({}).answer == Answer::none);
  MESSAGE(prefixes, " beginnings");
}

TEST_CASE("a changed byte does no harm, and nothing is drawn of what cannot be read") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  std::size_t readable = 0, refused = 0;
  for (const ApduTag& tag : kApduTags) {
    for (int round = 0; round < 30; ++round) {
      const ByteVector apdu = random_apdu(random, tag.tag);
      for (int change = 0; change < 40; ++change) {
        ByteVector changed = apdu;
        changed[random.below(changed.size())] = random.bytes(1)[0];
        CAPTURE(to_hex(changed));
        Events seen;
        const bool read = walk(changed, seen).has_value();
        REQUIRE(read == (seen.calls != 0));
        read ? ++readable : ++refused;
        static_cast<void>(payload_of(changed));
        const Extent extent = extent_of(changed);
        REQUIRE(extent.size <= kLongestApdu);
        if (extent.answer == Answer::whole) REQUIRE(extent.size <= changed.size());
        if (extent.answer == Answer::need_more) REQUIRE(extent.size > changed.size());
      }
    }
  }
  CHECK(readable > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("random bytes are hardly ever an APDU") {
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  constexpr int kRounds = 300000;
  int plausible = 0, whole = 0;
  for (int round = 0; round < kRounds; ++round) {
    const ByteVector bytes = random.bytes(20 + random.below(60));
    if (is_plausible(bytes)) ++plausible;
    const ApduTag* tag = find_apdu_tag(bytes[0]);
    if (tag != nullptr && is_own(*tag) && is_whole(bytes)) ++whole;
  }
  MESSAGE(plausible, " plausible, ", whole, " whole of ", kRounds);
  CHECK(plausible <= 3);
  CHECK(whole <= 3);
}

TEST_CASE("hostile lengths and counts are refused at once") {
  // A count or length that is not there costs nothing: not a call, not a node.
  CHECK(fault("05 84 ffffffff 02 fa00") == Fault::count_too_large);
  CHECK(fault("05 82 ffff 02 fa00") == Fault::count_too_large);
  CHECK(fault("c1 04 c1 84 ffffffff 0003 0100010800ff 02 00") == Fault::count_too_large);
  CHECK(fault("c4 03 c1 83 ffffff 00 00") == Fault::count_too_large);
  CHECK(fault("c4 02 c1 00 00000001 00 84 ffffffff 00") == Fault::truncated_apdu);
  CHECK(fault("c4 01 c1 00 01 84 ffffffff 00") == Fault::count_too_large);
  CHECK(fault("c4 01 c1 00 09 84 ffffffff 00") == Fault::truncated_data);
  CHECK(fault("c4 01 c1 00 13 00 84 ffffffff 00") == Fault::truncated_data);
  CHECK(fault("60 84 ffffffff a1 00") == Fault::truncated_apdu);
  CHECK(fault("60 04 a1 84 ffff") == Fault::bad_length);
  CHECK(fault("05 85 0000000001 02 fa00") == Fault::bad_length);
  CHECK(fault("05 80 02 fa00") == Fault::bad_length);
  CHECK(fault("c4 01 c1 00 09 85 0000000001 00") == Fault::bad_length);
  CHECK(error_of(hex("05 82 ffff 02 fa00")).found == 0xffff);
  CHECK(error_of(hex("05 82 ffff 02 fa00")).expected == 3);
  // Nobody waits for gigabytes.
  for (const std::string text :
       {"05 84 ffffffff", "c4 01 c1 00 09 84 ffffffff", "60 84 ffffffff",
        "c4 01 c1 00 01 84 ffffffff 00", "c8 84 ffffffff", "e0 40 0001 0000 84 ffffffff",
        "05 85 00", "c4 01 c1 00 09 80", "c4 01 c1 00 04 ff"}) {
    CAPTURE(text);
    CHECK(extent_of(hex(text)).answer == Answer::none);
  }
  CHECK(extent_of(hex("05 82 ffff")).answer == Answer::need_more);
  CHECK(extent_of(hex("05 82 ffff")).size == 4 + 0xffff);
}

TEST_CASE("what the table does not have is no APDU") {
  CHECK(fault("") == Fault::truncated_apdu);
  CHECK(fault("02 00") == Fault::not_dlms);
  CHECK(fault("c0 04 c1 00") == Fault::unknown_choice);
  CHECK(fault("c0 01 c1 0003 0100010800ff 02 02") == Fault::unknown_choice);
  CHECK(fault("c4 01 c1 02 00") == Fault::unknown_choice);
  CHECK(fault("d8 01 07") == Fault::unknown_choice);
  CHECK(fault("05 01 03 fa00") == Fault::unknown_choice);
  CHECK(fault("61 05 a2 03 02 01") == Fault::truncated_apdu);
  CHECK(fault("61 05 a2 03 04 01 00") == Fault::unknown_choice);
  // Elements in the wrong order, twice, or too long for what is around them.
  CHECK(fault("62 05 be 00 80 01 00") == Fault::bad_length);
  CHECK(fault("62 09 be 04 04 02 ee 00 80 01 00") == Fault::unknown_choice);
  CHECK(fault("62 06 80 01 00 80 01 00") == Fault::unknown_choice);
  CHECK(fault("62 03 80 02 00") == Fault::bad_length);
  CHECK(fault("62 04 80 02 00 00") == Fault::bad_length);
  CHECK(fault("01 00 00 00 06 5f 1f 05 00 001e5d ffff") == Fault::bad_length);
  CHECK(fault("01 00 00 00 06 5f 1f 04 01 001e5d ffff") == Fault::bad_length);
  CHECK(fault("01 00 00 00 06 5e 1f 04 00 001e5d ffff") == Fault::unknown_choice);
  CHECK(fault("db 07 4b464d10200000 06 20 00000001 aa") == Fault::bad_title);
  CHECK(fault("db 08 4b464d1020000001 04 20 000000") == Fault::bad_length);
  CHECK(fault("0f 40000000 09 05 11 05") == Fault::bad_date_time);
  CHECK(fault("10 40000000 05 0000000000") == Fault::bad_date_time);
  // Values without a name are drawn as numbers, and no judge takes them for an APDU.
  const ByteVector odd = hex("c4 01 c1 01 63");
  CHECK(events(odd) ==
        "get-response( get-response-normal( invoke-id-and-priority=c1 result( "
        "data-access-result=63 ) ) ) ");
  CHECK(extent_of(odd).answer == Answer::none);
  CHECK(extent_of(hex("c4 01 c1 01 04")).answer == Answer::whole);
  CHECK(extent_of(hex("c4 02 c1 02 00000001 01 04")).answer == Answer::none);
}

TEST_CASE("data nest to the limit and no further") {
  for (const std::string head : {"c4 01 c1 00", "0f 40000000 00", "c2 00 0003 0100010800ff 02"}) {
    CAPTURE(head);
    ByteVector deep = hex(head), deeper = hex(head);
    for (int i = 0; i < axdr::kMaxDepth; ++i) deep = test::join(deep, hex("02 01"));
    for (int i = 0; i <= axdr::kMaxDepth; ++i) deeper = test::join(deeper, hex("02 01"));
    CHECK(events(test::join(deep, hex("11 05"))).find("unsigned=05") != std::string::npos);
    CHECK(extent_of(test::join(deep, hex("11 05"))).answer == Answer::whole);
    CHECK(error_of(test::join(deeper, hex("11 05"))).fault == Fault::too_deep);
    CHECK(extent_of(test::join(deeper, hex("11 05"))).answer == Answer::none);
  }
}

// IEC 62056-5-3, annexes: an association with low level security, and one that is ciphered.
TEST_CASE("associations as the standard gives them") {
  CHECK(events(hex("6036 a1090607 60857405080101 8a020780 8b07 60857405080201 ac0a8008 "
                   "3132333435363738 be10040e 01000000065f1f0400007e1f04b0")) ==
        "aarq( application-context-name=60857405080101 sender-acse-requirements=0780 "
        "mechanism-name=60857405080201 calling-authentication-value( charstring=3132333435363738 "
        ") user-information( initiate-request( proposed-dlms-version-number=06 "
        "proposed-conformance=007e1f client-max-receive-pdu-size=04b0 ) ) ) ");
  CHECK(events(hex("6129 a1090607 60857405080101 a203020100 a305a103020100 be10040e "
                   "0800065f1f040000501f01f40007")) ==
        "aare( application-context-name=60857405080101 result=00 result-source-diagnostic( "
        "acse-service-user=00 ) user-information( initiate-response( "
        "negotiated-dlms-version-number=06 negotiated-conformance=00501f "
        "server-max-receive-pdu-size=01f4 vaa-name=0007 ) ) ) ");
  // With a title, and an initiate-request that is ciphered: 21 length SC IC …
  CHECK(events(hex("6029 a1090607 60857405080103 a60a0408 4b464d1020000001 be10040e "
                   "210c 30 00000001 aabbccddeeff11")) ==
        "aarq( application-context-name=60857405080103 calling-ap-title=4b464d1020000001 "
        "user-information( glo-initiate-request=3000000001aabbccddeeff11 ) ) ");
  // Refused by the server.
  CHECK(events(hex("611f a1090607 60857405080101 a203020101 a305a10302010d be0604040e010600")) ==
        "aare( application-context-name=60857405080101 result=01 result-source-diagnostic( "
        "acse-service-user=0d ) user-information( confirmed-service-error( initiate-error( "
        "initiate=00 ) ) ) ) ");
  CHECK(events(hex("6203 800100")) == "rlrq( reason=00 ) ");
  CHECK(events(hex("6300")) == "rlre( ) ");
  // The dedicated key, and response-allowed and quality of service sent although they may be left
  // out.
  CHECK(events(
            hex("01 01 10 00112233445566778899aabbccddeeff 01 00 01 05 06 5f1f0400 001e5d 04b0")) ==
        "initiate-request( dedicated-key=00112233445566778899aabbccddeeff response-allowed=00 "
        "proposed-quality-of-service=05 proposed-dlms-version-number=06 "
        "proposed-conformance=001e5d client-max-receive-pdu-size=04b0 ) ");
}

TEST_CASE("services as the standard gives them") {
  const std::map<std::string, std::string> expected{
      {"c001c1 0003 0100010800ff 02 00",
       "get-request( get-request-normal( invoke-id-and-priority=c1 cosem-attribute-descriptor( "
       "class-id=0003 instance-id=0100010800ff attribute-id=02 ) ) ) "},
      {"c001c1 0007 0100630100ff 02 01 01 11 05",
       "get-request( get-request-normal( invoke-id-and-priority=c1 cosem-attribute-descriptor( "
       "class-id=0007 instance-id=0100630100ff attribute-id=02 ) access-selection( "
       "access-selector=01 access-parameters( unsigned=05 ) ) ) ) "},
      {"c002c1 00000002",
       "get-request( get-request-next( invoke-id-and-priority=c1 "
       "block-number=00000002 ) ) "},
      {"c401c100 0600143b20",
       "get-response( get-response-normal( invoke-id-and-priority=c1 "
       "result( data( double-long-unsigned=00143b20 ) ) ) ) "},
      {"c401c10104",
       "get-response( get-response-normal( invoke-id-and-priority=c1 result( "
       "data-access-result=04 ) ) ) "},
      {"c402c1 01 00000002 00 03 010203",
       "get-response( get-response-with-datablock( invoke-id-and-priority=c1 result( "
       "last-block=01 block-number=00000002 result( raw-data=010203 ) ) ) ) "},
      {"c403c1 02 00 1105 01 0b",
       "get-response( get-response-with-list( invoke-id-and-priority=c1 result[2]( data( "
       "unsigned=05 ) data-access-result=0b ) ) ) "},
      {"c101c1 0008 0000010000ff 02 00 090c07e60b0c0610360000ffc400",
       "set-request( set-request-normal( invoke-id-and-priority=c1 cosem-attribute-descriptor( "
       "class-id=0008 instance-id=0000010000ff attribute-id=02 ) value( "
       "octet-string=07e60b0c0610360000ffc400 ) ) ) "},
      {"c501c100", "set-response( set-response-normal( invoke-id-and-priority=c1 result=00 ) ) "},
      {"c505c1020003",
       "set-response( set-response-with-list( invoke-id-and-priority=c1 result[2]( "
       "data-access-result=00 data-access-result=03 ) ) ) "},
      {"c301c1 0046 0000600310ff 01 01 0f00",
       "action-request( action-request-normal( invoke-id-and-priority=c1 "
       "cosem-method-descriptor( class-id=0046 instance-id=0000600310ff method-id=01 ) "
       "method-invocation-parameters( integer=00 ) ) ) "},
      {"c701c1 00 01 00 1105",
       "action-response( action-response-normal( invoke-id-and-priority=c1 single-response( "
       "result=00 return-parameters( data( unsigned=05 ) ) ) ) ) "},
      {"c701c1 00 00",
       "action-response( action-response-normal( invoke-id-and-priority=c1 "
       "single-response( result=00 ) ) ) "},
      {"0501 02 fa00", "read-request[1]( variable-name=fa00 ) "},
      {"0c02 00 1105 01 03", "read-response[2]( data( unsigned=05 ) data-access-error=03 ) "},
      {"0d02 00 01 03", "write-response[2]( success= data-access-error=03 ) "},
      {"18 00 01 02 fa08 01 0600000007",
       "information-report-request( variable-access-specification[1]( variable-name=fa08 ) "
       "list-of-data[1]( double-long-unsigned=00000007 ) ) "},
      {"0e 01 06 01", "confirmed-service-error( initiate-error( initiate=01 ) ) "},
      {"d8 01 01",
       "exception-response( state-error=01 service-error( operation-not-possible= ) ) "},
      {"d8 01 06 000004d2",
       "exception-response( state-error=01 service-error( "
       "invocation-counter-error=000004d2 ) ) "},
      {"d9 40000001 00 01 01 0003 0100010800ff 02 01 00",
       "access-request( long-invoke-id-and-priority=40000001 date-time= access-request-body( "
       "access-request-specification[1]( access-request-get( cosem-attribute-descriptor( "
       "class-id=0003 instance-id=0100010800ff attribute-id=02 ) ) ) "
       "access-request-list-of-data[1]( null-data= ) ) ) "},
      {"da 40000001 00 00 01 0600000001 01 01 00",
       "access-response( long-invoke-id-and-priority=40000001 date-time= access-response-body( "
       "access-response-list-of-data[1]( double-long-unsigned=00000001 ) "
       "access-response-specification[1]( access-response-get( result=00 ) ) ) ) "},
      {"10 40000001 00",
       "data-notification-confirm( long-invoke-id-and-priority=40000001 date-time= ) "},
      {"c8 06 20 00000001 aa", "glo-get-request=2000000001aa "},
      {"e0 c1 0001 0000 03 010203",
       "general-block-transfer( block-control=c1 block-number=0001 "
       "block-number-ack=0000 block-data=010203 ) "},
      {"dd 00 08 4b464d1020000001 00 00 00 01 02 01 01 02 0203 06 20 00000001 aa",
       "general-ciphering( transaction-id= originator-system-title=4b464d1020000001 "
       "recipient-system-title= date-time= other-information= key-info( agreed-key( "
       "key-parameters=01 key-ciphered-data=0203 ) ) ciphered-content=2000000001aa ) "},
  };
  for (const auto& [bytes, text] : expected) {
    CAPTURE(bytes);
    CHECK(events(hex(bytes)) == text);
    CHECK(is_whole(hex(bytes)));
  }
}

TEST_CASE("a notification with a list without tags ends where the list does") {
  // As the standard says the list would be {1, [{null, true}, [null], null, null]}.
  const std::string pair = "02 02 0003 0101010600ff 02 06 00000001";
  const ByteVector apdu = hex("0f 00000001 00 02 02 16 01 01 04" + pair + pair + pair + pair);
  CHECK(measure(test::join(apdu, hex("0f00"))) == apdu.size());
  for (std::size_t size = 7; size < apdu.size(); ++size) {
    CAPTURE(size);
    const auto cut = measure(Bytes(apdu).first(size));
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error().fault == Fault::truncated_apdu);
  }
}

TEST_CASE("the payload: where the values stand and whose they are") {
  const auto one = [](std::string_view text) {
    static ByteVector apdu;
    apdu = hex(text);
    const auto ref = payload_of(apdu);
    REQUIRE(ref.has_value());
    return *ref;
  };
  PayloadRef ref = one("c401c100 0600143b20");
  REQUIRE(ref.values.size() == 1);
  CHECK(ref.tag == 0xc4);
  CHECK(ref.values[0].offset == 4);
  CHECK(ref.values[0].size == 5);
  CHECK(ref.invoke_and_priority == 0xc1);
  CHECK_FALSE(ref.values[0].descriptor);

  ref = one("c101c1 0003 0100010800ff 02 01 01 1105 0600143b20");  // with a selection
  REQUIRE(ref.values.size() == 1);
  CHECK(ref.values[0].offset == 16);
  CHECK(ref.values[0].descriptor->interface_class == 3);
  CHECK(to_hex(ref.values[0].descriptor->name) == "0100010800ff");
  CHECK(ref.values[0].descriptor->attribute == 2);

  ref = one("c2 01 0c 07ea0b160712000000ffc400 0003 0100010800ff 02 06 00000005");
  CHECK(ref.date_time.size() == 12);
  REQUIRE(ref.values.size() == 1);
  CHECK(ref.values[0].offset == 24);
  CHECK(ref.values[0].descriptor->attribute == 2);

  ref =
      one("da 40000001 00 01 02 01 0003 0100010800ff 02 03 0046 0000600310ff 01 "
          "02 0600000001 00 02 01 00 03 00");
  REQUIRE(ref.values.size() == 2);
  CHECK(ref.values[0].descriptor->interface_class == 3);
  CHECK_FALSE(ref.values[0].is_method);
  CHECK(ref.values[1].descriptor->interface_class == 0x46);
  CHECK(ref.values[1].is_method);
  CHECK(ref.values[1].size == 1);

  // What failed is no value: null-data, and why it is one behind them.
  ref =
      one("da 40000001 00 01 03 01 0003 0100010800ff 02 01 0003 0100020800ff 02 "
          "01 0003 0100030800ff 02 03 0600000001 00 00 03 01 00 01 04 01 00");
  REQUIRE(ref.values.size() == 2);
  CHECK(to_hex(ref.values[1].descriptor->name) == "0100030800ff");  // no value, and no failure
  CHECK(ref.values[1].place == 2);
  REQUIRE(ref.failures.size() == 1);
  CHECK(ref.failures[0].place == 1);
  CHECK(ref.failures[0].why == "object-undefined");
  CHECK(one("da 40000001 00 00 01 1105 01 01 04").values.size() == 1);  // it is there all the same

  ref = one("18 00 02 02 fa08 02 fa10 02 0600000007 1105");
  REQUIRE(ref.values.size() == 2);
  CHECK(ref.values[1].variable_name == 0xfa10);
  CHECK(ref.values[1].size == 2);

  ref = one("c403c1 03 00 1105 01 0b 00 1106");  // an error between two values
  CHECK(ref.values.size() == 2);

  ref = one("c402c1 01 00000002 00 03 010203");
  CHECK(ref.values.empty());
  REQUIRE(ref.piece);
  CHECK(ref.piece->offset == 10);
  CHECK(ref.piece->size == 3);
  CHECK(ref.last_block);
  CHECK(ref.block_number == 2);

  ref = one("c102c1 0003 0100010800ff 02 00 00 00000001 03 010203");
  REQUIRE(ref.piece);
  CHECK(ref.piece->descriptor->interface_class == 3);
  CHECK_FALSE(ref.last_block);

  CHECK(one("c001c1 0007 0100630100ff 02 01 01 1105").values.empty());
  CHECK(one("c8 06 20 00000001 aa").values.empty());
  CHECK_FALSE(payload_of(hex("c401c100 06")).has_value());

  // Each Data of any APDU is found where it is, and nothing else.
  test::RandomData random(test::seed());
  INFO("seed ", test::seed());
  axdr::Nodes nodes;
  for (const ApduTag& tag : kApduTags) {
    for (int round = 0; round < 40; ++round) {
      const ByteVector apdu = random_apdu(random, tag.tag);
      CAPTURE(to_hex(apdu));
      const auto found = payload_of(apdu);
      REQUIRE(found.has_value());
      std::size_t behind = 0;
      for (const Payload& value : found->values) {
        REQUIRE(value.offset >= behind);
        const auto end = axdr::parse(apdu, value.offset, nodes);
        REQUIRE(end.has_value());
        REQUIRE(*end == value.offset + value.size);
        behind = *end;
      }
      if (tag.tag == kDataNotification || tag.tag == kEventNotification) {
        const auto header = parse_header(apdu);
        REQUIRE(header.has_value());
        REQUIRE(found->values.size() == 1);
        REQUIRE(found->values[0].offset == header->body);
        REQUIRE(to_hex(found->date_time) == to_hex(header->date_time));
      }
    }
  }
}

}  // namespace meterpipe::apdu
