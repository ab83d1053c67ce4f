// What programs between a port and here do to bytes is told by its name, and is none of the line.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "support/text.hpp"
#include "unit/doctor/stream.hpp"

namespace meterpipe::test {

namespace {

using Change = ByteVector (*)(Bytes);

ByteVector as_utf8(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x80) {
      out.push_back(byte);
    } else {
      out.push_back(static_cast<std::uint8_t>(0xc0 | byte >> 6));
      out.push_back(static_cast<std::uint8_t>(0x80 | (byte & 0x3f)));
    }
  }
  return out;
}
ByteVector with_replacements(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x80) {
      out.push_back(byte);
    } else {
      append(out, hex("efbfbd"));
    }
  }
  return out;
}
ByteVector with_question_marks(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  for (std::uint8_t& byte : out) byte = byte < 0x80 ? byte : std::uint8_t{'?'};
  return out;
}
ByteVector each_twice(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) out.insert(out.end(), 2, byte);
  return out;
}
ByteVector with_cr(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\n') out.push_back('\r');
    out.push_back(byte);
  }
  return out;
}
ByteVector lf_for_cr(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  std::ranges::replace(out, std::uint8_t{'\r'}, std::uint8_t{'\n'});
  return out;
}
ByteVector with_marks(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) out.insert(out.end(), byte == 0xff ? 2 : 1, byte);
  return out;
}
ByteVector bits_turned(Bytes bytes) {
  ByteVector out;
  for (const std::uint8_t byte : bytes) {
    unsigned bits = 0;
    for (int i = 0; i < 8; ++i) bits |= (byte >> i & 1U) << (7 - i);
    out.push_back(static_cast<std::uint8_t>(bits));
  }
  return out;
}
ByteVector without_flow(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  std::erase_if(out, [](std::uint8_t byte) { return byte == 0x11 || byte == 0x13; });
  return out;
}
ByteVector without_nul(Bytes bytes) {
  ByteVector out(bytes.begin(), bytes.end());
  std::erase(out, std::uint8_t{0});
  return out;
}

std::string change_of(const doctor::Finding& finding) {
  for (const doctor::Fact& fact : finding.facts) {
    const auto* word = std::get_if<std::string>(&fact.value);
    if (fact.name == "change" && word != nullptr) return *word;
  }
  return "";
}

Judged judged_after(Change change, std::string_view meter, int count, bool has_bursts) {
  Random random;
  Bursts bursts = bursts_of(frames_of(*sim::find_meter(meter), count, random));
  for (Burst& burst : bursts) burst.bytes = change(burst.bytes);
  return judge(bursts, Known{has_bursts, false, std::nullopt});
}

}  // namespace

TEST_CASE("doctor line: a program on the way has changed the bytes") {
  struct Way {
    const char* name;
    Change change;
    std::vector<const char*> meters;
  };
  const std::vector<const char*> framed{"kaifa-salzburg", "kaifa-evn", "am550-wien",
                                        "kamstrup-denmark"};
  const std::vector<Way> ways{
      {"utf-8", as_utf8, {"kaifa-salzburg", "am550-wien", "t210d-luxembourg", "aidon-norway"}},
      {"utf-8-replaced", with_replacements, {"kaifa-salzburg", "am550-wien", "t210d-luxembourg"}},
      {"question-marks", with_question_marks, {"kaifa-salzburg", "am550-wien", "aidon-norway"}},
      {"twice", each_twice, {"kaifa-salzburg", "aidon-norway", "dsmr-p1", "sml-ebz"}},
      {"crlf", with_cr, framed},
      {"crlf", with_cr, {"dsmr-p1"}},
      {"lf-for-cr", lf_for_cr, framed},
      {"lf-lf", lf_for_cr, {"dsmr-p1"}},
      {"marks", with_marks, framed},
      {"bits", bits_turned, framed},
      {"flow-control", without_flow, {"kaifa-salzburg", "kaifa-evn"}},
      {"nul", without_nul, {"kaifa-salzburg", "kaifa-evn"}},
  };
  INFO("seed ", seed());
  for (const Way& way : ways) {
    for (const char* meter : way.meters) {
      for (const bool has_bursts : {false, true}) {
        CAPTURE(way.name);
        CAPTURE(meter);
        const Judged judged = judged_after(way.change, meter, 40, has_bursts);
        INFO(judged.line.text);
        CHECK(verdict(judged) == "line/changed-bytes");
        CHECK(change_of(judged.line) == way.name);
        CHECK(!judged.line.advice.empty());
      }
    }
  }
}

TEST_CASE("doctor line: levels between messages are no marks of errors") {
  Random random;
  Bursts bursts;
  for (const auto& frames : frames_of(*sim::find_meter("t210d-luxembourg"), 10, random)) {
    ByteVector levels(1 + bursts.size() % 4 * 2, 0xff);
    for (const ByteVector& frame : frames) append(levels, frame);
    bursts.push_back({levels});
  }
  CHECK(change_of(judge(bursts, Known{false, false, std::nullopt}).line).empty());
}

TEST_CASE("doctor line: bytes that are lost at the start of each frame are no noise") {
  struct Way {
    const char* meter;
    std::size_t lost;
    bool has_bursts;
  };
  for (const Way& way :
       {Way{"kaifa-salzburg", 2, false}, Way{"kaifa-salzburg", 4, true}, Way{"am550-wien", 2, true},
        Way{"t210d-luxembourg", 2, true}, Way{"kamstrup-denmark", 3, true}}) {
    CAPTURE(way.meter);
    CAPTURE(way.lost);
    Random random;
    Bursts bursts;
    for (const auto& frames : frames_of(*sim::find_meter(way.meter), 10, random)) {
      for (const ByteVector& frame : frames) {
        bursts.push_back({{frame.begin() + static_cast<std::ptrdiff_t>(way.lost), frame.end()}});
      }
    }
    const Judged judged = judge(bursts, Known{way.has_bursts, false, std::nullopt});
    INFO(judged.line.text, " | ", judged.framing.text);
    CHECK(verdict(judged) == "framing/cut-frames");
  }
}

TEST_CASE("doctor line: SML with parity errors, and SML of which no file ends") {
  Random random;
  Bursts bursts = bursts_of(frames_of(*sim::find_meter("sml-ebz"), 6, random));
  for (Burst& burst : bursts) burst.bytes.resize(burst.bytes.size() - 10);
  CHECK(verdict(judge(bursts, {})) == "framing/cut-frames");
  for (Burst& burst : bursts) {
    for (std::uint32_t at = 0; at < burst.bytes.size(); at += 2) burst.marked.push_back(at);
  }
  CHECK(verdict(judge(bursts, {})) == "line/parity");
}

TEST_CASE("doctor line: letters beyond ASCII are text, and files have their names") {
  const auto of = [](std::string_view text) {
    return judge({Burst{{as_bytes(text).begin(), as_bytes(text).end()}}},
                 Known{false, false, std::nullopt});
  };
  std::string page;
  while (page.size() < 2000) page += "<p>Der Z\xc3\xa4hler z\xc3\xa4hlt 1.8.0 f\xc3\xbcr uns</p>\n";
  const Judged text = of(page);
  INFO(text.line.text);
  CHECK(verdict(text) == "line/noise");
  CHECK(text.line.text.find("this is text") != std::string::npos);
  CHECK(text.line.confidence <= 0.8);
  Random random;
  std::string picture = "\xff\xd8\xff\xe0";
  for (const std::uint8_t byte : random.bytes(3000)) picture += static_cast<char>(byte);
  CHECK(of(picture).line.text.find("picture") != std::string::npos);
}

}  // namespace meterpipe::test
