// meter-sim --anonymise: whatever the simulator sends, over every link, comes out with the same
// values, lengths and trust, under new keys, and nothing of the old identity is left. The search
// for it shares nothing with the one in the program.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "apdu/open.hpp"
#include "base/hex.hpp"
#include "decode/frame_source.hpp"
#include "decode/reading_maker.hpp"
#include "keys/key_finder.hpp"
#include "readings/text.hpp"
#include "share/anonymise.hpp"
#include "share/identity_finder.hpp"
#include "share/new_identity.hpp"
#include "sim/simulator.hpp"
#include "support/json_tree.hpp"
#include "support/mbus.hpp"
#include "support/text.hpp"
#include "views/reading_json.hpp"

namespace meterpipe::test {

namespace {

class Rings final : public share::KeyRings {
 public:
  explicit Rings(const std::string& lines) : ring_(parsed(lines)), old_(ring_) {}
  apdu::KeySource& old_keys() override { return old_; }
  apdu::KeySource& new_keys(std::string_view lines) override {
    new_ring_ = parsed(std::string(lines));
    new_ = std::make_unique<keys::KeyFinder>(new_ring_);
    return *new_;
  }
  std::vector<Bytes> secrets() const override {
    std::vector<Bytes> all;
    for (const auto& entry : ring_.entries()) all.push_back(entry.encryption);
    return all;
  }
  static keys::KeyRing parsed(const std::string& lines) {
    std::vector<std::string> warnings;
    return keys::KeyRing::parse(lines, "keys", warnings);
  }

 private:
  keys::KeyRing ring_;
  keys::KeyFinder old_;
  keys::KeyRing new_ring_;
  std::unique_ptr<keys::KeyFinder> new_;
};

std::string key_line(const sim::Settings& settings) {
  if (!settings.control) return {};
  std::string line = "title=" + to_hex(settings.meter->title) + " ek=" + to_hex(settings.keys.ek);
  if ((*settings.control & apdu::kAuthenticated) != 0) line += " ak=" + to_hex(settings.keys.ak);
  if ((*settings.control & apdu::kBroadcast) != 0) {
    line += " broadcast=" + to_hex(settings.keys.broadcast);
  }
  return line + "\n";
}

sim::Settings settings_of(const sim::Meter& meter, std::uint64_t seed) {
  sim::Settings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = sim::kFirstStart + 86400 * 500;
  settings.control = meter.control;
  settings.keys = sim::own_keys(meter, meter.control.value_or(0));
  return settings;
}

// A line of hex for each message; empty where the link cannot carry it.
std::string lines_of(const sim::Settings& settings, int count, std::vector<ByteVector>* plain) {
  sim::Simulator simulator(settings);
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto message = simulator.next();
    if (!message) return {};
    for (const ByteVector& frame : (*message)->frames) text += to_hex(frame);
    text += '\n';
    if (plain != nullptr) plain->push_back((*message)->plain);
  }
  return text;
}

// What the tools behind it make of a capture.
struct Seen final : decode::FrameRecordSink, record::Sink {
  explicit Seen(const std::string& keys) : ring(Rings::parsed(keys)), finder(ring) {}

  void give(const record::ApduRecord& record) override {
    apdus.push_back(record.bytes);
    record::ApduRecord one = record;
    apdu::Auth auth = apdu::Auth::plain;
    if (apdu::is_ciphered(record.bytes)) {
      apdu::Opener opener(finder, apdu::AuthMode::check, {});
      apdu::Security security;
      ByteVector plain;
      if (!opener.open(record.bytes, security, plain)) return void(++errors);
      auth = security.auth;
      counters.push_back(security.counter);
      one.security = std::move(security);
      one.bytes = plain;
    }
    plains.push_back(one.bytes);
    const auto reading = maker.make(one, auth);
    if (!reading) return void(++errors);
    Buffer out;
    views::ReadingJson(cosem::NameFormat{}).write(out, **reading);
    readings.push_back(Json::parse(std::string(out.view())));
  }
  void give(const record::FrameRecord& record) override {
    frame_sizes.push_back(record.bytes.size());
  }
  void give(const record::MbusRecord& record) override { answers.push_back(record.id); }
  void give(const record::ErrorRecord&) override { ++errors; }

  void on_record(record::Line& line, std::uint64_t) override {
    record::BytesRecord record;
    REQUIRE(record::read(line, record));
    lines.push_back(std::string(line.text()));
    push(record.bytes);
  }
  void on_piece(const record::Piece& piece) override { push(piece.bytes); }
  void on_bad_line(const Error&, std::uint64_t, std::string_view) override { ++errors; }
  void push(Bytes bytes) {
    append(stream, bytes);
    source.push_alone(bytes, {});
  }
  void read(std::string_view text) {
    record::InputSplitter splitter(record::Form::automatic, *this);
    splitter.push(text);
    splitter.finish();
    source.finish();
  }

  keys::KeyRing ring;
  keys::KeyFinder finder;
  decode::FrameSettings settings{{}, 2'000'000, true};
  decode::FrameSource source{"test", "x", settings, *this};
  decode::ReadingMaker maker{[] {
                               readings::ProfileSet set;
                               set.use_builtin();
                               return set;
                             }(),
                             {}};
  ByteVector stream;
  std::vector<ByteVector> apdus, plains;
  std::vector<Json> readings;
  std::vector<std::size_t> frame_sizes;
  std::vector<std::uint32_t> counters;
  std::vector<std::string> answers, lines;
  int errors = 0;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
bool holds(Bytes bytes, std::string_view what) {
  return lower(std::string(as_text(bytes))).find(lower(std::string(what))) != std::string::npos;
}
bool is_serial(std::string_view text) {
  std::size_t run = 0, longest = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest >= 6;
}

// Nothing of the old meter: raw, as hex, as text, as hex of text.
void check_gone(const std::string& text, const Seen& seen, const sim::Settings& settings) {
  const sim::Meter& meter = *settings.meter;
  std::vector<std::string> old;
  if (settings.control) {
    old.emplace_back(as_text(meter.title));
    old.emplace_back(as_text(settings.keys.ek));
    if (!settings.keys.ak.empty()) old.emplace_back(as_text(settings.keys.ak));
  }
  for (const std::string_view one : {meter.serial, meter.device_name}) {
    if (is_serial(one)) old.emplace_back(one);
  }
  for (const std::string& one : old) {
    const std::string hex = to_hex(as_bytes(one));
    INFO(std::string(meter.name), " ", hex);
    CHECK_FALSE(holds(as_bytes(text), hex));
    CHECK_FALSE(holds(seen.stream, one));
    CHECK_FALSE(holds(seen.stream, hex));
    for (const ByteVector& plain : seen.plains) {
      CHECK_FALSE(holds(plain, one));
      CHECK_FALSE(holds(plain, hex));
    }
  }
}

bool may_change(const Json& value, const std::string& meter) {
  const std::string code = value["obis"].text(), text = value["value"].text();
  return code.find(":96.1.") != std::string::npos || code.ends_with(":42.0.0") ||
         code.find(":0.0.") != std::string::npos || text == meter ||
         (code.empty() && is_serial(text)) || text.find("Node [") != std::string::npos ||
         text.find("059F43") != std::string::npos;
}

// Everything but who it is.
void check_same(const Seen& was, const Seen& is) {
  REQUIRE(was.readings.size() == is.readings.size());
  REQUIRE(was.errors == 0);
  CHECK(is.errors == 0);
  CHECK(was.frame_sizes == is.frame_sizes);
  CHECK(was.counters == is.counters);
  for (std::size_t i = 0; i < was.plains.size(); ++i) {
    CHECK(was.plains[i].size() == is.plains[i].size());
    CHECK(was.apdus[i].size() == is.apdus[i].size());
  }
  for (std::size_t i = 0; i < was.readings.size(); ++i) {
    const Json &a = was.readings[i], &b = is.readings[i];
    for (const char* key : {"time", "invoke", "auth", "layout", "profile", "list"}) {
      CHECK(a[key].raw() == b[key].raw());
    }
    const auto before = a["values"].elements(), after = b["values"].elements();
    REQUIRE(before.size() == after.size());
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (before[k].raw() == after[k].raw()) continue;
      INFO(before[k].raw(), " became ", after[k].raw());
      CHECK(may_change(before[k], a["meter"].text()));
      CHECK(before[k]["obis"].raw() == after[k]["obis"].raw());
      CHECK(before[k]["type"].raw() == after[k]["type"].raw());
      CHECK(before[k]["value"].text().size() == after[k]["value"].text().size());
    }
  }
}

share::Anonymised made(const std::string& text, Rings& rings, std::uint64_t seed) {
  share::AnonymiseSettings settings;
  settings.seed = seed;
  auto done = share::anonymise(text, settings, rings);
  const std::string why = done ? "" : done.error().text;
  INFO(why);
  REQUIRE(done);
  return std::move(*done);
}

// True: the link could carry it.
bool round_trip(const sim::Settings& settings) {
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

const sim::Meter& meter(std::string_view name) {
  const sim::Meter* found = sim::find_meter(name);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("every simulated meter becomes another one over its link and over others") {
  int carried = 0;
  for (const sim::Meter& one : sim::meters()) {
    std::uint64_t seed = 1;
    for (const sim::LinkForm& form : forms_of(one)) {
      sim::Settings settings = settings_of(one, seed++);
      settings.link = form;
      carried += round_trip(settings) ? 1 : 0;
    }
  }
  MESSAGE(carried << " captures");
  CHECK(carried > 300);
}

TEST_CASE("every suite, with and without tag, with the broadcast key") {
  for (const char* name : {"kaifa-salzburg", "e450-steiermark", "t210d-steiermark"}) {
    for (const int control :
         {0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32, 0x60, 0x70, 0x50, 0x72}) {
      sim::Settings settings = settings_of(meter(name), static_cast<std::uint64_t>(control));
      settings.control = static_cast<std::uint8_t>(control);
      settings.keys = sim::own_keys(*settings.meter, *settings.control);
      CHECK(round_trip(settings));
    }
  }
}

TEST_CASE("noise, half frames and messages without a key are left out and counted") {
  sim::Settings mine = settings_of(meter("kaifa-salzburg"), 3);
  sim::Settings other = settings_of(meter("kaifa-tinetz"), 4);
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
  sim::Settings settings = settings_of(meter("am550-wien"), 3);
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
  sim::Settings a = settings_of(meter("kaifa-salzburg"), 1);
  sim::Settings b = settings_of(meter("kaifa-vkw"), 2);
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
  sim::Settings mine = settings_of(meter("kaifa-salzburg"), 1);
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

TEST_CASE("a text to the consumer keeps its length and nothing else") {
  // 0-0:96.13.0 "Call Mr Smith", 1-0:1.8.0 = 7
  const ByteVector apdu = join(hex("0f00000001 00 0202 0202 0906 0000600d00ff 090d"),
                               as_bytes("Call Mr Smith"), hex("0202 0906 0100010800ff 0600000007"));
  Rings rings("");
  const share::Anonymised out = made(to_hex(apdu) + "\n", rings, 5);
  CHECK(out.text.find(to_hex(as_bytes("xxxxxxxxxxxxx"))) != std::string::npos);
  CHECK(out.text.find("0600000007") != std::string::npos);
  CHECK(out.text.size() == 2 * apdu.size() + 1);
}

namespace {

// A notification of pairs; `pairs` in hex.
ByteVector push_of(const std::vector<ByteVector>& pairs) {
  ByteVector apdu = hex("0f0000000100 02");
  apdu.push_back(static_cast<std::uint8_t>(pairs.size()));
  for (const ByteVector& one : pairs) append(apdu, one);
  return apdu;
}
// 02 02 09 06 CODE value
ByteVector pair(std::string_view code, Bytes value) {
  return join(hex("02020906"), hex(std::string(code)), value);
}
ByteVector text_value(std::string_view text) {
  ByteVector value{0x0a, static_cast<std::uint8_t>(text.size())};
  append(value, as_bytes(text));
  return value;
}
ByteVector anonymised(Bytes apdu, std::uint64_t seed) {
  Rings rings("");
  const share::Anonymised out = made(to_hex(apdu) + "\n", rings, seed);
  const auto bytes = from_hex(std::string_view(out.text).substr(0, out.text.size() - 1));
  REQUIRE(bytes);
  REQUIRE(bytes->size() == apdu.size());
  return *bytes;
}
bool same_at(Bytes a, Bytes b, std::size_t from, std::size_t size) {
  return std::equal(a.begin() + from, a.begin() + from + size, b.begin() + from);
}

}  // namespace

TEST_CASE("a name as short as a value changes no value and no header") {
  // An id whose bytes, digits or integer stand as a register, an invoke id, a counter, too.
  for (const char* id : {"0904 00000161", "0904 0f000000", "0905 0000000161", "0906 000000000161",
                         "0a08 3030303030333533", "0a07 31323334353637", "06 0012d687"}) {
    const ByteVector name = pair("0001600100ff", hex(id));
    const ByteVector power = join(hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b"));
    const ByteVector same = pair("0100010800ff", hex("06 0012d687"));
    const ByteVector wide = pair("0100020800ff", hex("15 0000000000000161"));
    const ByteVector apdu = push_of({name, power, same, wide});
    const std::size_t from = 8, size = name.size() - 10;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const ByteVector now = anonymised(apdu, seed);
      CAPTURE(to_hex(now));
      CHECK(same_at(now, apdu, 0, from + 10));
      CHECK(same_at(now, apdu, from + 10 + size, apdu.size() - from - 10 - size));
      CHECK_FALSE(same_at(now, apdu, from + 10, size));
    }
  }
}

TEST_CASE("a name of any type becomes another of its type") {
  const ByteVector power = hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b");
  for (const char* value : {"05 00bc614e",
                            "05 7fffffff",
                            "05 80bc614e",
                            "10 3039",
                            "12 ffff",
                            "14 0000000000bc614e",
                            "15 00000000ffffffff",
                            "15 fffffffffffffffe",
                            "04 20 00bc614e",
                            "0108 1101 1102 1103 1104 1105 1106 1107 1108",
                            "0104 12 04d2 12 162e 12 0001 12 0002",
                            "0202 06 00bc614e 06 0012d687",
                            "0104 0d12 0d34 0d56 0d78",
                            "1311 08 0102030405060708",
                            "1306 08 00bc614e 0012d687",
                            "17 4b3c614e",
                            "18 4167891234567890",
                            "0908 3132333435363738",
                            "0c08 3132333435363738",
                            "0903 010203",
                            "0f 78"}) {
    const ByteVector name = pair("0001600100ff", hex(value));
    const ByteVector apdu = push_of({name, power});
    share::IdentityFinder finder;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const ByteVector now = anonymised(apdu, seed);
      CAPTURE(to_hex(now));
      CHECK_FALSE(now == apdu);
      const std::size_t kept = 8 + 10;
      CHECK(same_at(now, apdu, 0, kept + 1));
      CHECK(same_at(now, apdu, 8 + name.size(), power.size()));
      // Tags, lengths, everything but the name's own bytes.
      const auto finds = finder.find(apdu);
      REQUIRE(finds);
      CHECK_FALSE(finder.difference(apdu, now, *finds));
    }
  }
}

TEST_CASE("numbers in strings of codes that measure nothing, and by place") {
  struct Case {
    const char *code, *text;
    bool goes;
  };
  for (const Case& one : {Case{"00005e3100ff", "AT0010000000000000001000012345678", true},
                          {"0000603201ff", "Muster 99887766", true},
                          {"0100600900ff", "20261122", false},  // of a log entry, 1-0:96.9.0
                          {"0000600107ff", "MT174-12345", false},
                          {"0100000200ff", "12345.67890", false},
                          {"0000600e00ff", "00012345", false},
                          {"0000616100ff", "0000012345", false},
                          {"0000190900ff", "list 12345", false},
                          {"0100010800ff", "00012345.678", false},
                          {"0000603202ff", "2026-11-22 18:00:00", false},
                          {"0000603202ff", "Muster 9988", false}}) {
    CAPTURE(one.text);
    const ByteVector apdu = push_of({pair(one.code, text_value(one.text)),
                                     hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b")});
    const ByteVector now = anonymised(apdu, 5);
    CHECK((now != apdu) == one.goes);
    if (one.goes && std::string_view(one.text).starts_with("Muster")) CHECK(holds(now, "Muster "));
  }
  // By place: an address goes, a code and a time stay.
  const ByteVector mac =
      hex("0f0000000100 0204 0906 001122334455 0906 0100010700ff 0600000161"
          "090c 07ea0b16071200 00ffffc400");
  const ByteVector now = anonymised(mac, 5);
  CHECK_FALSE(same_at(now, mac, 10, 6));
  CHECK(same_at(now, mac, 16, mac.size() - 16));
}

TEST_CASE("a serial is found in its other forms, but not in what is measured") {
  const auto as_text_at = [](Bytes apdu, std::size_t from, std::size_t size) {
    return std::string(as_text(apdu.subspan(from, size)));
  };
  const ByteVector serial = pair("0000600100ff", text_value("LGZ0012345678"));
  const ByteVector apdu = push_of(
      {serial, hex("0201 06 00bc614e"), hex("0201 15 0000000000bc614e"), hex("0201 0904 12345678"),
       hex("0201 0904 78563412"), hex("0201 090a 30303132333435363738"),
       hex("0201 0a08 3132333435363738"), pair("0100010800ff", hex("06 00bc614e")),
       pair("0100020800ff", hex("0904 12345678"))});
  const std::size_t from = 8 + 10 + 2;
  CHECK(as_text_at(apdu, from, 13) == "LGZ0012345678");
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ByteVector now = anonymised(apdu, seed);
    CAPTURE(to_hex(now));
    CHECK(as_text_at(now, from, 5) == "LGZ00");
    const std::string digits = as_text_at(now, from + 5, 8);
    const std::string number = to_hex(from_hex(digits).value());
    CHECK(digits != "12345678");
    std::string rest = to_hex(Bytes(now).subspan(from + 13));
    const auto integer = std::stoull(digits);
    char word[17];
    std::snprintf(word, sizeof word, "%08llx", integer);
    ByteVector low_first = from_hex(digits).value();
    std::reverse(low_first.begin(), low_first.end());
    const std::string wanted = "020106" + std::string(word) + "02011500000000" + word + "02010904" +
                               number + "02010904" + to_hex(low_first) + "0201090a3030" +
                               to_hex(as_bytes(digits)) + "02010a08" + to_hex(as_bytes(digits)) +
                               "020209060100010800ff0600bc614e" +
                               "020209060100020800ff090412345678";
    CHECK(rest == wanted);
  }
  // Points between the digits.
  const ByteVector dotted =
      push_of({pair("0000600100ff", text_value("12.345.678")), hex("0201 06 00bc614e"),
               pair("0100010800ff", hex("06 00bc614e"))});
  const ByteVector now = anonymised(dotted, 3);
  CHECK_FALSE(same_at(now, dotted, 8 + 10 + 2 + 10 + 3, 4));
  CHECK(same_at(now, dotted, dotted.size() - 4, 4));
}

TEST_CASE("a request that names a meter names the new one") {
  const ByteVector push = push_of({pair("0000600100ff", text_value("LGZ0012345678"))});
  const ByteVector request =
      join(hex("c001c1 0007 0100630100ff 02 01 01 0a0d"), as_bytes("LGZ0012345678"));
  Rings rings("");
  const share::Anonymised out = made(to_hex(push) + "\n" + to_hex(request) + "\n", rings, 3);
  CHECK(out.plain == 2);
  const std::size_t end = out.text.find('\n');
  const std::string name = out.text.substr(end - 26, 26);
  CHECK(name != to_hex(as_bytes("LGZ0012345678")));
  CHECK(out.text.substr(out.text.size() - 27, 26) == name);
  CHECK(out.text.substr(end + 1, 30) == to_hex(request).substr(0, 30));
}

TEST_CASE("what differs from before is named") {
  const ByteVector name = pair("0001600100ff", hex("0904 00000161"));
  ByteVector apdu = hex("0f00000001 0c 07ea0b160712000000ffc400 0202");
  append(apdu, name);
  append(apdu, hex("0203 0906 0100010700ff 06 00000161 0202 0f00 161b"));
  share::IdentityFinder finder;
  const auto finds = finder.find(apdu);
  REQUIRE(finds);
  std::map<std::string, int> told;
  for (std::size_t i = 1; i < apdu.size(); ++i) {
    ByteVector other = apdu;
    other[i] ^= 0x04;
    const auto what = finder.difference(apdu, other, *finds);
    const bool in_name = i >= 20 + 12 && i < 20 + 12 + 4;
    CAPTURE(i);
    if (in_name) CHECK_FALSE(what);
    if (what) ++told[*what];
    if (!in_name && i > 5) CHECK(what);
  }
  CHECK(told["its time"] > 0);
  CHECK(told["1-0:1.7.0"] >= 4);
  CHECK(told["its invoke id"] >= 3);
}

TEST_CASE("what cannot be read is counted, with its reasons") {
  sim::Settings settings = settings_of(meter("am550-wien"), 3);
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

TEST_CASE("new values are of the old one's kind") {
  share::Dice dice(1);
  const auto kind = [](std::uint8_t c) {
    return std::isdigit(c) ? '0' : std::isupper(c) ? 'A' : std::islower(c) ? 'a' : char(c);
  };
  for (const std::string_view old :
       {"1KFM0200234804", "LGZ1030655933512", "181220002177", "E0043007052870318", "aB-12_x"}) {
    for (int i = 0; i < 50; ++i) {
      const ByteVector now = share::disguised(as_bytes(old), dice);
      REQUIRE(now.size() == old.size());
      CHECK(as_text(now) != old);
      for (std::size_t k = 0; k < now.size(); ++k) {
        CHECK(kind(now[k]) == kind(static_cast<std::uint8_t>(old[k])));
      }
    }
  }
  // Digits of an integer stay one of as many bytes, with its sign.
  for (const std::uint64_t most :
       {127ULL, 255ULL, 32767ULL, 65535ULL, 2147483647ULL, 4294967295ULL, 9223372036854775807ULL}) {
    const std::string old = std::to_string(most);
    for (int i = 0; i < 50; ++i) {
      const ByteVector now = share::disguised(as_bytes(old), dice);
      CHECK(as_text(now) != old);
      CHECK(std::stoull(std::string(as_text(now))) <= most);
    }
  }
  CHECK(as_text(share::disguised(as_bytes("1KFM0200234804"), dice)).starts_with("1KFM"));
  for (const char* old : {"4b464d1020039534", "4b464d6750000881", "4c475a6774206295"}) {
    const ByteVector title = hex(old);
    for (int i = 0; i < 200; ++i) {
      const apdu::Title now = share::new_title(title, dice);
      REQUIRE(now.size() == 8);
      CHECK(std::equal(title.begin(), title.begin() + 4, Bytes(now).begin()));
      CHECK(readings::number_of_title(now).empty() == readings::number_of_title(title).empty());
      CHECK_FALSE(std::equal(title.begin(), title.end(), Bytes(now).begin()));
    }
  }
}

}  // namespace meterpipe::test
