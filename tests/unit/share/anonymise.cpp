// meter-sim --anonymise: whatever the simulator sends, over every link, comes out with the same
// values, lengths and trust, under new keys, and nothing of the old identity is left.
#include <algorithm>

#include "readings/text.hpp"
#include "share/identity_finder.hpp"
#include "support/anonymised.hpp"
#include "support/mbus.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

namespace {

// True: the link could carry it.
bool round_trip(const sim::SimSettings& settings) {
  const std::string text = lines_of(settings, 2, nullptr);
  if (text.empty()) return false;
  INFO(std::string(settings.meter->name));
  const std::string keys = key_line(settings);
  Rings rings(keys);
  const share::Anonymised out = made(text, rings, settings.seed);
  CHECK(out.messages == 2);
  CHECK((settings.control ? out.reciphered : out.plain) == 2);
  CHECK(out.bytes_left_out == 0);
  CHECK(out.left_out.empty());
  Seen was(keys), is(out.keys);
  was.read(text);
  is.read(out.text);
  check_same(was, is);
  check_gone(out.text, is, settings);
  return true;
}

std::vector<sim::LinkForm> forms_of(const sim::Meter& meter) {
  const auto link = [&](sim::Link kind, std::uint32_t blocks) {
    sim::LinkForm form = meter.link;
    form.link = kind;
    form.blocks.size = blocks;
    form.blocks.less_in_first = form.blocks.free_behind = 0;
    return form;
  };
  std::vector<sim::LinkForm> forms{meter.link};
  // A telegram that does not cipher is its own frame.
  if (meter.layout == sim::Layout::telegram && !meter.control) return forms;
  for (const std::uint32_t blocks : {0U, 60U}) {
    forms.push_back(link(sim::Link::mbus, blocks));
    forms.push_back(link(sim::Link::hdlc, blocks));
    forms.push_back(link(sim::Link::wrapper, blocks));
  }
  forms.push_back(link(sim::Link::none, 0));
  forms[2].hdlc.room = 50;
  return forms;
}

}  // namespace

TEST_CASE("every simulated meter becomes another one over its link and over others") {
  int carried = 0;
  for (const sim::Meter& one : sim::meters()) {
    std::uint64_t seed = 1;
    for (const sim::LinkForm& form : forms_of(one)) {
      sim::SimSettings settings = settings_of(one, seed++);
      settings.link = form;
      carried += round_trip(settings) ? 1 : 0;
    }
  }
  MESSAGE(carried << " captures");
  CHECK(carried > 300);
}

TEST_CASE("an APDU behind an LLC header on a line of its own is made as the bare one is") {
  for (const char* header : {"e6e700", "e6e600"}) {
    for (const char* name : {"kaifa-salzburg", "e450-steiermark", "iskra-18"}) {
      sim::SimSettings settings = settings_of(meter(name), 5);
      settings.link = sim::LinkForm{.link = sim::Link::none};
      const std::string keys = key_line(settings), bare = lines_of(settings, 2, nullptr);
      const auto behind = [&](const std::string& text) {
        std::string lines;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
          if (text[at] != '#') lines += header;
          lines += text.substr(at, text.find('\n', at) + 1 - at);
        }
        return lines;
      };
      Rings rings(keys), others(keys);
      const share::Anonymised one = made(bare, rings, 5), two = made(behind(bare), others, 5);
      CHECK(two.messages == 2);
      CHECK(two.reciphered + two.plain == 2);
      CHECK(two.bytes_left_out == 0);
      CHECK(two.text == behind(one.text));
      Seen was(keys), is(two.keys);
      was.read(bare);
      is.read(two.text);
      check_same(was, is);
      check_gone(two.text, is, settings);
    }
  }
}

TEST_CASE("every suite, with and without tag, with the broadcast key") {
  for (const char* name : {"kaifa-salzburg", "e450-steiermark", "t210d-steiermark"}) {
    for (const int control :
         {0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32, 0x60, 0x70, 0x50, 0x72}) {
      sim::SimSettings settings = settings_of(meter(name), static_cast<std::uint64_t>(control));
      settings.control = static_cast<std::uint8_t>(control);
      settings.keys = sim::own_keys(*settings.meter, *settings.control);
      CHECK(round_trip(settings));
    }
  }
}

TEST_CASE("noise, half frames and messages without a key are left out and counted") {
  sim::SimSettings mine = settings_of(meter("kaifa-salzburg"), 3);
  sim::SimSettings other = settings_of(meter("kaifa-tinetz"), 4);
  const std::string good = lines_of(mine, 2, nullptr), foreign = lines_of(other, 1, nullptr);
  const std::string half = good.substr(0, good.size() / 4 / 2 * 2) + "\n";
  const std::string title = to_hex(other.meter->title);
  const std::string text = "# key: secret of a house\ncafe00" + title + "\n" + half + foreign +
                           good + half + "00ff" + title + "\n";
  Rings rings(key_line(mine));
  const share::Anonymised out = made(text, rings, 1);
  CHECK(out.messages == 3);
  CHECK(out.reciphered == 2);
  CHECK(out.left_out.size() == 1);
  CHECK(out.left_out.begin()->first == "no-key (title " + title + ")");
  const auto digits = [](const std::string& lines) {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](char c) { return c != '\n'; }));
  };
  CHECK(out.bytes_left_out == (2 * digits(half) + digits(foreign) + 6 + 4 + 32) / 2);
  CHECK(out.text.find("house") == std::string::npos);
  Seen is(out.keys), was(key_line(mine));
  was.read(good);
  is.read(out.text);
  check_same(was, is);
  check_gone(out.text, is, mine);
  check_gone(out.text, is, other);
}

TEST_CASE("HDLC frames inside M-Bus segments, and a segment that came twice") {
  sim::SimSettings settings = settings_of(meter("am550-wien"), 3);
  sim::Simulator simulator(settings);
  std::string text;
  for (int i = 0; i < 2; ++i) {
    const auto message = simulator.next();
    REQUIRE(message);
    const ByteVector frame = (*message)->frames.at(0);
    const auto segment = [](std::uint8_t ci, Bytes part) {
      return to_hex(long_frame(0x53, 0xff, ci, join(hex("0167"), part))) + "\n";
    };
    const Bytes bytes = frame;
    text += segment(0x10, bytes);
    text += segment(0x00, bytes.first(50));
    text += segment(0x00, bytes.first(50));
    text += segment(0x11, bytes.subspan(50));
  }
  Rings rings(key_line(settings));
  const share::Anonymised out = made(text, rings, 3);
  CHECK(out.reciphered == 4);
  CHECK(out.bytes_left_out == 0);
  Seen was(key_line(settings)), is(out.keys);
  was.read(text);
  is.read(out.text);
  REQUIRE(was.readings.size() == 4);
  check_same(was, is);
  check_gone(out.text, is, settings);
}

TEST_CASE("two meters in one stream stay two, one meter stays one") {
  sim::SimSettings a = settings_of(meter("kaifa-salzburg"), 1);
  sim::SimSettings b = settings_of(meter("kaifa-vkw"), 2);
  const std::string text =
      lines_of(a, 1, nullptr) + lines_of(b, 1, nullptr) + lines_of(a, 2, nullptr);
  const std::string keys = key_line(a) + key_line(b);
  Rings rings(keys);
  const share::Anonymised out = made(text, rings, 7);
  Seen is(out.keys);
  is.read(out.text);
  REQUIRE(is.readings.size() == 4);
  const auto name = [&](std::size_t i) { return is.readings[i]["meter"].text(); };
  CHECK(name(0) == name(2));
  CHECK(name(0) == name(3));
  CHECK(name(0) != name(1));
  CHECK(std::count(out.keys.begin(), out.keys.end(), '\n') == 2);
  // Kaifa's number follows from the title, as it did before.
  for (const Json& one : is.readings) {
    const auto title = from_hex(one["id"].text().substr(0, 16));
    REQUIRE(title);
    CHECK(readings::number_of_title(*title) == one["meter"].text());
  }
  check_gone(out.text, is, a);
  check_gone(out.text, is, b);
  // The seed decides, and nothing else.
  Rings again(keys), others(keys);
  CHECK(made(text, again, 7).text == out.text);
  CHECK(made(text, others, 8).text != out.text);
}

TEST_CASE("records keep their times, and marks stay at their bytes") {
  sim::SimSettings mine = settings_of(meter("kaifa-salzburg"), 1);
  std::string hex = lines_of(mine, 1, nullptr);
  hex.pop_back();
  const std::string head = R"({"v":1,"t":"bytes","ts":"2026-03-02T06:00:0)";
  const std::string src =
      R"(Z","src":"tcp:house.example:2000","seq":7,"ms":1172,"line":"2400-8E1",)";
  const std::string text =
      head + "1.000000" + src + R"("marked":[1,12,40],"why":"frame","hex":"fedc)" + hex +
      R"(","room":"cellar"})" + "\n" + head + "9.000000" + src + R"("why":"gap","hex":"1234"})" +
      "\n" + R"({"v":1,"t":"error","src":"tcp:house.example:2000","code":"x"})" + "\n";
  Rings rings(key_line(mine));
  const share::Anonymised out = made(text, rings, 1);
  CHECK(out.other_records == 1);
  CHECK(out.bytes_left_out == 4);
  CHECK(out.text.find("house") == std::string::npos);
  CHECK(out.text.find("cellar") == std::string::npos);
  Seen is(out.keys);
  is.read(out.text);
  REQUIRE(is.lines.size() == 1);
  const Json record = Json::parse(is.lines[0]);
  CHECK(record["ts"].text() == "2026-03-02T06:00:01.000000Z");
  CHECK(record["src"].text() == "source-1");
  CHECK(record["seq"].text() == "7");
  CHECK(record["ms"].text() == "1172");
  CHECK(record["line"].text() == "2400-8E1");
  CHECK(record["marked"].raw() == "[10,38]");
  CHECK(record["hex"].text().size() == hex.size());
  CHECK(is.readings.size() == 1);
}

TEST_CASE("of an APDU that was deciphered before, the service stays and no other word") {
  const auto record = [](std::string_view service) {
    return R"({"v":1,"t":"apdu","src":"x","seq":1,"security":{"service":")" + std::string(service) +
           R"(","title":"4b464d1020039534","counter":1,"sc":"21","suite":1,"encrypted":true,)" +
           R"("auth":"none","key":"house"},"hex":"0f00000000000200"})" + "\n";
  };
  Rings rings("");
  const share::Anonymised out =
      made(record("general-glo-ciphering") + record("cellar-of-the-house"), rings, 1);
  CHECK(out.messages == 2);
  CHECK(out.text.find(R"("service":"general-glo-ciphering")") != std::string::npos);
  CHECK(out.text.find(R"("service":"")") != std::string::npos);
  CHECK(out.text.find("house") == std::string::npos);
}

TEST_CASE("an answer of another M-Bus meter gets another number, wherever it stands in it") {
  // 12345678, KAM, heat; a fabrication number that is the same and one that is another
  const ByteVector data =
      join(hex("78563412 2d2c 1b 04 05 00 0000"), hex("0c78 78563412"), hex("0c06 27000000"),
           hex("0d78 08 3132333435363738"), hex("0c79 44332211"));
  const std::string text = to_hex(long_frame(0x08, 0x01, 0x72, data)) + "\n";
  Rings rings("");
  const share::Anonymised out = made(text, rings, 5);
  CHECK(out.answers == 1);
  Seen is("");
  is.read(out.text);
  REQUIRE(is.answers.size() == 1);
  CHECK(is.answers[0].size() == 8);
  CHECK(is.answers[0] != "12345678");
  for (const char* old : {"78563412", "3132333435363738", "44332211"}) {
    CHECK(out.text.find(old) == std::string::npos);
  }
  CHECK(out.text.find("0c0627000000") != std::string::npos);
  CHECK(out.text.size() == text.size());
  // Enciphered, nobody knows what is in it.
  const ByteVector closed = join(hex("78563412 2d2c 1b 04 05 00 0005"), hex("0c78 78563412"));
  const auto none =
      share::anonymise(to_hex(long_frame(0x08, 0x01, 0x72, closed)) + "\n", {}, rings);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == share::AnonymiseFault::Kind::nothing);
}

TEST_CASE("of an M-Bus answer no code and no password stays, nor a name in its maker's own bytes") {
  // A unit in words, "%RH", and a number of variable length before the fabrication number; codes as
  // text, BCD and binary of two bytes; the maker's own: the number in BCD and binary, both ways.
  const std::string records =
      "02fc0348522574d411 0dfd08c2 3412 0c78 78563412 0dfd12 08 3132333457504241 0cfd16 44332211"
      "02fd13 beef 0c06 27000000 0f 78563412 12345678 4e61bc00 00bc614e 0102";
  const ByteVector data = join(hex("78563412 2d2c 1b 04 05 00 0000"), hex(records));
  Rings rings("");
  const share::Anonymised out = made(to_hex(long_frame(0x08, 0x01, 0x72, data)) + "\n", rings, 5);
  CHECK(out.answers == 1);
  for (const char* old :
       {"78563412", "12345678", "4e61bc00", "00bc614e", "313233", "44332211", "beef"}) {
    INFO(std::string(old));
    CHECK(out.text.find(old) == std::string::npos);
  }
  for (const char* same : {"02fc0348522574d411", "0c0627000000", "0dfd1208", "0102"}) {
    CHECK(out.text.find(same) != std::string::npos);
  }
  // High bytes first.
  const ByteVector high = join(hex("12345678 2c2d 1b 04 05 00 0000"), hex("0c78 44332211"));
  const share::Anonymised other = made(to_hex(long_frame(0x08, 0x01, 0x76, high)) + "\n", rings, 5);
  CHECK(other.text.find("44332211") == std::string::npos);
  // What cannot be read may hold anything.
  const ByteVector cut = join(hex("78563412 2d2c 1b 04 05 00 0000"), hex("0c78 785634"));
  const auto none = share::anonymise(to_hex(long_frame(0x08, 0x01, 0x72, cut)) + "\n", {}, rings);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == share::AnonymiseFault::Kind::nothing);
}

TEST_CASE("the number of an M-Bus meter in a record that measures nothing, and a sub-meter's") {
  Rings rings("");
  // In words ("Son"), under the maker's own code, as a parameter set; and an energy that is as
  // large.
  const ByteVector data = join(hex("78563412 2d2c 1b 04 05 00 0000"),
                               hex("0c7c036e6f53 78563412 04ff22 4e61bc00 0cfd0b 78563412"
                                   "0c03 78563412 0406 4e61bc00"));
  const share::Anonymised out = made(to_hex(long_frame(0x08, 1, 0x72, data)) + "\n", rings, 5);
  CHECK(out.answers == 1);
  CHECK(out.text.find("0c7c036e6f53") != std::string::npos);
  for (const char* old : {"0c7c036e6f5378563412", "04ff224e61bc00", "0cfd0b78563412"}) {
    INFO(std::string(old));
    CHECK(out.text.find(old) == std::string::npos);
  }
  for (const char* measured : {"0c0378563412", "04064e61bc00"}) {
    INFO(std::string(measured));
    CHECK(out.text.find(measured) != std::string::npos);
  }
  // An object list: the client's number of its meter (class 72, attribute 6), and an energy; the
  // same number as the meter's own.
  const auto entry = [](const char* kind, const char* code, const char* attribute) {
    return hex("0204 12" + std::string(kind) + "0906" + code + "0f" + attribute + "120000");
  };
  const ByteVector push = join(
      hex("0f00000001 00 0204 0104"), entry("0028", "0000190900ff", "02"),
      entry("0048", "0001180100ff", "06"), entry("0001", "0001600100ff", "02"),
      entry("0003", "0100010800ff", "02"), hex("06 12345678 0908 3132333435363738 06 000003e8"));
  const share::Anonymised list = made(to_hex(push) + "\n", rings, 5);
  CHECK(list.plain == 1);
  CHECK(list.text.find("0612345678") == std::string::npos);
  CHECK(list.text.find("3132333435363738") == std::string::npos);
  CHECK(list.text.find("06000003e8") != std::string::npos);
  // Both are one number still.
  const std::size_t at = list.text.find("0908") + 4;
  CHECK(list.text.find("06" + to_hex(*from_hex(as_text(*from_hex(list.text.substr(at, 16)))))) !=
        std::string::npos);
}

TEST_CASE("a telegram's serial as a number under a code that measures nothing") {
  Rings rings("");
  const std::string text =
      "/KFM5KAIFA-METER\r\n\r\n0-0:96.1.1(4530303437303030303534333231383138)\r\n"
      "0-0:96.3.1(0047000054321818)\r\n0-0:96.14.0(0002)\r\n0-0:96.7.21(54321818)\r\n!\r\n";
  const share::Anonymised out = made(to_hex(as_bytes(text)) + "\n", rings, 5);
  CHECK(out.plain == 1);
  CHECK(out.text.find(to_hex(as_bytes("96.3.1(0047000054321818)"))) == std::string::npos);
  CHECK(out.text.find(to_hex(as_bytes("0-0:96.14.0(0002)"))) != std::string::npos);
  CHECK(out.text.find(to_hex(as_bytes("0-0:96.7.21(54321818)"))) != std::string::npos);
}

TEST_CASE("whom a modem calls is nobody's business") {
  Rings rings("");
  const std::string number = to_hex(as_bytes("+436641234567"));
  const std::string push = "0f00000001 00 0202 0202 0906 0000020100ff 090d" + number +
                           "0202 0906 0100010800ff 06 000003e8";
  const share::Anonymised out = made(to_hex(hex(push)) + "\n", rings, 5);
  CHECK(out.plain == 1);
  CHECK(out.text.find(number) == std::string::npos);
}

TEST_CASE("a read-out with STX, ETX and a BCC has the right one for its new number") {
  std::string body = "0.0.0(00987654)\r\n1.8.0(000123.4*kWh)\r\n!\r\n\x03";
  std::uint8_t bcc = 0;
  for (const char c : body) bcc = static_cast<std::uint8_t>(bcc ^ static_cast<std::uint8_t>(c));
  const std::string text = "/ISk5MT174-0002\r\n\x02" + body + static_cast<char>(bcc);
  Rings rings("");
  const share::Anonymised out = made(to_hex(as_bytes(text)) + "\n", rings, 5);
  CHECK(out.plain == 1);
  CHECK(out.text.find(to_hex(as_bytes("987654"))) == std::string::npos);
  CHECK(out.text.find(to_hex(as_bytes("1.8.0(000123.4*kWh)"))) != std::string::npos);
}

TEST_CASE(
    "answers with a fixed structure or a short header: their number, too; of a cut one nothing") {
  Rings rings("");
  // The number, then access, status, units and two counters; high bytes first behind 77.
  for (const std::uint8_t ci : {std::uint8_t{0x73}, std::uint8_t{0x77}}) {
    const std::string number = ci == 0x73 ? "78563412" : "12345678";
    const auto data = hex(number + "0a 00 e9 7e 01000000 35010000");
    const share::Anonymised out = made(to_hex(long_frame(0x08, 5, ci, data)) + "\n", rings, 5);
    CHECK(out.answers == 1);
    CHECK(out.text.find(number) == std::string::npos);
    CHECK(out.text.find("0a00e97e0100000035010000") != std::string::npos);
  }
  const auto data = hex("05 00 0000 0c78 78563412 0c06 27000000");
  const share::Anonymised out = made(to_hex(long_frame(0x08, 5, 0x7a, data)) + "\n", rings, 5);
  CHECK(out.answers == 1);
  CHECK(out.text.find("78563412") == std::string::npos);
  const auto why = [](std::uint8_t ci, const char* text) {
    const ByteVector bytes = hex(text);
    link::Frame frame;
    frame.ci = ci;
    frame.data = bytes;
    const auto found = share::find_in_rsp_ud(frame);
    REQUIRE_FALSE(found);
    return found.error().fault;
  };
  CHECK(why(0x72, "785634122d2c1b04050000") == Fault::truncated_data);
  CHECK(why(0x73, "785634120a00e9") == Fault::truncated_data);
  CHECK(why(0x7a, "050000") == Fault::truncated_data);
  CHECK(why(0x7a, "05000005 0c06 27000000") == Fault::no_key);
  CHECK(why(0x5b, "0102030405060708") == Fault::no_key);
}

TEST_CASE("an APDU that is signed has its titles and its signature changed, and its content") {
  const auto push = [](const char* name) {
    return hex("0f00000001 00 02 02 02 02 09 06 0000600100ff 09 04" + to_hex(as_bytes(name)) +
               "02 02 09 06 0100010800ff 06 000003e8");
  };
  const auto in_signature = [](const ByteVector& content) {
    ByteVector sign = hex("df 00 08 4b464d1020000001 08 4b464d1020000002 00 00");
    sign.push_back(static_cast<std::uint8_t>(content.size()));
    append(sign, content);
    append(sign, hex("08 a0a1a2a3a4a5a6a7"));
    return sign;
  };
  Rings rings("");
  const share::Anonymised out = made(to_hex(in_signature(push("LGZ1"))) + "\n", rings, 5);
  CHECK(out.reciphered == 1);
  for (const char* gone :
       {"4b464d1020000001", "4b464d1020000002", "4c475a31", "a0a1a2a3a4a5a6a7"}) {
    CHECK(out.text.find(gone) == std::string::npos);
  }
  CHECK(out.text.find("06000003e8") != std::string::npos);
  const auto none = share::anonymise(to_hex(in_signature(hex("0102030405"))) + "\n", {}, rings);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == share::AnonymiseFault::Kind::nothing);
}

TEST_CASE("what cannot be read is counted, with its reasons") {
  sim::SimSettings settings = settings_of(meter("am550-wien"), 3);
  std::string text = lines_of(settings, 1, nullptr);
  text[text.size() / 2] = text[text.size() / 2] == '0' ? '1' : '0';
  Rings rings(key_line(settings));
  const auto none = share::anonymise(text, {}, rings);
  REQUIRE_FALSE(none);
  const share::Anonymised& so_far = none.error().so_far;
  CHECK(so_far.bytes_left_out == (text.size() - 1) / 2);
  CHECK(so_far.framing == std::map<std::string, std::size_t>{{"bad-fcs", 1}});
  Rings no_keys("");
  const auto locked = share::anonymise(lines_of(settings, 2, nullptr), {}, no_keys);
  REQUIRE_FALSE(locked);
  CHECK(locked.error().so_far.left_out.size() == 1);
  CHECK(locked.error().so_far.bytes_left_out == text.size() - 1);
}

}  // namespace meterpipe::test
