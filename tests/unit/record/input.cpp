// lib/record: input in any form of hex, whole and damaged, cut anywhere.
#include "record/input.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "record/hex_line.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::record {

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
  void on_piece(const InputPiece& piece) override {
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
  // A dump from its middle.
  CHECK(read("00000010: 6869  hi\n").all() == hex("6869"));
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
  CHECK(first("\n68 fa fa 68 fg\n") == Bad{Fault::not_hex, 14, 2});
  CHECK(first("  68 fa fa 68 fg\n") == Bad{Fault::not_hex, 16, 1});
  CHECK(first("68 fa fa 68 0x\n") == Bad{Fault::not_hex, 14, 1});
  CHECK(first("00000000: 68f\n") == Bad{Fault::half_hex, 11, 1});
  CHECK(first("00000000: 68fg  hi\n") == Bad{Fault::not_hex, 14, 1});
  // What stands around a bad line is not lost.
  const Seen seen =
      read("0102\n0102030405060708zz05060708090a0b0c0d\n{\"v\":1}\n{\"v\":1,\"t\":\"x\"}\n0304\n");
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

TEST_CASE("a telegram without its end lasts until the next, or until it is longer than any") {
  const std::string head = "/ISk5\\2MT382-1000\r\n\r\n", line = "1-0:1.8.0(000123.456*kWh)\r\n";
  const Seen two = read(head + line + head + line + "!\r\n");
  REQUIRE(two.pieces.size() == 2);
  CHECK(as_text(two.pieces[0]) == head + line);
  CHECK(as_text(two.pieces[1]) == head + line + "!\r\n");
  std::string endless = head;
  while (endless.size() <= 80'000) endless += line;
  const Seen cut = read(endless);
  REQUIRE(cut.pieces.size() == 1);
  CHECK(cut.pieces[0].size() > 65'536);
  CHECK(cut.pieces[0].size() <= 65'536 + line.size());
}

TEST_CASE("read-outs of mode C stand one behind the other, whatever their BCC is") {
  const std::string one =
      "/LUGCUH50\r\n\x02"
      "6.8(1*MWh)\r\n!\r\n";
  for (int bcc = 0; bcc < 128; ++bcc) {
    CAPTURE(bcc);
    const std::string end{'\x03', static_cast<char>(bcc == 0 ? '%' : bcc)};
    const Seen seen = read(one + end + one + end + "\r\n" + one + end);
    REQUIRE(seen.pieces.size() == 3);
    for (const ByteVector& piece : seen.pieces) CHECK(as_text(piece) == one);
    CHECK(seen.bad.empty());
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
      REQUIRE(cut.all() == whole.all());  // raw bytes come a read at a time
      REQUIRE(cut.bad == whole.bad);
      REQUIRE(cut.records == whole.records);
    }
  }
}

}  // namespace meterpipe::record
