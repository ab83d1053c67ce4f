// Every simulated meter against what proves it: a message of a real one, read in place, or the row
// of the field guide's layouts, written out here by hand. Compared is the shape: types, counts,
// lengths and OBIS codes of all elements in their order, and where a capture holds one message, the
// lengths of its frames too.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "apdu/tags.hpp"
#include "axdr/tree.hpp"
#include "base/hex.hpp"
#include "sim/simulator.hpp"
#include "support/capture.hpp"
#include "unit/sim/short_forms.hpp"

namespace meterpipe::test {

namespace fs = std::filesystem;

namespace {

// Short names for types, so that a layout fits on a line.
const std::map<axdr::Tag, std::string> kShort{
    {axdr::Tag::null_data, "null"},  {axdr::Tag::boolean, "bool"},
    {axdr::Tag::double_long, "i32"}, {axdr::Tag::double_long_unsigned, "u32"},
    {axdr::Tag::integer, "i8"},      {axdr::Tag::long_, "i16"},
    {axdr::Tag::unsigned_, "u8"},    {axdr::Tag::long_unsigned, "u16"},
    {axdr::Tag::long64, "i64"},      {axdr::Tag::long64_unsigned, "u64"},
    {axdr::Tag::enum_, "enum"},      {axdr::Tag::descriptor, "descriptor"}};

std::string telegram_shape(std::string_view text) {
  // The name and the checksum are a meter's own; so are digits.
  std::string shape(text.substr(text.find("\r\n")));
  shape.resize(shape.rfind('!') + 1);
  bool inside = false;
  for (char& c : shape) {
    if (c == '(' || c == ')') inside = c == '(';
    if (inside && std::isdigit(static_cast<unsigned char>(c)) != 0) c = '9';
    if (inside && (c == 'W' || c == 'S') && (&c)[1] == ')' && (&c)[-1] == '9') c = 'S';
  }
  return shape;
}

// "{2 o6:0100010800ff u32": {n structure, [n array, o octet-string and its length, v visible.
std::string shape_of(Bytes plain) {
  if (plain[0] == '/') return telegram_shape(as_text(plain));
  const std::size_t body = body_of(plain);
  axdr::Nodes nodes;
  const auto parsed = axdr::parse_all(plain, body, nodes);
  REQUIRE(parsed);
  std::string shape =
      to_hex(plain.first(1)) + (plain[0] == 0xc2 ? "" : to_hex(plain.subspan(5, 1)));
  for (const axdr::Node& node : nodes) {
    shape += ' ';
    const Bytes content = plain.subspan(node.offset, node.size);
    switch (node.tag) {
      case axdr::Tag::structure: shape += '{' + std::to_string(node.count); break;
      case axdr::Tag::array: shape += '[' + std::to_string(node.count); break;
      case axdr::Tag::octet_string:
        shape += (plain[node.start] == 0x06 ? "swapped" : "o") + std::to_string(node.size);
        if (node.size == 6 && content[5] == 0xff) shape += ':' + to_hex(content);
        break;
      case axdr::Tag::visible_string: shape += 'v' + std::to_string(node.size); break;
      default:
        shape += kShort.at(node.tag);
        if (node.tag == axdr::Tag::descriptor) shape += ':' + to_hex(content);
        break;
    }
  }
  return shape;
}

struct Proof {
  std::string meter;
  std::string capture;      // its id, or empty: the field guide
  bool whole = true;        // the capture holds one message and its frames have the same lengths
  std::string layout = {};  // of the field guide
};

const std::string kOnePhaseEvn =
    "0f0c {23 o12 o6:0100010800ff u32 {2 i8 enum o6:0100020800ff u32 {2 i8 enum o6:0100010700ff "
    "u32 "
    "{2 i8 enum o6:0100020700ff u32 {2 i8 enum o6:0100200700ff u16 {2 i8 enum o6:01001f0700ff u16 "
    "{2 i8 enum o6:01000d0700ff u16 {2 i8 enum o12";
const std::string kOnePhaseKaifa =
    "0f0c {12 o6:0000010000ff o12 {2 o6:0000600100ff o14 {2 o6:00002a0000ff o16 {3 o6:0100200700ff "
    "u16 {2 i8 enum {3 o6:01001f0700ff u16 {2 i8 enum {3 o6:0100010700ff u32 {2 i8 enum {3 "
    "o6:0100020700ff u32 {2 i8 enum {3 o6:0100010800ff u32 {2 i8 enum {3 o6:0100020800ff u32 {2 i8 "
    "enum {3 o6:0100030800ff u32 {2 i8 enum {3 o6:0100040800ff u32 {2 i8 enum";
const std::string kAidonNorway =
    "0f00 [18 {2 o6:0101000281ff v11 {2 o6:0000600100ff v16 {2 o6:0000600107ff v4 {3 "
    "o6:0100010700ff "
    "u32 {2 i8 enum {3 o6:0100020700ff u32 {2 i8 enum {3 o6:0100030700ff u32 {2 i8 enum {3 "
    "o6:0100040700ff u32 {2 i8 enum {3 o6:01001f0700ff i16 {2 i8 enum {3 o6:0100330700ff i16 {2 i8 "
    "enum {3 o6:0100470700ff i16 {2 i8 enum {3 o6:0100200700ff u16 {2 i8 enum {3 o6:0100340700ff "
    "u16 "
    "{2 i8 enum {3 o6:0100480700ff u16 {2 i8 enum {2 o6:0000010000ff o12 {3 o6:0100010800ff u32 {2 "
    "i8 enum {3 o6:0100020800ff u32 {2 i8 enum {3 o6:0100030800ff u32 {2 i8 enum {3 "
    "o6:0100040800ff "
    "u32 {2 i8 enum";
const std::string kKamstrupList =
    "0f0c {25 v14 o6:0101000005ff v16 o6:0101600101ff v18 o6:0101010700ff u32 o6:0101020700ff u32 "
    "o6:0101030700ff u32 o6:0101040700ff u32 o6:01011f0700ff u32 o6:0101330700ff u32 "
    "o6:0101470700ff u32 o6:0101200700ff u16 o6:0101340700ff u16 o6:0101480700ff u16";
const std::string kKamstrupOnePhase =
    "0f0c {25 v14 o6:0101000005ff v16 o6:0101600101ff v18 o6:0101010700ff u32 o6:0101020700ff u32 "
    "o6:0101030700ff u32 o6:0101040700ff u32 o6:01011f0700ff u32 o6:0101330700ff null "
    "o6:0101470700ff null o6:0101200700ff u16 o6:0101340700ff null o6:0101480700ff null";
const std::string kKamstrupSweden =
    "0f0c {35" + kKamstrupList.substr(8) +
    " o6:0001010000ff o12 o6:0101010800ff u32 o6:0101020800ff u32 o6:0101030800ff u32 "
    "o6:0101040800ff u32";
const std::string kZpa =
    "0f00 {2 enum [13 {2 descriptor:000100002a0000ff02 o9 {2 descriptor:00010000600100ff02 o10 {2 "
    "descriptor:0046000060030aff03 enum {2 descriptor:00470000110000ff03 u32 {2 "
    "descriptor:0046000160030aff03 enum {2 descriptor:00010000600e00ff02 o2 {2 "
    "descriptor:00030100010700ff02 u32 {2 descriptor:00030100020700ff02 u32 {2 "
    "descriptor:00030100010800ff02 u32 {2 descriptor:00030100010801ff02 u32 {2 "
    "descriptor:00030100010802ff02 u32 {2 descriptor:00030100020800ff02 u32 {2 "
    "descriptor:00010000600d00ff02 o0";
const std::string kGasPush =
    "0f0c [3 {2 o6:0700000000ff o12 {2 o6:0000010000ff o12 {3 o6:0700030000ff u32 {2 i8 enum";

const std::vector<Proof>& proofs() {
  static const std::vector<Proof> rows{
      {"kaifa-salzburg", "salzburg-ma309m-plain", false},
      {"kaifa-1phase", "", false, kOnePhaseKaifa},
      {"kaifa-tinetz", "salzburg-ma309m-plain", false},
      {"kaifa-vkw", "vkw-ma309-1"},
      {"elster-vkw", "salzburg-doc-plain", false},
      {"kaifa-evn", "evn-ma309m-doc"},
      {"sagemcom-t210d", "evn-t210d-1", false},
      {"sagemcom-s210", "", false, kOnePhaseEvn},
      {"e450-burgenland", "", false,
       "0f0c {14 u16 u16 u16 u16 u16 u16 u32 u32 u32 u32 u16 u16 u16 o16"},
      {"am550-wien", "wn-am550-1"},
      {"e450-wien", "wn-e450-1"},
      {"im350-wien", "", false, "0f0c {10 o16 o12 u32 u32 u32 u32 u32 u32 u32 u32"},
      {"am550-kaernten", "shrdzm-am550-1"},
      {"im350-kaernten", "shrdzm-im350-1"},
      {"im350-wels", "shrdzm-im350wels-2"},
      {"t210d-steiermark", "shrdzm-sag5-1"},
      {"e450-steiermark", "dp-hdlc-landis-gyr-e450"},
      {"e450-swiss", "scs-lg-e450-plain", false},
      {"e450-swiss-30", "scs-lg-e450-plain1", false},
      {"e450-swiss-gas", "scs-lg-e450-unencrypted-extended-register-data"},
      {"e570-swiss", "scs-lg-e570-enc"},
      {"e570-swiss-plain", "scs-lg-e570-plain-load-cfg2026"},
      {"e360-swiss", "scs-lg-e360-plain-cfg2026"},
      {"am550-swiss", "scs-iskra-am550-plain"},
      {"kaifa-norway", "dp-hdlc-kaifa-ma304h3e"},
      {"kaifa-norway-18", "", false,
       "0f09 {18 o7 o16 o8 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 o12 u32 u32 u32 u32"},
      {"kaifa-norway-9", "", false, "0f09 {9 o7 o16 o8 u32 u32 u32 u32 u32 u32"},
      {"kaifa-norway-14", "", false,
       "0f09 {14 o7 o16 o8 u32 u32 u32 u32 u32 u32 o12 u32 u32 u32 u32"},
      {"kaifa-norway-1", "", false, "0f09 {1 u32"},
      {"aidon-norway", "", false, kAidonNorway},
      {"aidon-sweden", "dp-hdlc-norway-han-3phase"},
      {"zmf100-norway", "dp-hdlc-landis-gyr-zmf100"},
      {"kamstrup-norway", "", false, kKamstrupList},
      {"kamstrup-1phase", "", false, kKamstrupOnePhase},
      {"kamstrup-sweden", "", false, kKamstrupSweden},
      {"kamstrup-denmark", "dp-hdlc-kamstrup-omnipower"},
      {"kamstrup-swiss", "", false, kKamstrupList},
      {"am550-slovenia", "dp-hdlc-iskra550"},
      {"iskra-18", "", false,
       "0f0c {18 o16 o8 u32 u32 u32 u32 u16 u16 u16 u16 u16 u16 u32 u32 u32 u32 u32 u32"},
      {"iskra-12u", "", false, "0f0c {12 o16 o5 u16 u16 u16 u16 u16 u16 u32 u32 u32 u32"},
      {"iskra-12e", "", false, "0f0c {12 o16 o8 enum o4 u32 u32 u32 u32 u32 u32 u32 u32"},
      {"iskra-10", "", false, "0f0c {10 o16 o8 u32 u32 u32 u32 u16 u16 u32 u32"},
      {"iskra-9", "", false, "0f0c {9 o16 o11 u32 u32 u32 u32 u16 u16 u16"},
      {"iskra-9e", "", false, "0f0c {9 o16 u32 u32 u32 u32 u32 u32 u32 u32"},
      {"am550-p1", "", false,
       "\r\n\r\n1-3:0.2.8(99)\r\n0-0:1.0.0(999999999999S)\r\n0-0:96.1.1(999999999999999999)\r\n"
       "1-0:1.8.1(999999.999*kWh)\r\n1-0:1.8.2(999999.999*kWh)\r\n1-0:2.8.1(999999.999*kWh)\r\n"
       "1-0:2.8.2(999999.999*kWh)\r\n1-0:1.7.0(99.999*kW)\r\n1-0:2.7.0(99.999*kW)\r\n"
       "1-0:32.7.0(999.9*V)\r\n1-0:52.7.0(999.9*V)\r\n1-0:72.7.0(999.9*V)\r\n!"},
      {"ie5-croatia", "", false,
       "0f0c {33 o8 o4 o5 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u16 u32 u32 u32 u32 u32 "
       "u32 u16 u16 u16 u16 u16 u16 u32 [1 u32 [1 u32 [1 u32 bool"},
      {"xt211-czech", "dp-raw-egd-example"},
      {"zpa-czech", "", false, kZpa},
      {"t210d-luxembourg", "", false, "telegram"},
      {"dsmr-p1", "", false, "telegram"},
      {"gas-push", "", false, kGasPush},
      {"gateway-push", "wpdu-dn-encauth-30"},
      {"gateway-event", "wpdu-event-plain", false},
  };
  return rows;
}

sim::Message message_of(const sim::Meter& meter) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.start = 1'782'000'000;  // 2026-06-21, in summer time
  settings.control = meter.control;
  settings.keys = sim::own_keys(meter, meter.control.value_or(0));
  sim::Simulator simulator(settings);
  const auto message = simulator.next();
  REQUIRE(message);
  return **message;
}

}  // namespace

TEST_CASE("every meter has its proof") {
  const auto& rows = proofs();
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    CHECK(std::count_if(rows.begin(), rows.end(),
                        [&](const Proof& proof) { return proof.meter == meter.name; }) == 1);
  }
  CHECK(rows.size() == sim::meters().size());
}

TEST_CASE("meters have the shape that the field guide says") {
  int proved = 0;
  for (const Proof& proof : proofs()) {
    if (!proof.capture.empty()) continue;
    CAPTURE(proof.meter);
    const sim::Message message = message_of(*sim::find_meter(proof.meter));
    const std::string shape = shape_of(message.plain);
    if (proof.layout == "telegram") {
      for (const char* line : {"\r\n\r\n1-3:0.2.8(99)\r\n0-0:1.0.0(999999999999S)\r\n",
                               "\r\n1-0:1.7.0(99.999*kW)\r\n", "\r\n1-0:32.7.0(999.9*V)\r\n",
                               "\r\n1-0:31.7.0(999*A)\r\n", "\r\n1-0:61.7.0(99.999*kW)\r\n"}) {
        CHECK(shape.find(line) != std::string::npos);
      }
    } else {
      CHECK(shape == proof.layout);
    }
    MESSAGE(proof.meter << ": field guide");
    ++proved;
  }
  MESSAGE(proved << " meters proved by the field guide");
}

TEST_CASE("meters have the shape of a real message") {
  if (!fs::exists(captures_folder())) {
    MESSAGE("skipped: no captures (METERPIPE_CAPTURES names their folder); 0 meters proved");
    return;
  }
  std::map<std::string, Capture> captures;
  for (Capture& capture : load_captures(captures_folder()))
    captures.emplace(capture.id, std::move(capture));
  int proved = 0, whole = 0;
  for (const Proof& proof : proofs()) {
    if (proof.capture.empty()) continue;
    CAPTURE(proof.meter);
    const auto found = captures.find(proof.capture);
    if (found == captures.end()) {
      MESSAGE(proof.meter << ": no capture " << proof.capture);
      continue;
    }
    const sim::Message message = message_of(*sim::find_meter(proof.meter));
    const ByteVector plain =
        *from_hex(found->second.expected["apdus"].elements().back()["plain"].text());
    CHECK(shape_of(message.plain) == shape_of(plain));
    if (proof.whole) {
      std::size_t sent = 0;
      for (const ByteVector& frame : message.frames) sent += frame.size();
      CHECK(sent == found->second.bytes.size());
      ++whole;
    }
    MESSAGE(proof.meter << ": " << proof.capture << std::string(proof.whole ? ", frames too" : ""));
    ++proved;
  }
  MESSAGE(proved << " meters proved by captures, " << whole << " with the lengths of their frames");
}

}  // namespace meterpipe::test
