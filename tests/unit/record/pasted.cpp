// lib/dump and lib/record: dumps as people paste them give the same bytes as plain hex, or a
// refusal with a reason; a time or an offset never becomes a byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "record/fault_text.hpp"
#include "record/input.hpp"
#include "sim/simulator.hpp"
#include "support/capture.hpp"
#include "support/pasted.hpp"
#include "support/pasted_forms.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::record {

using test::paste;
using test::Pasted;
using test::Way;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::filesystem::path cases() {
  return std::filesystem::path(test::captures_folder()).parent_path() / "cases";
}

bool is_thorough() { return std::getenv("METERPIPE_THOROUGH") != nullptr; }

// The messages of a meter, as they come off its line.
std::vector<ByteVector> messages_of(const sim::Meter& meter, int count) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.seed = test::seed();
  settings.start = sim::kFirstStart + 86400 * 500;
  settings.control = meter.control;
  settings.keys = sim::own_keys(meter, meter.control.value_or(0));
  sim::Simulator simulator(settings);
  std::vector<ByteVector> messages;
  for (int i = 0; i < count; ++i) {
    const auto message = simulator.next();
    if (!message) break;
    ByteVector bytes;
    for (const ByteVector& frame : (*message)->frames) append(bytes, frame);
    messages.push_back(std::move(bytes));
  }
  return messages;
}

}  // namespace

TEST_CASE("the forms that were sent in: the bytes of plain hex, in a file and live") {
  const std::filesystem::path folder = cases() / "paste";
  if (!std::filesystem::is_directory(folder)) {
    MESSAGE("no cases here");
    return;
  }
  const ByteVector plain = paste(contents(folder / "00-plain.hex")).bytes;
  REQUIRE(plain.size() == 282);
  int read = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".hex") continue;
    CAPTURE(name);
    for (const Way way : {Way::at_once, Way::line_by_line}) {
      const Pasted pasted = paste(contents(entry.path()), way);
      if (name == "24b-hexdump-words.hex" || name == "38-ellipsis.hex") {
        CHECK(pasted.bytes.empty());
        REQUIRE(!pasted.bad.empty());
        CHECK(pasted.bad[0].find(name[0] == '2' ? "byte order" : "cut here") != std::string::npos);
        ++refused;
        continue;
      }
      CHECK(pasted.bytes == plain);
      // It ends with a NUL: said, and nothing else.
      CHECK(pasted.bad.size() == (name == "77-realterm-nosep.hex" ? 1 : 0));
      ++read;
    }
  }
  CHECK(read >= 2 * 52);
  CHECK(refused == 2 * 2);
  std::printf("counted: %d forms read and %d refused, in a file and live\n", read, refused);
}

TEST_CASE("every form of every message: the same bytes as plain hex, or a refusal") {
  test::Random random;
  INFO("seed ", test::seed());
  const std::vector<test::PastedForm> forms = test::pasted_forms();
  REQUIRE(forms.size() >= 200);
  std::size_t tried = 0, refused = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    for (const ByteVector& message : messages_of(meter, is_thorough() ? 5 : 1)) {
      for (const test::PastedForm& form : forms) {
        if (!is_thorough() && !random.one_in(6)) continue;
        CAPTURE(form.name);
        const std::string text = form.make(message);
        const Pasted pasted = paste(text, Way::cut, random.below(text.size()));
        ++tried;
        if (!pasted.bad.empty()) {
          ++refused;
          CAPTURE(pasted.bad[0]);
          REQUIRE(pasted.bytes.size() < message.size());
          continue;
        }
        CAPTURE(text);
        REQUIRE(to_hex(pasted.bytes) == to_hex(message));
        CHECK(pasted.records.empty());
      }
    }
  }
  std::printf("counted: %zu pastes of %zu forms, %zu refused, seed %llu\n", tried, forms.size(),
              refused, static_cast<unsigned long long>(test::seed()));
  CHECK(refused * 50 <= tried);
}

TEST_CASE("live, line by line: the same, without waiting for a line behind") {
  test::Random random;
  INFO("seed ", test::seed());
  const std::vector<test::PastedForm> forms = test::pasted_forms();
  std::size_t tried = 0, refused = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    for (const ByteVector& message : messages_of(meter, 1)) {
      for (const test::PastedForm& form : forms) {
        if (!form.live || (!is_thorough() && !random.one_in(12))) continue;
        CAPTURE(form.name);
        const std::string text = form.make(message);
        const Pasted pasted = paste(text, Way::line_by_line);
        ++tried;
        if (!pasted.bad.empty()) {
          ++refused;
          continue;
        }
        CAPTURE(text);
        REQUIRE(to_hex(pasted.bytes) == to_hex(message));
      }
    }
  }
  std::printf("counted: %zu pastes line by line, %zu refused, seed %llu\n", tried, refused,
              static_cast<unsigned long long>(test::seed()));
  CHECK(refused * 20 <= tried);
  // A line that is whole is there before the next one comes.
  Pasted pasted;
  InputSplitter splitter(Form::automatic, pasted);
  splitter.set_live(true);
  splitter.push("[16:58:09][V][uart:030]: 68 FA FA 68 53 FF\n");
  CHECK(to_hex(pasted.bytes) == "68fafa6853ff");
  splitter.push("[16:58:10][V][uart:030]: 16\n");
  CHECK(to_hex(pasted.bytes) == "68fafa6853ff16");
}

TEST_CASE("live, two digits before the first row: no byte, or a refusal") {
  struct Lead {
    const char* name;
    std::string (*digits)(std::size_t offset, std::size_t row);
  };
  const std::vector<Lead> leads{
      {"offset", [](std::size_t at, auto) { return test::formatted("%02zx", at & 0xff); }},
      {"OFFSET", [](std::size_t at, auto) { return test::formatted("%02zX", at & 0xff); }},
      {"count", [](auto, std::size_t row) { return test::formatted("%02zu", row); }},
      {"count from 1", [](auto, std::size_t row) { return test::formatted("%02zu", row + 1); }},
      {"count in hex", [](auto, std::size_t row) { return test::formatted("%02zx", row & 0xff); }}};
  int refused = 0, whole = 0;
  for (const sim::Meter& meter : sim::meters()) {
    CAPTURE(meter.name);
    const ByteVector message = messages_of(meter, 1).at(0);
    if (message[0] == '/' || message.size() > 999) continue;  // P1 is text
    for (const Lead& lead : leads) {
      CAPTURE(lead.name);
      for (const std::size_t width : {8U, 16U, 32U}) {
        for (const char* before : {"", "[16:43:20][D][uart:114]: ", "> "}) {
          std::string text;
          for (std::size_t at = 0; at < message.size(); at += width) {
            const Bytes row = Bytes(message).subspan(at, std::min(width, message.size() - at));
            text += before + lead.digits(at, at / width);
            for (const std::uint8_t byte : row) text += test::formatted(" %02x", byte);
            text += '\n';
          }
          CAPTURE(text);
          const Pasted pasted = paste(text, Way::line_by_line);
          if (pasted.bad.empty()) {
            REQUIRE(to_hex(pasted.bytes) == to_hex(message));
            ++whole;
            continue;
          }
          CHECK(pasted.bad[0].find("1: column") == 0);
          CHECK(pasted.bad[0].find("a time, an offset or bytes") != std::string::npos);
          // All but the first row, and no number among them.
          CHECK(to_hex(pasted.bytes) ==
                to_hex(Bytes(message).subspan(std::min(width, message.size()))));
          CHECK(pasted.bad.size() == 1);
          // The same in a file is read, where there are rows enough.
          const Pasted in_file = paste(text);
          if (message.size() > 2 * width) CHECK(to_hex(in_file.bytes) == to_hex(message));
          if (!in_file.bad.empty()) CHECK(in_file.bytes.size() < message.size());
          if (in_file.bad.empty()) CHECK(to_hex(in_file.bytes) == to_hex(message));
          ++refused;
        }
      }
    }
  }
  std::printf("counted: %d live dumps with a number refused, %d read\n", refused, whole);
  CHECK(refused > 1000);
  // A byte before a whole frame is one, whatever it is called: the frame is there both ways.
  const std::string frame = "10 40 f0 30 16", push = "68 04 04 68 53 ff 10 67 c9 16";
  for (const std::string& whole_frame : {frame, push}) {
    CHECK(paste("00 " + whole_frame + "\n", Way::line_by_line).bad.empty());
  }
  // What begins as a message is one, and what is in the midst of one is none.
  CHECK(paste("68 fa fa 68 53 ff 00 01 67 db 08\n", Way::line_by_line).bad.empty());
  CHECK(paste("01 67 db 08 4b 46 4d 10 20 10 89 54\n", Way::line_by_line).bad.empty());
}

TEST_CASE("live, first bytes that grow by chance behind one that begins a message are bytes") {
  const std::string rows =
      "- 00 01 00 01 00 01 01 90 0f 00 84 31 05 0c 07 e5\n"
      "- 0f 05 06 02 00 00 ff 80 00 00 02 0e 01 0e 02 04\n"
      "- 12 00 28 09 06 00 08 19 09 00 ff 0f 02 12 00 00\n";
  std::string digits;
  for (const char c : rows) {
    if (c != ' ' && c != '-' && c != '\n') digits += c;
  }
  const Pasted pasted = paste(rows, Way::line_by_line);
  CHECK(pasted.bad.empty());
  CHECK(to_hex(pasted.bytes) == digits);
}

TEST_CASE("bytes behind a word in a string, and other members behind the string") {
  for (const char* line : {"{\"msg\":\"RX 68 fa fa 68 53 ff 00 01\", \"level\": 5}\n",
                           "{'msg': 'RX 68 fa fa 68 53 ff 00 01', 'level': 5}\n"}) {
    for (const Way way : {Way::at_once, Way::line_by_line}) {
      const Pasted pasted = paste(line, way);
      CHECK(pasted.bad.empty());
      CHECK(to_hex(pasted.bytes) == "68fafa6853ff0001");
    }
  }
  const Pasted odd = paste("{\"msg\":\"RX 68 fa fa 68 53 ff 00 01 done\", \"level\": 5}\n");
  CHECK(odd.bytes.empty());
  CHECK(odd.bad.size() == 1);
}

TEST_CASE("base64, where it is whole frames or APDUs") {
  const ByteVector frame = test::hex(
      "7ea02a410883130413e6e7000f40000000000101020309060100010700ff0600002b2702020f00161ba9927e");
  const std::string word = test::base64_of(frame);
  CHECK(paste(word + "\n").bytes == frame);
  CHECK(paste("{\"payload\":\"" + word + "\"}\n").bytes == frame);
  CHECK(paste("data: " + word.substr(0, 32) + "\n").bytes.empty());
  for (const Way way : {Way::at_once, Way::line_by_line}) {
    CHECK(paste(word.substr(0, 32) + "\n" + word.substr(32) + "\n", way).bytes == frame);
  }
  ByteVector damaged = frame;
  damaged[20] ^= 1;
  const Pasted none = paste(test::base64_of(damaged) + "\n");
  CHECK(none.bytes.empty());
  CHECK(none.bad.empty());
  CHECK(none.taken.find("1 line of text skipped") != std::string::npos);
  // Hex is no base64.
  CHECK(paste(to_hex(frame) + "\n").bytes == frame);
}

TEST_CASE("UTF-16, raw bytes, P1 text and gzip are seen without -i") {
  const std::string text =
      "16:43:20 68 FA FA 68 53 FF 00 01\r\n16:43:21 67 DB 08 4B 46 4D 67 50\r\n";
  for (const bool big : {false, true}) {
    const std::string wide = test::utf16_of(text, big);
    for (std::size_t cut = 0; cut < wide.size(); ++cut) {
      const Pasted pasted = paste(wide, Way::cut, cut);
      REQUIRE(to_hex(pasted.bytes) == "68fafa6853ff000167db084b464d6750");
      REQUIRE(pasted.bad.empty());
      REQUIRE(paste(wide.substr(2), Way::cut, cut > 2 ? cut - 2 : 0).bytes == pasted.bytes);
    }
    const std::string record = R"({"v":1,"t":"bytes","src":"s","hex":"68fafa68"})"
                               "\n";
    CHECK(paste(test::utf16_of(record, big)).taken == "read as UTF-16");
  }
  const ByteVector raw = test::hex("68fafa6853ff000167db084b464d67500000000a81f820000000238816");
  for (std::size_t cut = 0; cut < raw.size(); ++cut) {
    const Pasted pasted = paste(std::string(as_text(raw)), Way::cut, cut);
    REQUIRE(pasted.bytes == raw);
    REQUIRE(pasted.kinds.front() == InputPiece::Kind::stream);
    REQUIRE(pasted.taken == "read as raw bytes");
  }
  const std::string telegram =
      "/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n1-0:1.8.1(000001.000*kWh)\r\n!EF2F\r\n";
  std::string pasted_telegram = "My meter says:\n\n";
  for (const char c : telegram) {
    if (c != '\r') pasted_telegram += c;
  }
  pasted_telegram += "\nIs that right?\n";
  for (const Way way : {Way::at_once, Way::line_by_line}) {
    const Pasted p1 = paste(pasted_telegram, way);
    CHECK(as_text(p1.bytes) == telegram);
    CHECK(p1.kinds == std::vector{InputPiece::Kind::dump});
    CHECK(p1.bad.empty());
    CHECK(p1.taken == "read as P1 telegrams; 2 lines of text skipped (the first: line 1)");
  }
  const Pasted zipped = paste(std::string("\x1f\x8b\x08\0\0\0\0\0abc\n68fa\n", 18));
  CHECK(zipped.bytes.empty());
  REQUIRE(zipped.bad.size() == 1);
  CHECK(zipped.bad[0].find("zcat") != std::string::npos);
}

TEST_CASE("NUL bytes in a log are one error, and what follows is a log still") {
  std::string text = "[16:58:09][V][uart:030]: 68 FA FA 68\n[16:58:10][V][uart:030]: 53 FF 0";
  text += std::string(4000, '\0');
  text += "[16:58:30][V][uart:030]: 67 DB 08 4B\n[16:58:31][V][uart:030]: 46 4D\n";
  for (const Way way : {Way::at_once, Way::line_by_line}) {
    const Pasted pasted = paste(text, way);
    REQUIRE(pasted.bad.size() == 1);
    CHECK(pasted.bad[0].find("4000 NUL bytes") != std::string::npos);
    CHECK(to_hex(pasted.bytes) == "68fafa6867db084b464d");
  }
}

TEST_CASE("the first lines of a live source are read for themselves, however they come in") {
  // The first is too short to tell text from raw bytes.
  const std::string first = "cut here" + std::string(2, '\0') + "\n";
  const std::string second = std::string(30, '\0') + "and here\n";
  const std::string third = "68fafa68\n";
  const std::string text = first + second + third;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    CAPTURE(cut);
    std::vector<std::size_t> cuts{cut, first.size(), first.size() + second.size()};
    std::ranges::sort(cuts);
    Pasted seen;
    InputSplitter splitter(Form::automatic, seen);
    splitter.set_live(true);
    std::size_t from = 0;
    for (const std::size_t to : cuts) {
      splitter.push(std::string_view(text).substr(from, to - from));
      from = to;
    }
    splitter.push(std::string_view(text).substr(from));
    splitter.finish();
    REQUIRE(seen.bad.size() == 2);
    CHECK(seen.bad[0].find("2 NUL bytes") != std::string::npos);
    CHECK(seen.bad[1].find("30 NUL bytes") != std::string::npos);
    CHECK(to_hex(seen.bytes) == "68fafa68");
    CHECK(splitter.taken() == text.size());
  }
}

TEST_CASE("a few rows of an even number of bytes whose first ones grow are refused") {
  struct How {
    const char *format, *between, *other;
  };
  constexpr How kHow[] = {
      {"%02zx", " ", "4b"}, {"0x%02zx", ", ", "0x4b"}, {"%zu", " ", "200"}, {"%03zu", ",", "200"}};
  for (const How& how : kHow) {
    for (std::size_t width = 6; width <= 33; ++width) {
      for (const bool by_one : {false, true}) {
        for (const bool timed : {false, true}) {
          std::string text;
          for (std::size_t rows = 1; rows <= 6; ++rows) {
            const std::size_t number = rows - 1;
            if (timed) text += test::formatted("16:44:%02zu ", number);
            text += test::formatted(how.format, number * (by_one ? 1 : width - 1));
            for (std::size_t i = 1; i < width; ++i) text += std::string(how.between) + how.other;
            text += "\n";
            if (rows < (by_one ? 3 : 2)) continue;
            CAPTURE(text);
            const Pasted pasted = paste(text);
            if (width % 2 == 0 && rows < 5) {
              CHECK(pasted.bytes.empty());
              CHECK(pasted.bad.size() == rows);
            } else {
              CHECK(pasted.bad.empty());
              CHECK(pasted.bytes.size() == rows * (width - 1));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a time or an offset never becomes data") {
  const std::string message =
      "7ea02a410883130413e6e7000f40000000000101020309060100010700ff0600002b2702020f00161ba9927e";
  for (const char* name : {"x3-time-prefix", "x4-od-Ax-tx1", "x5-tcpdump-x"}) {
    const std::filesystem::path path = cases() / "wire" / (std::string(name) + ".hex");
    if (!std::filesystem::exists(path)) continue;
    for (const Way way : {Way::at_once, Way::line_by_line}) {
      const Pasted pasted = paste(contents(path), way);
      CHECK(to_hex(pasted.bytes) == message);
      CHECK(pasted.bad.empty());
    }
  }
  // What may be either is refused, and says so.
  for (const char* line : {"987654 68fafa6853ff000167db084b464d6750\n", "9876543210 68\n",
                           "abcd 68 fa fa 68 53 ff 00 01\n"}) {
    CAPTURE(line);
    const Pasted pasted = paste(line);
    CHECK(pasted.bytes.empty());
    if (!pasted.bad.empty())
      CHECK(pasted.bad[0].find("a time, an offset or bytes") != std::string::npos);
  }
  // A date and something that is no time behind it are no stamp, and no data either.
  CHECK(paste("2022-02-04-99 68 fa\n").bytes.empty());
  // Characters behind an offset and bytes, though the bytes would not show so.
  CHECK(to_hex(paste("0000: 68 fa fa 68 53 ff  hello\n0006: 00 01 67 db 08 4b  there\n").bytes) ==
        "68fafa6853ff000167db084b");
  CHECK(
      to_hex(
          paste("0000 68 fa fa 68 53 ff 00 01  [x] y\n0008 67 db 08 4b 46 4d 67 50  [x] y\n").bytes)
          .starts_with("68fafa68"));
  // Six with one digit too few are no address.
  CHECK(paste("68:fa:fa:68:53:f\n").bytes.empty());
  // Nor does one alone on its line.
  for (const char* line :
       {"21:14:11\n", "2022-02-04\n", "2022-02-04 21:14:11.123\n", "[21:14:11]\n"}) {
    CAPTURE(line);
    CHECK(paste(line).bytes.empty());
    CHECK(paste(line).bad.empty());
  }
}

TEST_CASE("an address before each row stays none of the bytes, however few a row has") {
  for (const std::string separator : {":", "-", " "}) {
    for (const std::string address : {"aa:bb:cc:dd:ee:ff ", "00-1A-2B-3C-4D-5E "}) {
      for (std::size_t rest = 1; rest <= 16; ++rest) {
        ByteVector message(16 + rest);
        for (std::size_t i = 0; i < message.size(); ++i) {
          message[i] = static_cast<std::uint8_t>(0x68 + 37 * i);
        }
        std::string text;
        for (const Bytes row : {Bytes(message).first(16), Bytes(message).subspan(16)}) {
          text += address + test::row_of(row, "%02x", separator) + "\n";
        }
        CAPTURE(text);
        for (const Way way : {Way::at_once, Way::line_by_line}) {
          const Pasted pasted = paste(text, way);
          CHECK(pasted.bad.empty());
          CHECK(to_hex(pasted.bytes) == to_hex(message));
        }
      }
    }
  }
  // Two groups alike without a row that says what the first one is are all bytes.
  CHECK(to_hex(paste("68:fa:fa:68:53:ff 00:01:67:db:08:4b\n").bytes) == "68fafa6853ff000167db084b");
}

TEST_CASE("prose is no error, a run of bytes with something odd in it is one") {
  for (const char* line :
       {"Hello,", "Processing frame of size: 282 bytes", "since 2022-02-04 at 16:43", "```", "---",
        "meter 12345678 of 4", "IP 10.0.0.1.1234 > 10.0.0.2.4059: Flags [P.], seq 1:45", "26 bytes",
        "connected to aa:bb:cc:dd:ee:ff channel 6", "id 550e8400-e29b-41d4-a716-446655440000 there",
        "channels 1:2:3:4:5:6 of it", "zz", "1-0:1.8.0*255 Summe 1327456 Wh", "Buffer content:"}) {
    CAPTURE(line);
    const Pasted pasted = paste(std::string(line) + "\n68fafa68\n");
    CHECK(to_hex(pasted.bytes) == "68fafa68");
    CHECK(pasted.bad.empty());
    CHECK(pasted.taken == "read as hex; 1 line of text skipped (the first: line 1)");
  }
  for (const char* line :
       {"68 FA FA 68 53 zz 00 01", "68 fa fa 68 hello", "68fafa6853ff0001zz67db084b464d6750",
        "68 FA FA 68 53 FF 0 01", "RX: 68 FA FA 68 53 F? 00 01 67 DB", "68faf", "68 fa f", "123"}) {
    CAPTURE(line);
    const Pasted pasted = paste(std::string(line) + "\n");
    CHECK(pasted.bytes.empty());
    REQUIRE(pasted.bad.size() == 1);
  }
  // Beside records nothing is prose.
  const Pasted records = paste("{\"v\":1,\"t\":\"x\"}\nhello\n");
  CHECK(records.records.size() == 1);
  CHECK(records.bad.size() == 1);
}

TEST_CASE("hex or decimal: for the whole dump, and neither where both fit") {
  const auto bytes = [](const std::string& text) { return to_hex(paste(text).bytes); };
  CHECK(bytes("10 20 30 40\n104 250 16 7\n") == "0a141e2868fa1007");
  CHECK(bytes("10 20 30 40\n1a 2b 16 77\n") == "102030401a2b1677");
  CHECK(bytes("104, 250, 0\n\n10, 20, 30\n") == "68fa000a141e");  // as the one before
  CHECK(bytes("[104, -6, -6, 104, 83, -1]\n") == "68fafa6853ff");
  for (const char* both : {"7 1 16 22 9 10 20\n", "104 083 250 000\n", "104 256 16 1\n"}) {
    CAPTURE(both);
    CHECK(paste(both).bytes.empty());
    CHECK(paste(both).bad.size() == 1);
  }
  CHECK(paste("104 250 16 7\n1a 2b 16\n").bad.size() == 1);  // one dump has one form
  CHECK(bytes("0x0 0x1 0xa 0x10\n") == "00010a10");
  CHECK(bytes("0x680xfa0x680xfa0x0\n") == "68fa68fa00");
  CHECK(paste("0x680xfa0xzz0x0 0x1\n").bytes.empty());
  // A number that is no byte, behind a row that is decimal for sure.
  const Pasted larger = paste("104 -6 -6 104 83\n300 83 1 2 3\n", Way::line_by_line);
  CHECK(to_hex(larger.bytes) == "68fafa6853");
  REQUIRE(larger.bad.size() == 1);
  CHECK(larger.bad[0].starts_with("2: column 1: no number from 0 to 255"));
}

TEST_CASE("what is cut is refused") {
  for (const char* cut :
       {"68 FA FA 68 53 ...\n", "68fafa6853ff000167db084b…\n", "68 FA FA 68 [...] 16\n",
        "<Buffer 68 fa fa 68 53 ff 00 01 ... 232 more bytes>\n", "... 68 FA FA 68\n"}) {
    CAPTURE(cut);
    const Pasted pasted = paste(cut);
    CHECK(pasted.bytes.empty());
    REQUIRE(pasted.bad.size() == 1);
    CHECK(pasted.bad[0].find("cut here") != std::string::npos);
  }
  const Pasted middle = paste("68 FA FA 68\n...\n83 D9 83 16\n");
  REQUIRE(middle.bad.size() == 1);
  CHECK(middle.bad[0].starts_with("2: "));
  // Characters are no cut.
  CHECK(paste("00000000: 68fa 0001 0203  h.....\n").bad.empty());
}

TEST_CASE("dumps of words are refused, whichever program wrote them") {
  for (const char* words :
       {"0000000 fa68 68fa ff53 0100\n", "000000 fa68 68fa ff53 0100\n",
        "0000000 68fafa68 0100ff53\n",
        "00000000: 6261 6463 6665 6867 6a69 6c6b 6e6d 706f  badcfehgjilknmpo\n"}) {
    CAPTURE(words);
    const Pasted pasted = paste(words);
    if (std::string_view(words).find("badc") == std::string_view::npos) {
      CHECK(pasted.bytes.empty());
      REQUIRE(pasted.bad.size() == 1);
      CHECK(pasted.bad[0].find("byte order") != std::string::npos);
    }
  }
  const Pasted swapped =
      paste("00000000: 6261 6463 6665 6867 6a69 6c6b 6e6d 706f  abcdefghijklmnop\n");
  CHECK(swapped.bytes.empty());
  REQUIRE(swapped.bad.size() == 1);
  CHECK(swapped.bad[0].find("byte order") != std::string::npos);
}

TEST_CASE("the time of a log's line becomes ts, where it is asked for") {
  const Pasted pasted = paste(
      "2022-02-04 16:43:20.5 68 FA FA 68\n2022-02-04T16:43:21+01:00 host: 68 FA FA 68\n"
      "16:43:22 68 FA FA 68\n#@ ts=2020-01-01T00:00:00Z\n2022-02-04 16:43:20 68 FA FA 68\n");
  CHECK(pasted.times == std::vector<std::string>{"2022-02-04T16:43:20.500000Z",
                                                 "2022-02-04T15:43:21.000000Z", "",
                                                 "2020-01-01T00:00:00Z"});
}

TEST_CASE("NUL bytes behind any number of lines that wait to be read together") {
  for (int before = 0; before < 140; ++before) {
    CAPTURE(before);
    std::string text;
    for (int i = 0; i < before; ++i) text += "a line of text\n";
    text += "cut here" + std::string(3, '\0') + "\n68fafa68\n";
    for (const Way way : {Way::at_once, Way::line_by_line}) {
      const Pasted pasted = paste(text, way);
      REQUIRE(pasted.bad.size() == 1);
      CHECK(pasted.bad[0].find("3 NUL bytes") != std::string::npos);
      CHECK(to_hex(pasted.bytes) == "68fafa68");
    }
  }
}

}  // namespace meterpipe::record
