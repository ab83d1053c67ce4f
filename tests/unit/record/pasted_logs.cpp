// lib/dump and lib/record: logs with several messages in them, and what stands between, before and
// behind their bytes, gives the bytes of all of them, or a refusal; never other bytes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "record/input.hpp"
#include "support/pasted.hpp"
#include "support/pasted_forms.hpp"
#include "support/text.hpp"

namespace meterpipe::record {

using test::formatted;
using test::paste;
using test::Pasted;
using test::row_of;
using test::rows_of;
using test::Way;

namespace {

// Two messages whose rows begin with numbers of all kinds: decimal ones, small ones, letters.
ByteVector message(unsigned number) {
  ByteVector bytes = test::hex("68fafa6853ff000167db084b464d10200895418201552102");
  for (unsigned i = 0; bytes.size() < 300; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(number * 41 + i * i * 7 + i * 29));
  }
  return bytes;
}

const std::vector<ByteVector> kMessages{message(1), message(2), message(3)};

std::string digits_of_all() {
  std::string digits;
  for (const ByteVector& bytes : kMessages) digits += to_hex(bytes);
  return digits;
}

// Each message by `make(bytes, number)`.
template <class Make>
std::string log_of(Make make) {
  std::string text;
  for (std::size_t i = 0; i < kMessages.size(); ++i) text += make(Bytes(kMessages[i]), i);
  return text;
}

void check_all(const std::string& text, const std::vector<Way>& ways = {Way::at_once}) {
  CAPTURE(text.substr(0, 400));
  for (const Way way : ways) {
    const Pasted pasted = paste(text, way);
    CHECK(pasted.bad == std::vector<std::string>());
    CHECK(to_hex(pasted.bytes) == digits_of_all());
  }
}

}  // namespace

TEST_CASE("offsets of two digits and decimal ones, several dumps one behind the other") {
  check_all(log_of([](Bytes b, auto) {
    return rows_of(b, 8, [](auto at, Bytes row, auto) {
      return formatted("%02zX ", at & 0xff) + row_of(row, "%02X", " ");
    });
  }));
  for (const char* format : {"%zu\t", "%zu ", "%3zu ", "%zu: "}) {
    check_all(log_of([=](Bytes b, auto) {
      return rows_of(b, 10, [=](auto at, Bytes row, auto) {
        return formatted(format, at) + row_of(row, "%02X", " ");
      });
    }));
  }
}

TEST_CASE("numbers of lines right before the text") {
  for (const std::size_t columns : {8U, 16U, 24U}) {
    std::size_t line = 0;
    check_all(log_of([&](Bytes b, auto) {
      return rows_of(b, columns, [&](auto, Bytes row, auto) {
        return formatted("%zu:", ++line) + row_of(row, "%02x", " ");
      });
    }));
    line = 7;
    check_all(log_of([&](Bytes b, auto) {
      return rows_of(b, columns, [&](auto, Bytes row, auto) {
        line += 1 + line % 3;
        return formatted("%zu-", line) + row_of(row, "%02x", " ");
      });
    }));
  }
  // An hour's log by the minute is none.
  const Pasted hours = paste("10:30 68 fa fa 68\n11:30 68 fa fa 68\n12:30 68 fa fa 68\n");
  CHECK(to_hex(hours.bytes) == "68fafa6868fafa6868fafa68");
  // Alone it may be a time, an offset or a byte: never left out without a word.
  for (const char* line : {"5:84 dc e7 52 51 76\n", "103,11 22 33 44 55\n", "2-34 dc e7 52 51\n"}) {
    CAPTURE(line);
    const Pasted pasted = paste(line);
    CHECK(pasted.bytes.empty());
    REQUIRE(pasted.bad.size() == 1);
    CHECK(pasted.bad[0].find("a time, an offset or bytes") != std::string::npos);
  }
  CHECK(to_hex(paste("1:7e a0 67 cf 02 23\n").bytes) == "7ea067cf0223");
  CHECK(to_hex(paste("103,7E A0 67 CF 02 23\n").bytes) == "7ea067cf0223");
  CHECK(to_hex(paste("192.168.1.10 68 fa fa 68 53\n").bytes) == "68fafa6853");
}

TEST_CASE("milliseconds before rows are neither bytes nor offsets with holes") {
  for (const unsigned step : {7U, 70U, 160U}) {
    for (const unsigned start : {10U, 123456U}) {
      unsigned now = start;
      check_all(log_of([&](Bytes b, auto) {
        return rows_of(b, 16, [&](auto, Bytes row, auto) {
          now += step;
          return formatted("%u ", now) + row_of(row, "%02x", " ");
        });
      }));
    }
  }
}

TEST_CASE("seconds with a fraction before rows are no offsets with holes") {
  for (const char* mark : {".", ","}) {
    std::size_t row_number = 0;
    check_all(log_of([&](Bytes b, auto) {
                return rows_of(b, 16, [&](auto, Bytes row, auto) {
                  const std::size_t ms = row_number++ * 70;
                  return formatted("%zu%s%03zu ", ms / 1000, mark, ms % 1000) +
                         row_of(row, "%02x", " ");
                });
              }),
              {Way::at_once, Way::line_by_line});
  }
}

TEST_CASE("lists of strings with escapes, and strings without one among them") {
  const auto pieces = [](Bytes b, std::size_t size, const char* before, const char* between) {
    std::string text = before;
    for (std::size_t at = 0; at < b.size(); at += size) {
      if (at != 0) text += between;
      text += test::python_repr(b.subspan(at, std::min(size, b.size() - at)));
    }
    return text;
  };
  for (const std::size_t size : {1U, 7U, 32U}) {
    check_all(log_of([&](Bytes b, auto) { return pieces(b, size, "[", ", ") + "]\n"; }),
              {Way::at_once, Way::line_by_line});
  }
  check_all(
      log_of([&](Bytes b, auto) { return pieces(b, 16, "data = (", " \n        ") + ")\n"; }));
  // A row of text alone, where the others stood; what another program says is none.
  const std::string text =
      "read(3, \"h\\372\\372h\", 64) = 4\nread(3, \"KFM1\", 64) = 4\nwrite(1, \"hello\", 5) = 5\n";
  CHECK(to_hex(paste(text).bytes) == "68fafa684b464d31");
  // A name before it is none of them.
  CHECK(to_hex(paste("('RX', b'h\\xfa\\xfah')\n").bytes) == "68fafa68");
  CHECK(to_hex(paste("[\"RX\", \"h\\xfa\\xfah\"]\n").bytes) == "68fafa68");
  // Cut by strace.
  const Pasted cut = paste("read(3, \"h\\372\\372h\"..., 64) = 64\n");
  CHECK(cut.bytes.empty());
  REQUIRE(cut.bad.size() == 1);
  CHECK(cut.bad[0].find("cut here") != std::string::npos);
}

TEST_CASE("JSON with several messages on a line, and lines of logs in JSON") {
  std::string objects = "[", lists = "{\"frames\":[", values;
  for (const ByteVector& bytes : kMessages) {
    const char* comma = &bytes == &kMessages[0] ? "" : ", ";
    objects += comma + ("{\"ts\": 1644000000, \"data\": \"" + to_hex(bytes) + "\"}");
    lists += comma + ("[" + row_of(bytes, "%u", ", ") + "]");
    values += comma + ("[\"1644000000123456789\",\"" + row_of(bytes, "%02X", " ") + "\"]");
  }
  const std::vector<Way> both{Way::at_once, Way::line_by_line};
  check_all(objects + "]\n", both);
  check_all(lists + "],\"count\":3}\n", both);
  check_all("{\"streams\":[{\"stream\":{\"app\":\"m\"},\"values\":[" + values + "]}]}\n", both);
  check_all(log_of([](Bytes b, auto) {
              return "{\"log\":\"" + row_of(b, "%02X", " ") +
                     "\\n\",\"stream\":\"stdout\",\"time\":\"2022-02-04T16:43:20.1Z\"}\n";
            }),
            both);
  check_all(log_of([](Bytes b, auto) {
              return "{\"_PID\":\"1234\",\"MESSAGE\":\"RX: " + row_of(b, "%02x", " ") +
                     "\",\"PRIORITY\":\"6\"}\n";
            }),
            both);
  // Bytes beside a list count.
  CHECK(to_hex(paste("{\"x\":[{\"a\":1}],\"data\":\"68fafa6853ff000167db\"}\n").bytes) ==
        "68fafa6853ff000167db");
  // Records in a list are records.
  CHECK(
      paste("[{\"v\":1,\"t\":\"bytes\",\"hex\":\"68\"},{\"v\":1,\"t\":\"bytes\",\"hex\":\"fa\"}]\n")
          .records.size() == 2);
}

TEST_CASE("a console says which elements of a list it shows, and how many it does not") {
  std::size_t element = 0;
  const std::string text = log_of([&](Bytes b, auto) {
    element = 0;
    return "buffer\n" + rows_of(b, 1, [&](auto, Bytes row, auto) {
             const std::size_t n = element++;
             return (n % 10 == 0 ? formatted("[%zu \xe2\x80\xa6 %zu]\n", n, n + 9) : "") +
                    formatted("%zu: 0x%x", n, static_cast<unsigned>(row[0]));
           });
  });
  check_all(text);
  const Pasted cut =
      paste("Uint8Array(200) [\n  104, 250, 250, 104,\n  83, 255,\n  ... 194 more items\n]\n");
  REQUIRE(cut.bad.size() == 1);
  CHECK(cut.bad[0].find("cut here") != std::string::npos);
}

TEST_CASE("rows of eight bytes and fewer without blanks behind a tag") {
  for (const std::size_t columns : {2U, 4U, 8U}) {
    check_all(log_of([&](Bytes b, auto) {
      return rows_of(b, columns, [](auto, Bytes row, auto) {
        return "[16:43:20][D][uart:114]: " + to_hex(row);
      });
    }));
  }
}

TEST_CASE("casts of Java, with a blank and for some of the bytes only") {
  check_all(log_of([](Bytes b, auto) {
    std::string text = "byte[] frame = { ";
    for (const std::uint8_t c : b) {
      text += formatted(c > 127 ? "(byte) 0x%02X, " : "0x%02X, ", static_cast<unsigned>(c));
    }
    return text + "};\n";
  }));
}

TEST_CASE("wmbusmeters: seconds behind the bytes") {
  check_all(log_of([](Bytes b, auto n) {
              return "(wmbus) telegram=|" + row_of(b, "%02X", "") + formatted("|+%zu\n", n * 5);
            }),
            {Way::at_once, Way::line_by_line});
}

TEST_CASE("live rows with text between them are as those before") {
  check_all(log_of([](Bytes b, auto) {
              return rows_of(b, 32, [](auto at, Bytes row, auto) {
                return formatted("> 2022/02/04 16:43:20.1  length=32 from=%zu to=%zu\n ", at,
                                 at + 31) +
                       row_of(row, "%02x", " ");
              });
            }),
            {Way::at_once, Way::line_by_line});
}

TEST_CASE("where a row is missing or cannot be read that is told, in its place") {
  struct Places final : Sink {
    std::string log;
    void on_record(Line&, std::uint64_t) override {}
    void on_piece(const InputPiece& piece) override { log += to_hex(piece.bytes) + " "; }
    void on_bad_line(const Error&, std::uint64_t, std::string_view) override { log += "bad "; }
    void on_missing() override { log += "missing "; }
  };
  const auto log_of_text = [](std::string_view text) {
    Places places;
    InputSplitter splitter(Form::automatic, places);
    splitter.push(text);
    splitter.finish();
    return places.log;
  };
  CHECK(log_of_text("68 fa fa 68 53 ff\n00 01 67 db 08 zz\n46 4d 10 20 10 89\n") ==
        "68fafa6853ff bad missing 464d10201089 ");
  CHECK(log_of_text("0000: 68 fa fa 68\n0004: 53 ff 00 01\n000c: 67 db 08 4b\n") ==
        "68fafa6853ff0001 bad missing 67db084b ");
  CHECK(log_of_text("0x68, 0xfa, 0xfa, 0x68, 0x53,\n0xff, 0x00, 0x01, 0x67, 0xzz,\n"
                    "0x08, 0x4b, 0x46, 0x4d, 0x10\n") == "68fafa6853 bad missing 084b464d10 ");
}

// A line as a terminal of that width shows it.
std::string broken_at(std::size_t width, const std::string& line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); at += width) text += line.substr(at, width) + "\n";
  return text;
}

TEST_CASE("lines that were broken at a width, in the middle of a byte, are one again") {
  for (const char* prefix : {"", "[14:00:00][D][uart_debug:114]: <<< ",
                             "14:00:00.123 : ", "Nov 27 14:00:00 raspi mb[12]: "}) {
    for (const char* separator : {"", " ", ":", "."}) {
      for (const std::size_t width : {77U, 80U, 99U, 100U, 121U, 133U, 200U}) {
        CAPTURE(prefix);
        CAPTURE(separator);
        CAPTURE(width);
        const std::string text = log_of(
            [&](Bytes b, auto) { return broken_at(width, prefix + row_of(b, "%02X", separator)); });
        check_all(text);
      }
    }
  }
}

TEST_CASE("more broken lines than are looked at together") {
  std::string text, digits;
  for (int i = 0; i < 20; ++i) {
    for (const ByteVector& bytes : kMessages) {
      text += broken_at(79, "14:00:00.123 : " + row_of(bytes, "%02X", " "));
      digits += to_hex(bytes);
    }
  }
  const Pasted pasted = paste(text, Way::at_once);
  CHECK(pasted.bad == std::vector<std::string>());
  CHECK(to_hex(pasted.bytes) == digits);
}

TEST_CASE("lines of which digits are missing are no broken lines") {
  const std::string text = rows_of(Bytes(kMessages[0]), 16, [](auto at, Bytes row, auto) {
    std::string line = row_of(row, "%02X", " ");
    if (at == 32) line.erase(21, 1);
    return line;
  });
  CHECK(paste(text).bad.size() == 1);
  // One in each message; or the first of each row.
  for (const std::size_t columns : {300U, 32U}) {
    const std::string lines = log_of([&](Bytes b, auto) {
      return rows_of(b, columns, [&](auto, Bytes row, auto) {
        return row_of(row, "%02X", "").erase(columns == 300 ? 100 : 0, 1);
      });
    });
    CAPTURE(columns);
    CHECK(paste(lines).bytes.empty());
    CHECK(!paste(lines).bad.empty());
  }
}

}  // namespace meterpipe::record
