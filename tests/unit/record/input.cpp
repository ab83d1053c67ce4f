// lib/record: input in any form, records, times, the readings as they are written.
#include <doctest/doctest.h>

#include <bit>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "apdu/notification.hpp"
#include "base/timestamp.hpp"
#include "json/fields.hpp"
#include "readings/infer.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "record/input.hpp"
#include "record/records.hpp"
#include "record/stream_times.hpp"
#include "support/json_tree.hpp"
#include "support/random.hpp"
#include "support/text.hpp"
#include "views/asn_writers.hpp"
#include "views/reading_csv.hpp"
#include "views/reading_json.hpp"
#include "views/reading_text.hpp"

namespace meterpipe::record {

using namespace decode;
using namespace views;

using test::hex;

namespace {

struct Seen : Sink {
  struct Bad {
    Fault fault;
    std::uint64_t column, line;
    bool operator==(const Bad&) const = default;
  };
  std::vector<ByteVector> pieces;
  std::vector<std::uint64_t> piece_lines;
  std::vector<Meta> metas;
  std::vector<std::string> records;
  std::vector<Bad> bad;
  std::size_t stop_after = 1000000;

  void on_record(Line& line, std::uint64_t) override { records.emplace_back(line.text()); }
  void on_piece(const Piece& piece) override {
    pieces.emplace_back(piece.bytes.begin(), piece.bytes.end());
    piece_lines.push_back(piece.line);
    metas.push_back(piece.meta);
  }
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view) override {
    bad.push_back({error.fault, error.offset, number});
  }
  bool done() const override { return pieces.size() >= stop_after; }

  ByteVector all() const {
    ByteVector out;
    for (const ByteVector& one : pieces) append(out, one);
    return out;
  }
};

Seen read(const std::string& text, Form form = Form::automatic, std::size_t cut = 0) {
  Seen seen;
  InputSplitter splitter(form, seen);
  splitter.push(std::string_view(text).substr(0, cut));
  splitter.push(std::string_view(text).substr(cut));
  splitter.finish();
  return seen;
}

template <class... Args>
std::string printed(const char* format, Args... args) {
  char text[64];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

char shown(std::uint8_t c) { return c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.'; }

std::string xxd(Bytes bytes, std::size_t columns = 16, std::size_t group = 2,
                const char* end = "\n") {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += columns) {
    std::string line = printed("%08zx: ", at), text;
    std::size_t wide = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      if (i != 0 && i % group == 0) line += ' ', ++wide;
      if (at + i < bytes.size()) {
        line += printed("%02x", bytes[at + i]);
        text += shown(bytes[at + i]);
      } else {
        line += "  ";
      }
      wide += 2;
    }
    out += line + "  " + text + end;
  }
  return out;
}

// hexdump -C, repeated lines as `*`.
std::string hexdump_c(Bytes bytes) {
  std::string out;
  bool starred = false;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const Bytes row = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    const bool repeated =
        at >= 16 && row.size() == 16 && std::memcmp(row.data(), row.data() - 16, 16) == 0;
    if (repeated) {
      if (!starred) out += "*\n";
      starred = true;
      continue;
    }
    starred = false;
    std::string line = printed("%08zx  ", at), text;
    for (std::size_t i = 0; i < 16; ++i) {
      line += i < row.size() ? printed("%02x ", row[i]) : "   ";
      if (i == 7) line += ' ';
      if (i < row.size()) text += shown(row[i]);
    }
    out += line + " |" + text + "|\n";
  }
  return out + printed("%08zx\n", bytes.size());
}

std::string wireshark(Bytes bytes, bool middle) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    std::string line = printed("%04zx   ", at), text;
    for (std::size_t i = 0; i < 16; ++i) {
      if (i == 8 && middle) line += ' ';
      line += at + i < bytes.size() ? printed("%02x ", bytes[at + i]) : "   ";
      if (at + i < bytes.size()) text += shown(bytes[at + i]);
    }
    out += line + "  " + text + "\n";
  }
  return out;
}

std::string with_between(Bytes bytes, const char* between, const char* before = "") {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (!out.empty()) out += between;
    out += before + printed("%02x", byte);
  }
  return out + "\n";
}

}  // namespace

TEST_CASE("the same bytes in every form, cut anywhere") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 12; ++round) {
    ByteVector bytes = random.bytes(random.between(4, 120));
    if (random.one_in(2)) bytes.insert(bytes.begin(), 48, 0x00);  // `*` in hexdump -C
    if (random.one_in(2)) append(bytes, test::text_bytes("|ab|  fa 68 |#{"));
    std::string upper = to_hex(bytes) + "\n";
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (const std::string& text : {to_hex(bytes) + "\n",
                                    to_hex(bytes),
                                    upper,
                                    "0x" + to_hex(bytes) + "\n",
                                    with_between(bytes, " "),
                                    with_between(bytes, ":"),
                                    with_between(bytes, "-"),
                                    with_between(bytes, ", ", "0x"),
                                    with_between(bytes, " ", "0X"),
                                    xxd(bytes),
                                    xxd(bytes, 8),
                                    xxd(bytes, 16, 1),
                                    xxd(bytes, 30, 2),
                                    xxd(bytes, 16, 2, "\r\n"),
                                    hexdump_c(bytes),
                                    wireshark(bytes, true),
                                    wireshark(bytes, false),
                                    "# a comment\n\n" + xxd(bytes) + "# another\n",
                                    "  " + to_hex(bytes) + "  \r\n",
                                    "\xef\xbb\xbf" + to_hex(bytes) + "\n"}) {
      CAPTURE(text);
      const Seen whole = read(text);
      REQUIRE(whole.bad.empty());
      REQUIRE(whole.pieces == std::vector<ByteVector>{bytes});
      for (std::size_t cut = 1; cut < text.size(); cut += 1 + random.below(7)) {
        const Seen seen = read(text, Form::automatic, cut);
        REQUIRE(seen.pieces == whole.pieces);
        REQUIRE(seen.bad.empty());
      }
    }
    // Raw bytes.
    Seen raw = read(std::string(as_text(bytes)), Form::binary, bytes.size() / 2);
    REQUIRE(raw.all() == bytes);
  }
}

TEST_CASE("lines with an offset belong together until it falls or a line is empty") {
  const ByteVector one = test::text_bytes("the first message, longer than a line"),
                   two = test::text_bytes("the second"),
                   three = test::text_bytes("and a third one");
  CHECK(read(xxd(one) + xxd(two) + xxd(three)).pieces == std::vector<ByteVector>{one, two, three});
  CHECK(read(xxd(one) + "\n" + xxd(two)).pieces == std::vector<ByteVector>{one, two});
  CHECK(read(hexdump_c(one) + hexdump_c(two)).pieces == std::vector<ByteVector>{one, two});
  CHECK(read(xxd(one) + to_hex(two) + "\n" + xxd(three)).pieces ==
        std::vector<ByteVector>{one, two, three});
  CHECK(read(xxd(one) + "{\"v\":1,\"t\":\"x\"}\n" + xxd(two)).pieces ==
        std::vector<ByteVector>{one, two});
  const Seen lines = read("# one\n" + xxd(one) + "\n" + xxd(two));
  CHECK(lines.piece_lines == std::vector<std::uint64_t>{2, 6});
}

TEST_CASE("eight bytes with their text two blanks behind them") {
  const ByteVector eight = test::text_bytes("1-0:1.8.");
  const std::string line = "0000  31 2d 30 3a 31 2e 38 2e";
  for (const char* text :
       {"  \"1-0:1.8.\"", "  1-0:1.8.", "  empty line", "  |1-0:1.8.|", "  ", ""}) {
    CAPTURE(text);
    const Seen seen = read(line + text + "\n");
    CHECK(seen.pieces == std::vector<ByteVector>{eight});
  }
  ByteVector nine = eight;
  nine.push_back(0xa0);
  CHECK(read(line + "  a0\n").pieces == std::vector<ByteVector>{nine});
  CHECK(read(line + "  a0   text\n").pieces == std::vector<ByteVector>{nine});
  CHECK(read(line + "  a0|text|\n").pieces == std::vector<ByteVector>{nine});
}

TEST_CASE("a dump with a hole says so and goes on") {
  const ByteVector bytes = test::text_bytes("0123456789abcdef0123456789ABCDEFghijklmnopqrstuv");
  for (const std::string& text : {xxd(bytes), hexdump_c(bytes), wireshark(bytes, true)}) {
    const std::size_t first = text.find('\n') + 1, second = text.find('\n', first) + 1;
    const std::string holed = text.substr(0, first) + text.substr(second);
    CAPTURE(holed);
    const Seen seen = read(holed);
    REQUIRE(seen.bad.size() == 1);
    CHECK(seen.bad[0].fault == Fault::offset_gap);
    CHECK(seen.pieces.size() == 2);
    CHECK(as_text(seen.all()) == "0123456789abcdefghijklmnopqrstuv");
  }
}

TEST_CASE("an offset that is none") {
  // Bare hex that looks a bit like an offset.
  CHECK(read("0000 0102\n").all() == hex("00000102"));
  CHECK(read("68fafa68\n").all() == hex("68fafa68"));
  CHECK(read("00000000\n").all() == hex("00000000"));
  // Characters between bars behind a single blank.
  CHECK(read("00000000  68 69 |hi|\n").all() == hex("6869"));
  // A dump from its middle is believed on request only.
  CHECK(read("00000010: 6869  hi\n").pieces.empty());
  CHECK(read("00000010: 6869  hi\n", Form::hexdump).all() == hex("6869"));
  CHECK(read("0010 68 69\n", Form::hexdump).all() == hex("6869"));
  CHECK(read("hello\n", Form::hexdump).bad[0].fault == Fault::not_hex);
}

TEST_CASE("hexdump without -C is refused: its byte order is unknown") {
  const Seen seen = read("0000000 fa68 68fa ff53 0100 db67\n");
  REQUIRE(seen.bad.size() == 1);
  CHECK(seen.bad[0].fault == Fault::byte_order);
  CHECK(seen.pieces.empty());
  CHECK(read("0000000 fa68\n").bad[0].fault == Fault::byte_order);
}

TEST_CASE("half hex and other characters, with their column") {
  const auto first = [](const std::string& text) {
    const Seen seen = read(text);
    REQUIRE(seen.bad.size() == 1);
    CHECK(seen.pieces.empty());
    return seen.bad[0];
  };
  using Bad = Seen::Bad;
  CHECK(first("68faf\n") == Bad{Fault::half_hex, 1, 1});
  CHECK(first("68 fa f\n") == Bad{Fault::half_hex, 7, 1});
  CHECK(first("\n68 fg\n") == Bad{Fault::not_hex, 5, 2});
  CHECK(first("  68 fg\n") == Bad{Fault::not_hex, 7, 1});
  CHECK(first("hello\n") == Bad{Fault::not_hex, 1, 1});
  CHECK(first("68 0x\n") == Bad{Fault::half_hex, 6, 1});
  CHECK(first("00000000: 68f\n") == Bad{Fault::half_hex, 11, 1});
  CHECK(first("00000000: 68fg  hi\n") == Bad{Fault::not_hex, 14, 1});
  // What stands around a bad line is not lost.
  const Seen seen = read("0102\nnonsense\n{\"v\":1}\n{\"v\":1,\"t\":\"x\"}\n0304\n");
  CHECK(seen.pieces == std::vector<ByteVector>{hex("0102"), hex("0304")});
  CHECK(seen.records.size() == 1);
  REQUIRE(seen.bad.size() == 2);
  CHECK(seen.bad[1].line == 3);
}

TEST_CASE("lines of any length") {
  const ByteVector big(1 << 20, 0xab);
  CHECK(read(to_hex(big) + "\n0102\n").pieces == std::vector<ByteVector>{big, hex("0102")});
  // Longer than 16 MiB: refused once, what follows is read.
  Seen seen;
  InputSplitter splitter(Form::automatic, seen);
  const std::string part(1 << 20, 'a');
  for (int i = 0; i < 20; ++i) splitter.push(part);
  splitter.push("\n0102\n");
  splitter.finish();
  CHECK(seen.pieces == std::vector<ByteVector>{hex("0102")});
  REQUIRE(seen.bad.size() == 1);
  CHECK(seen.bad[0] == Seen::Bad{Fault::line_too_long, 0, 1});
  CHECK(seen.piece_lines[0] == 2);
}

TEST_CASE("a dump longer than 16 MiB goes on") {
  ByteVector bytes((std::size_t{17} << 20) + 5, 0);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i >> 4 ^ i);
  std::string text;
  text.reserve(bytes.size() * 3);
  for (std::size_t at = 0; at < bytes.size(); at += 4096) {
    text += printed("%08zx: ", at);
    text += to_hex(Bytes(bytes).subspan(at, std::min<std::size_t>(4096, bytes.size() - at)));
    text += '\n';
  }
  const Seen seen = read(text);
  CHECK(seen.bad.empty());
  CHECK(seen.pieces.size() == 2);
  CHECK(seen.all() == bytes);
}

TEST_CASE("#@ lines say what hex alone does not") {
  const Seen seen = read(
      "#@ ts=2026-11-22T17:00:00.123456Z src=ttyUSB0 title=4b464d1020000001 counter=12 auth=none\n"
      "0102\n0304\n#@ src=a_b\n" +
      xxd(hex("0506")) + "#@ new=1 src=x\n07\n");
  REQUIRE(seen.pieces.size() == 4);
  CHECK(seen.metas[0].ts == "2026-11-22T17:00:00.123456Z");
  CHECK(seen.metas[0].src == "ttyUSB0");
  CHECK(seen.metas[0].title == "4b464d1020000001");
  CHECK(seen.metas[0].counter == "12");
  CHECK(seen.metas[0].auth == "none");
  CHECK(seen.metas[1].src.empty());  // it is about the next hex alone
  CHECK(seen.metas[2].src == "a_b");
  CHECK(seen.metas[2].ts.empty());
  CHECK(seen.metas[3].src == "x");
}

TEST_CASE("security: each form of it is read as it was written") {
  for (
      const char* security :
      {R"({"service":"general-glo-ciphering","title":"4b464d1020000001","counter":7,"sc":"31","suite":1,"encrypted":true,"auth":"verified","key":"house"})",
       R"({"service":"glo-get-response","title":"4b464d1020000001","title_given":true,"counter":7,"sc":"20","suite":0,"encrypted":true,"auth":"none","key":"*#3"})",
       R"({"service":"general-glo-ciphering","title":"","counter":0,"sc":"30","suite":0,"encrypted":true,"auth":"unverified"})",
       R"({"service":"general-signing","inside":"general-ciphering","title":"4b464d1020000001","counter":7,"sc":"12","suite":2,"encrypted":false,"auth":"verified","key":"house","signature":"a5a5"})",
       R"({"service":"general-signing","title":"4b464d1020000001","auth":"unverified","signature":"00ff"})"}) {
    const std::string text =
        std::string(R"({"v":1,"t":"apdu","security":)") + security + R"(,"hex":"0f00"})";
    Line line;
    REQUIRE(line.parse(text).has_value());
    ApduRecord record;
    REQUIRE(read(line, record).has_value());
    Buffer out;
    write(out, record);
    CHECK(std::string(out.view()) == text + "\n");
  }
  for (const char* security :
       {R"({"title_given":1})", R"({"signature":"0"})", R"({"signature":7})", R"({"inside":7})"}) {
    const std::string text =
        std::string(R"({"v":1,"t":"apdu","security":)") + security + R"(,"hex":"0f00"})";
    Line line;
    REQUIRE(line.parse(text).has_value());
    ApduRecord record;
    CHECK_FALSE(read(line, record).has_value());
  }
}

TEST_CASE("what -o hex writes is read back") {
  Head head{"2026-11-22T17:00:00.123456Z", "my file.hex", 4};
  apdu::Security security;
  security.service = "general-glo-ciphering";
  security.title.assign(hex("4b464d1020000001"));
  security.counter = 4294967295u;
  security.auth = apdu::Auth::verified;
  Buffer out;
  write_hex_line(out, head, &security, hex("0f00"));
  security.service = {};  // as read from such a line
  write_hex_line(out, head, &security, hex("0f01"));
  write_hex_line(out, {}, nullptr, hex("0f02"));
  const Seen seen = read(std::string(out.view()));
  CHECK(seen.pieces == std::vector<ByteVector>{hex("0f00"), hex("0f01"), hex("0f02")});
  for (int i = 0; i < 2; ++i) {
    const Meta& meta = seen.metas[static_cast<std::size_t>(i)];
    CHECK(meta.ts == head.ts);
    CHECK(meta.src == "my_file.hex");
    CHECK(meta.title == "4b464d1020000001");
    CHECK(meta.counter == "4294967295");
    CHECK(meta.auth == "verified");
  }
}

TEST_CASE("the input ends where it is told to") {
  Seen seen;
  seen.stop_after = 2;
  InputSplitter splitter(Form::automatic, seen);
  splitter.push("01\n02\n03\n04\n");
  splitter.finish();
  CHECK(seen.pieces.size() == 2);
}

TEST_CASE("random input does no harm, wherever it is cut") {
  test::Random random;
  INFO("seed ", test::seed());
  constexpr std::string_view kChars = "0123456789abcdefABF xX:-,|*#@{}\"\n\n\r\t=\x01\xff";
  for (int round = 0; round < 4000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(120); i > 0; --i)
      text += kChars[random.below(kChars.size())];
    if (random.one_in(3)) text = xxd(random.bytes(40)) + text + xxd(random.bytes(20));
    for (const Form form : {Form::automatic, Form::hexdump}) {
      const Seen whole = read(text, form);
      const Seen cut = read(text, form, random.below(text.size() + 1));
      REQUIRE(cut.pieces == whole.pieces);
      REQUIRE(cut.bad == whole.bad);
      REQUIRE(cut.records == whole.records);
    }
  }
}

// ---- records ----

TEST_CASE("the head of a record") {
  Line line;
  const std::string text =
      R"({"v":1,"t":"apdu","ts":"2026-11-22T18:00:00+01:00","src":"a\"b","seq":7,"hex":"0f"})";
  REQUIRE(line.parse(text));
  CHECK(line.type() == Type::apdu);
  CHECK(line.version() == 1);
  CHECK(line.head().ts == "2026-11-22T17:00:00.000000Z");
  CHECK(line.head().src == "a\"b");
  CHECK(line.head().seq == 7u);

  const auto error = [](const std::string& bad) {
    Line one;
    const auto parsed = one.parse(bad);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
  };
  CHECK(error(R"({"v":1})").fault == Fault::missing_field);
  CHECK(error("{}").fault == Fault::missing_field);
  CHECK(error("[1]").fault == Fault::bad_json);
  CHECK(error(R"({"v":1,"t":1})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","ts":"today"})").offset == 24);
  CHECK(error(R"({ "v":1,"t":"apdu","ts":"today"})").offset == 20);  // of the key, read otherwise
  CHECK(error(R"({"v":"1","t":"apdu"})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","seq":-1})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","src":5})").fault == Fault::bad_field);
  CHECK(error(R"({"v":1,"t":"apdu","t":"apdu"})").fault == Fault::duplicate_key);

  // What passes through may say when and where in its own way.
  for (const char* foreign :
       {R"({"t":"weather","ts":1234,"seq":"x","src":null})", R"({"v":"x","t":"weather"})",
        R"({"v":2,"t":"apdu","ts":{"s":1},"seq":[1]})"}) {
    CAPTURE(foreign);
    Line other;
    CHECK(other.parse(foreign));
  }
}

TEST_CASE("apdu records keep what they do not know, after their own") {
  Line line;
  const std::string text =
      R"({"v":1,"t":"apdu","new":{"a":[1,2]},"ts":"2026-11-22T17:00:00.000001Z","src":"s","seq":4,)"
      R"("link":"mbus","frames":2,"quirks":["l-overflow"],"security":{"service":"general-glo-cipher)"
      R"(ing","title":"4b464d1020000001","counter":1234,"sc":"21","suite":1,"encrypted":true,"auth)"
      R"(":"none"},"hex":"0f00","later":1.50})";
  REQUIRE(line.parse(text));
  ApduRecord record;
  REQUIRE(read(line, record));
  CHECK(record.security->counter == 1234);
  CHECK(record.security->auth == apdu::Auth::none);
  CHECK(record.security->suite() == 1);
  Buffer out;
  write(out, record);
  CHECK(
      out.view() ==
      R"({"v":1,"t":"apdu","ts":"2026-11-22T17:00:00.000001Z","src":"s","seq":4,"link":"mbus",)"
      R"("frames":2,"quirks":["l-overflow"],"security":{"service":"general-glo-ciphering","title")"
      R"(:"4b464d1020000001","counter":1234,"sc":"21","suite":1,"encrypted":true,"auth":"none"},)"
      R"("hex":"0f00","new":{"a":[1,2]},"later":1.50})"
      "\n");
}

TEST_CASE("records with values of the wrong form") {
  const auto fault = [](const char* text) {
    Line line;
    REQUIRE(line.parse(text));
    if (line.type() == Type::bytes) {
      BytesRecord record;
      const auto done = read(line, record);
      return done ? Fault::noise : done.error().fault;
    }
    ApduRecord record;
    const auto done = read(line, record);
    return done ? Fault::noise : done.error().fault;
  };
  CHECK(fault(R"({"v":1,"t":"bytes","ms":5,"marked":[1,2],"why":"gap","hex":"00"})") ==
        Fault::noise);
  CHECK(fault(R"({"v":1,"t":"bytes","why":"gap"})") == Fault::missing_field);
  for (const char* bad :
       {R"({"v":1,"t":"bytes","hex":"0"})", R"({"v":1,"t":"bytes","hex":5})",
        R"({"v":1,"t":"bytes","ms":-1,"hex":""})",
        R"({"v":1,"t":"bytes","ms":18446744073709551615,"hex":""})",
        R"({"v":1,"t":"bytes","marked":[1,"2"],"hex":""})",
        R"({"v":1,"t":"bytes","marked":[4294967296],"hex":""})",
        R"({"v":1,"t":"bytes","marked":5,"hex":""})", R"({"v":1,"t":"apdu","hex":"0g"})",
        R"({"v":1,"t":"apdu","frames":"2","hex":""})", R"({"v":1,"t":"apdu","link":1,"hex":""})",
        R"({"v":1,"t":"apdu","security":1,"hex":""})",
        R"({"v":1,"t":"apdu","security":{"counter":4294967296},"hex":""})",
        R"({"v":1,"t":"apdu","security":{"sc":"2121"},"hex":""})",
        R"({"v":1,"t":"apdu","security":{"title":"4"},"hex":""})"}) {
    CAPTURE(bad);
    CHECK(fault(bad) == Fault::bad_field);
  }
}

TEST_CASE("every fault has a code and a sentence") {
  for (int i = 0; i <= static_cast<int>(Fault::line_too_long); ++i) {
    const auto fault = static_cast<Fault>(i);
    const std::string text = describe(Error{fault, 1, 2, 3});
    CAPTURE(text);
    CHECK_FALSE(text.empty());
    CHECK(text.find('{') == std::string::npos);
    for (const char c : code_of(fault)) CHECK((c == '-' || (c >= 'a' && c <= 'z')));
  }
}

TEST_CASE("error and mbus records") {
  Buffer out;
  write(out, error_record({"", "s\x1b", 5}, "mbus-frame", Error{Fault::bad_checksum, 0, 0x3f, 0x3e},
                          hex("68")));
  CHECK(out.view() ==
        "{\"v\":1,\"t\":\"error\",\"src\":\"s\\u001b\",\"seq\":5,\"by\":\"mbus-frame\",\"code\":"
        "\"bad-checksum\",\"text\":\"frame at byte 0: checksum is 3e, bytes add up to 3f\",\"hex\":"
        "\"68\"}\n");
}

// ---- times ----

TEST_CASE("timestamps there and back") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 20000; ++i) {
    const Micros time = static_cast<Micros>(random.below(253'402'300'800'000'000));
    const std::string text = format_timestamp(time);
    REQUIRE(text.size() == kTimestampChars);
    REQUIRE(parse_timestamp(text) == time);
  }
  CHECK(format_timestamp(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_timestamp(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_timestamp(1'795'366'800'123'456) == "2026-11-22T17:00:00.123456Z");
  for (const char* same : {"2026-11-22T17:00:00.5Z", "2026-11-22 18:00:00.500+01:00",
                           "2026-11-22t12:30:00.500000000-04:30", "2026-11-22T17:00:00.5000004z"}) {
    CAPTURE(same);
    CHECK(parse_timestamp(same) == 1'795'366'800'500'000);
  }
  CHECK(parse_timestamp("2024-02-29T00:00:00Z"));
  CHECK(parse_timestamp("2026-06-30T23:59:60Z"));
  for (const char* bad :
       {"", "2026-11-22", "2026-11-22T17:00:00", "2026-11-22T17:00Z", "2026-13-22T17:00:00Z",
        "2026-02-29T17:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T17:60:00Z",
        "2026-11-22T17:00:61Z", "2026-11-22T17:00:00.Z", "2026-11-22T17:00:00.0000000000Z",
        "2026-11-22T17:00:00+1:00", "2026-11-22T17:00:00+01:60", "2026-11-22T17:00:00Zx",
        "2026-11-22X17:00:00Z", "2026/11/22T17:00:00Z", "-026-11-22T17:00:00Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_timestamp(bad));
  }
}

TEST_CASE("the time of a byte within its piece") {
  StreamTimes times;
  times.add(0, 11, 1'000'000, 100);
  times.add(11, 5, std::nullopt, 0);
  times.add(16, 1, 9'000'000, 0);
  CHECK(times.at(0) == 1'000'000);
  CHECK(times.at(5) == 1'050'000);
  CHECK(times.at(10) == 1'100'000);
  CHECK_FALSE(times.at(12));
  CHECK(times.at(16) == 9'000'000);
}

// ---- readings ----

namespace {

struct Decoded {
  axdr::Nodes nodes;
  readings::Inferred inferred;
  ByteVector bytes;
  Reading reading;
};

std::string written(const std::string& body, cosem::Language language = cosem::Language::english,
                    char form = 'j') {
  Decoded one;
  one.bytes = hex("0f 00000001 00 " + body);
  const auto header = apdu::parse_notification(one.bytes, one.nodes);
  REQUIRE(header.has_value());
  readings::infer(one.nodes, one.bytes, one.inferred);
  one.reading.id = "x";
  one.reading.layout = "y";
  one.reading.apdu = one.bytes;
  one.reading.nodes = &one.nodes;
  one.reading.values = &one.inferred.values;
  const cosem::NameFormat names{language, ""};
  ReadingJson json(names);
  ReadingText lines(names);
  ReadingCsv csv(names);
  Buffer out;
  for (int i = 0; i < 2; ++i) {  // the second time from what was kept ready
    out.clear();
    if (form == 'j') json.write(out, one.reading);
    if (form == 't') lines.write(out, one.reading);
    if (form == 'c') csv.write(out, one.reading);
  }
  std::string text(out.view());
  if (form != 'j') return text;
  // It is JSON; the values alone are of interest.
  text.pop_back();
  json::Fields fields;
  REQUIRE(fields.parse(text));
  const std::string_view values = fields.find("values")->raw;
  return std::string(values.substr(1, values.size() - 2));
}

std::string entry(const std::string& value, int scaler, int unit) {
  return "02 03 09 06 0100010700ff " + value + " 02 02 0f " +
         printed("%02x", static_cast<unsigned>(scaler & 0xff)) + " 16 " +
         printed("%02x", static_cast<unsigned>(unit));
}

const std::string kName = R"({"obis":"1-0:1.7.0","name":"Active power import",)";

std::string real64(double value) {
  return "18" +
         printed("%016llx", static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
}
std::string real32(float value) {
  return "17" + printed("%08x", std::bit_cast<std::uint32_t>(value));
}

}  // namespace

TEST_CASE("numbers are exact, with scaler and unit") {
  CHECK(written(entry("12 0910", -1, 35)) ==
        kName + R"("value":232.0,"unit":"V","raw":2320,"scaler":-1,"type":"long-unsigned"})");
  CHECK(written(entry("10 fffb", -3, 33)) ==
        kName + R"("value":-0.005,"unit":"A","raw":-5,"scaler":-3,"type":"long"})");
  CHECK(written(entry("06 00000007", 3, 30)) ==
        kName + R"("value":7000,"unit":"Wh","raw":7,"scaler":3,"type":"double-long-unsigned"})");
  CHECK(written(entry("10 03e8", -3, 255)) ==
        kName + R"("value":1.000,"raw":1000,"scaler":-3,"type":"long"})");
  CHECK(written(entry("11 05", 0, 200)) ==
        kName + R"("value":5,"unit":"unit 200","raw":5,"scaler":0,"type":"unsigned"})");
  CHECK(written("02 02 09 06 0100010700ff 11 05") ==
        kName + R"("value":5,"raw":5,"type":"unsigned"})");
  // More digits than a double carries: also as a string.
  CHECK(written(entry("15 ffffffffffffffff", -3, 30)) ==
        kName + R"("value":18446744073709551.615,"exact":"18446744073709551.615","unit":"Wh",)"
                R"("raw":18446744073709551615,"scaler":-3,"type":"long64-unsigned"})");
  CHECK(written(entry("15 00038d7ea4c67fff", 0, 30)).find("exact") == std::string::npos);  // 15
  CHECK(written(entry("15 00038d7ea4c68000", 0, 30)).find("exact") != std::string::npos);  // 16
  CHECK(written(entry("14 8000000000000000", 127, 30)).find("-9223372036854775808000") !=
        std::string::npos);
}

TEST_CASE("reals are the shortest decimal that reads back as the same") {
  CHECK(written(entry(real32(230.1f), 0, 35)) ==
        kName + R"("value":230.1,"unit":"V","raw":230.1,"scaler":0,"type":"float32"})");
  CHECK(written(entry(real32(2300.0f), -1, 35)) ==
        kName + R"("value":230.0,"unit":"V","raw":2300,"scaler":-1,"type":"float32"})");
  CHECK(written(entry(real64(-0.1), 0, 35)).find(R"("value":-0.1,)") != std::string::npos);
  CHECK(written(entry(real64(0.0), 0, 35)).find(R"("value":0,)") != std::string::npos);
  for (const float none :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    CHECK(written(entry(real32(none), 0, 35)).find(R"("hex":)") != std::string::npos);
  }
  test::Random random;
  INFO("seed ", test::seed());
  for (int i = 0; i < 3000; ++i) {
    const auto value = std::bit_cast<double>(random.bits());
    if (!std::isfinite(value)) continue;
    const std::string text = written(entry(real64(value), 0, 35));
    const std::size_t at = text.find("\"raw\":") + 6;
    CAPTURE(text);
    REQUIRE(std::strtod(text.c_str() + at, nullptr) == value);
  }
  // The largest and the smallest with scalers at their ends.
  for (const double value : {1.7976931348623157e308, 5e-324, -4.9406564584124654e-324}) {
    for (const int scaler : {-128, 0, 127}) {
      const std::string text = written(entry(real64(value), scaler, 35));
      CHECK(text.size() > 300);
      CHECK(written("02 01 " + real64(value), cosem::Language::english, 't').size() > 300);
    }
  }
}

TEST_CASE("everything that is no number") {
  const auto value = [](const std::string& element) {
    const std::string text = written("02 02 09 06 0100010700ff " + element);
    CHECK(text.starts_with(kName));
    return text.substr(kName.size());
  };
  CHECK(value("00") == R"("value":null,"type":"null-data"})");
  CHECK(value("03 01") == R"("value":true,"type":"boolean"})");
  CHECK(value("03 00") == R"("value":false,"type":"boolean"})");
  CHECK(value("04 0a b780") == R"("value":"1011011110","type":"bit-string"})");
  CHECK(value("0a 05 4142000000") == R"("value":"AB","type":"visible-string"})");
  CHECK(value("0c 02 c3a4") == R"("value":"ä","type":"utf8-string"})");
  CHECK(value("09 03 00ff01") == R"("hex":"00ff01","type":"octet-string"})");
  CHECK(value("09 04 1b5b324a") == R"("hex":"1b5b324a","type":"octet-string"})");
  CHECK(value("09 03 22415c") == R"("value":"\"A\\","type":"octet-string"})");
  CHECK(
      value("09 0c 07ea0b160712000000ffc400") ==
      R"("value":"2026-11-22T18:00:00+01:00","hex":"07ea0b160712000000ffc400","type":"octet-string"})");
  CHECK(
      value("19 07ea071603120000 00ffc481") ==
      R"("value":"2026-07-22T18:00:00+01:00","hex":"07ea07160312000000ffc481","status":["invalid","dst"],"doubt":"dst","type":"date-time"})");
  CHECK(value("19 ffffffffffffffffff800000") ==
        R"("hex":"ffffffffffffffffff800000","type":"date-time"})");
  CHECK(value("1a 07ea0b1607") == R"("value":"2026-11-22","hex":"07ea0b1607","type":"date"})");
  CHECK(value("1a ffff0b1607") == R"("hex":"ffff0b1607","type":"date"})");
  CHECK(value("1b 12000500") == R"("value":"18:00:05","hex":"12000500","type":"time"})");
  CHECK(
      value("01 02 11 01 02 01 0a 01 41") ==
      R"("value":{"array":[{"unsigned":1},{"structure":[{"visible-string":"A"}]}]},"type":"array"})");
}

TEST_CASE("a value by place, and a code that comes again with another unit") {
  CHECK(
      written("02 02 11 05 00") ==
      R"({"pos":0,"value":5,"raw":5,"type":"unsigned"},{"pos":1,"value":null,"type":"null-data"})");
  const std::string twice = written("02 02 " + entry("11 05", 0, 30) + entry("12 0005", -1, 27));
  CHECK(twice == kName + R"("value":5,"unit":"Wh","raw":5,"scaler":0,"type":"unsigned"},)" + kName +
                     R"("value":0.5,"unit":"W","raw":5,"scaler":-1,"type":"long-unsigned"})");
}

TEST_CASE("text and CSV") {
  const std::string body = "02 02 " + entry("12 0910", -1, 35) + "0a 03 612c22";
  CHECK(written(body, cosem::Language::german, 't') ==
        "1-0:1.7.0  Wirkleistung Bezug  232.0 V\n[1]  a,\"\n");
  CHECK(written(body, cosem::Language::english, 'c') ==
        ",,,,1-0:1.7.0,Active power import,232.0,V,unknown\n,,,,,1,\"a,\"\"\",,unknown\n");
}

TEST_CASE("random bodies give well-formed lines in every form") {
  test::Random random;
  INFO("seed ", test::seed());
  int readable = 0;
  for (int round = 0; round < 30000; ++round) {
    ByteVector body = random.bytes(random.between(1, 40));
    if (random.one_in(2)) {
      constexpr std::uint8_t kTags[] = {1, 2, 9, 0x0a, 0x0c, 4, 0x13, 0x17, 0x18, 0x19, 0, 3};
      for (auto& byte : body) {
        if (random.one_in(2)) byte = kTags[random.below(12)];
        if (random.one_in(4)) byte = static_cast<std::uint8_t>(random.below(6));
      }
    }
    const ByteVector apdu = test::join(hex("0f 00000001 00"), body);
    Decoded one;
    if (!apdu::parse_notification(apdu, one.nodes)) continue;
    ++readable;
    CAPTURE(to_hex(apdu));
    const std::string json = written(to_hex(body));
    static_cast<void>(written(to_hex(body), cosem::Language::german, 't'));
    static_cast<void>(written(to_hex(body), cosem::Language::german, 'c'));
    Buffer xml, tree;
    REQUIRE(write_xml(xml, apdu));
    REQUIRE(write_tree(tree, apdu));
    json::Fields fields;
    REQUIRE(fields.parse(tree.view().substr(0, tree.size() - 1)));
    const std::string_view drawn = xml.view();
    for (std::size_t at = 0; (at = drawn.find("<!--", at)) != std::string_view::npos; ++at) {
      const std::size_t end = drawn.find("-->", at);
      REQUIRE(end != std::string_view::npos);
      REQUIRE(drawn.substr(at + 4, end - at - 4).find("--") == std::string_view::npos);
    }
  }
  CHECK(readable > 100);
}

}  // namespace meterpipe::record
