// What is wrong with a line, told from its bytes: simulated meters of all kinds over simulated
// lines that are set wrong, with keys, seeds and times of chance.
#include <doctest/doctest.h>

#include <bit>

#include "support/doctor_stream.hpp"

using namespace meterpipe;
using namespace meterpipe::test;
using serial::Polarity;
using serial::Resync;

namespace {

serial::LineSettings settings_of(std::string_view text) {
  return *serial::parse_line_settings(text);
}

Known some_knowledge(Random& random, const serial::LineSettings& reader) {
  Known known;
  known.bursts = !random.one_in(3);
  known.marks = random.one_in(2);
  if (random.one_in(2)) known.line = reader;
  return known;
}

std::string describe(const sim::Meter& meter, const serial::LineSettings& reader,
                     const Known& known, int count) {
  return std::string(meter.name) + " read at " + to_string(reader) + ", " + std::to_string(count) +
         " messages" + (known.bursts ? ", bursts" : "") + (known.marks ? ", marks" : "") +
         (known.line ? ", line" : "");
}

int messages(Random& random) {
  return random.one_in(4) ? 1 : static_cast<int>(2 + random.below(9));
}

// A fit takes a tenth of a second: a part of the meters in each run, another one each time.
std::vector<const sim::Meter*> some_meters() {
  constexpr std::size_t kEach = 4;
  std::vector<const sim::Meter*> out;
  for (std::size_t i = seed() % kEach; i < sim::meters().size(); i += kEach) {
    out.push_back(&sim::meters()[i]);
  }
  return out;
}

bool is_plain(const std::string& text) { return text == "none"; }

}  // namespace

TEST_CASE("doctor line: healthy streams of all meters are in order") {
  Random random;
  INFO("seed ", seed());
  int tried = 0;
  for (const sim::Meter& meter : sim::meters()) {
    for (const int count : {1, 5, 30}) {
      const Bursts bursts = bursts_of(frames_of(meter, count, random));
      for (const bool in_bursts : {true, false}) {
        const Judged judged = judge(bursts, {in_bursts, true, std::nullopt});
        CAPTURE(meter.name);
        CAPTURE(count);
        CAPTURE(judged.line.text);
        CAPTURE(judged.framing.text);
        CHECK(judged.line.state == doctor::State::ok);
        CHECK(judged.framing.state == doctor::State::ok);
        CHECK(is_plain(verdict(judged)));
        ++tried;
      }
    }
  }
  MESSAGE(tried << " healthy streams in order");
}

TEST_CASE("doctor line: wrong baud rates and levels") {
  Random random;
  INFO("seed ", seed());
  HitRate rate;
  for (const sim::Meter* one : some_meters()) {
    const sim::Meter& meter = *one;
    const serial::LineSettings sender = settings_of(meter.line);
    for (int round = 0; round < 4; ++round) {
      constexpr std::array<const char*, 7> kBauds{"300",  "1200",  "2400",  "4800",
                                                  "9600", "19200", "115200"};
      int count = messages(random);
      serial::Receiving receiving;
      receiving.resync = random.one_in(2) ? Resync::edge : Resync::level;
      std::string wanted = "line/baud";
      if (round == 0) {
        receiving.line = sender;
        receiving.polarity = Polarity::inverted;
        wanted = "line/inverted";
      } else {
        do {
          receiving.line = settings_of(std::string(kBauds[random.below(kBauds.size())]) +
                                       (random.one_in(2) ? "-8E1" : "-8N1"));
        } while (receiving.line.baud == sender.baud || receiving.line.baud > 8 * sender.baud ||
                 receiving.line.baud * 12 < sender.baud);
      }
      // A slow reader sees little of a message: of one alone nobody could tell.
      if (receiving.line.baud < sender.baud) count = std::max(count, 5);
      const Bursts sent = bursts_of(frames_of(meter, count, random));
      const Known known = some_knowledge(random, receiving.line);
      const Judged judged = judge(over_the_line(sent, sender, receiving), known);
      rate.add(round == 0                          ? "inverted"
               : receiving.line.baud > sender.baud ? "faster"
                                                   : "slower",
               wanted, judged, describe(meter, receiving.line, known, count));
    }
  }
  MESSAGE(rate.text());
  CHECK(rate.least() >= 70);
  CHECK(rate.layers() == rate.tried());
  CHECK(rate.causes() * 100 >= rate.tried() * 92);
}

TEST_CASE("doctor line: noise, levels, parity") {
  Random random;
  INFO("seed ", seed());
  HitRate rate;
  for (const sim::Meter* one : some_meters()) {
    const sim::Meter& meter = *one;
    const serial::LineSettings sender = settings_of(meter.line);
    const int count = std::max(3, messages(random));
    const Bursts sent = bursts_of(frames_of(meter, count, random));
    const Known known = some_knowledge(random, sender);
    const std::string where = describe(meter, sender, known, count);
    const auto changed = [&](auto change) {
      Bursts out;
      for (const Burst& burst : sent) {
        Burst turned;
        for (const std::uint8_t byte : burst.bytes) change(byte, turned);
        out.push_back(turned);
      }
      return judge(out, known);
    };
    const auto try_one = [&](const char* name, const char* wanted, auto change) {
      rate.add(name, wanted, changed(change), where);
    };
    try_one("noise 0.3", "line/noise", [&](std::uint8_t byte, Burst& out) {
      out.bytes.push_back(random.below(100) < 30 ? random.byte() : byte);
    });
    try_one("noise 0.6", "line/noise", [&](std::uint8_t byte, Burst& out) {
      out.bytes.push_back(random.below(100) < 60 ? random.byte() : byte);
    });
    try_one("noise 1", "line/noise",
            [&](std::uint8_t, Burst& out) { out.bytes.push_back(random.byte()); });
    try_one("zeros", "line/zeros-or-ones",
            [](std::uint8_t, Burst& out) { out.bytes.push_back(0x00); });
    try_one("ones", "line/zeros-or-ones",
            [](std::uint8_t, Burst& out) { out.bytes.push_back(0xff); });
    const int kept = static_cast<int>(random.below(2));
    try_one("parity zeroed", "line/parity", [&](std::uint8_t byte, Burst& out) {
      out.bytes.push_back((std::popcount(byte) & 1) == kept ? byte : 0);
    });
    try_one("parity dropped", "line/parity", [&](std::uint8_t byte, Burst& out) {
      if ((std::popcount(byte) & 1) == kept) out.bytes.push_back(byte);
    });
    if (meter.layout != sim::Layout::telegram) {
      try_one("parity seven", "line/parity",
              [](std::uint8_t byte, Burst& out) { out.bytes.push_back(byte & 0x7f); });
    }
    if (meter.layout == sim::Layout::telegram) {
      try_one("parity in the eighth bit", "line/parity", [&](std::uint8_t byte, Burst& out) {
        const bool is_odd = (std::popcount(static_cast<unsigned>(byte & 0x7f)) & 1) != kept;
        out.bytes.push_back(static_cast<std::uint8_t>((byte & 0x7f) | (is_odd ? 0x80 : 0)));
      });
    }
    try_one("complement", "line/inverted", [](std::uint8_t byte, Burst& out) {
      out.bytes.push_back(static_cast<std::uint8_t>(~byte));
    });
    rate.add("silence", "line/nothing-received", judge({}, known), where);
  }
  MESSAGE(rate.text());
  CHECK(rate.least() >= 70);
  // Noise and damaged frames shade into each other.
  CHECK(rate.layers() * 100 >= rate.tried() * 96);
  CHECK(rate.causes() * 100 >= rate.tried() * 95);
}
