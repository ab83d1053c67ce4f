// What is wrong with a line, told from its bytes: simulated meters of all kinds over simulated
// lines that are set wrong, with keys, seeds and times of chance.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>

#include "unit/doctor/stream.hpp"

namespace meterpipe::test {

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

TEST_CASE("doctor line: garbage around and between good frames") {
  Random random;
  INFO("seed ", seed());
  struct Kind {
    const char* wanted;
    int low, high;
  };
  constexpr std::array<Kind, 3> kKinds{
      {{"line/zeros-or-ones", 0, 0}, {"line/zeros-or-ones", 255, 255}, {"line/noise", 0, 255}}};
  int tried = 0;
  for (const sim::Meter& meter : sim::meters()) {
    if (meter.link.link != sim::Link::mbus && meter.link.link != sim::Link::hdlc) continue;
    const Kind& kind = kKinds[random.below(kKinds.size())];
    const Bursts sent = bursts_of(frames_of(meter, 6, random));
    std::size_t size = 0, longest = 300;
    for (const Burst& burst : sent) {
      size += burst.bytes.size();
      longest = std::max(longest, 2 * burst.bytes.size());
    }
    // `percent` of the stream are garbage, besides what an edge excuses.
    const auto with = [&](std::size_t percent) {
      Bursts out = sent;
      // First, in the middle or last, as a burst of its own or on the heels of a message.
      const auto at = static_cast<std::ptrdiff_t>(random.below(3) * 3);
      const std::size_t excused = at == 3 || percent < 2 || kind.low == kind.high ? 0 : longest;
      Burst strays;
      for (std::size_t n = excused + (size + excused) * percent / (100 - percent); n > 0; --n) {
        strays.bytes.push_back(static_cast<std::uint8_t>(
            kind.low +
            static_cast<int>(random.below(static_cast<std::uint64_t>(kind.high - kind.low + 1)))));
      }
      if (at > 0 && random.one_in(2)) {
        append(out[static_cast<std::size_t>(at - 1)].bytes, strays.bytes);
      } else {
        out.insert(out.begin() + at, strays);
      }
      ++tried;
      return judge(out, {random.one_in(2), false, std::nullopt});
    };
    CAPTURE(meter.name);
    CAPTURE(kind.wanted);
    const Judged most = with(80);
    CAPTURE(most.line.text);
    CHECK(verdict(most) == kind.wanted);
    CHECK(most.line.text.find("no frame") == std::string::npos);
    const Judged some = with(35);
    CAPTURE(some.line.text);
    CHECK(some.line.state == doctor::State::suspicious);
    const Judged few = with(1);
    CAPTURE(few.line.text);
    CHECK(few.line.state == doctor::State::ok);
  }
  MESSAGE(tried << " streams with garbage");
}

TEST_CASE("doctor line: marked bytes of links with and without a check") {
  Random random;
  INFO("seed ", seed());
  for (const sim::Meter& meter : sim::meters()) {
    Bursts bursts = bursts_of(frames_of(meter, 4, random));
    for (Burst& burst : bursts) {
      for (std::uint32_t i = 0; i < burst.bytes.size(); ++i) {
        if (!random.one_in(3)) burst.marked.push_back(i);
      }
    }
    const Judged judged = judge(bursts, {random.one_in(2), true, std::nullopt});
    CAPTURE(meter.name);
    CAPTURE(judged.line.text);
    CHECK(judged.line.state == doctor::State::suspicious);
    CHECK(judged.line.cause == doctor::Cause::parity);
    if (meter.link.link != sim::Link::hdlc) continue;
    // Most frames do not verify.
    auto messages = frames_of(meter, 4, random);
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
      for (ByteVector& frame : messages[i]) frame[frame.size() / 2] ^= 0x80;
    }
    Bursts damaged = bursts_of(messages);
    for (Burst& burst : damaged) {
      for (std::uint32_t i = 0; i < burst.bytes.size(); i += 2) burst.marked.push_back(i);
    }
    const Judged worse = judge(damaged, {true, true, std::nullopt});
    CAPTURE(worse.line.text);
    CHECK(verdict(worse) == "line/parity");
  }
}

TEST_CASE("doctor line: texts, one value, a level") {
  const auto of = [](ByteVector bytes, const char* line = nullptr) {
    Known known{false, false, std::nullopt};
    if (line != nullptr) known.line = settings_of(line);
    return judge({Burst{std::move(bytes)}}, known);
  };
  Random random;
  INFO("seed ", seed());
  ByteVector text;
  constexpr std::string_view kLetters = "etaoin shrdlu cmfwyp\nThe. 2";
  while (text.size() < 4000) {
    text.push_back(static_cast<std::uint8_t>(kLetters[random.below(kLetters.size())]));
  }
  const Judged prose = of(text);
  CHECK(verdict(prose) == "line/noise");
  CHECK(prose.line.text.find("this is text") != std::string::npos);
  CHECK(prose.line.confidence <= 0.8);
  // Nor is it a meter's where its letters make half of an M-Bus frame's head.
  constexpr std::string_view kHead = "h00h shs";
  std::copy(kHead.begin(), kHead.end(), text.begin() + 2000);
  const Judged with_head = of(text);
  CHECK(with_head.line.text.find("this is text") != std::string::npos);

  const Judged same = of(ByteVector(5000, static_cast<std::uint8_t>('a' + random.below(26))));
  CHECK(verdict(same) == "line/noise");
  CHECK(same.line.confidence <= 0.6);

  // A level, or a port that is too fast by far; not where no meter is so slow.
  for (const char* line : {static_cast<const char*>(nullptr), "115200-8N1", "2400-8E1"}) {
    const Judged zeros = of(ByteVector(400, 0x00), line);
    CHECK(verdict(zeros) == "line/zeros-or-ones");
    const bool may_be_fast = line == nullptr || std::string_view(line) == "115200-8N1";
    CHECK((zeros.line.confidence <= 0.6) == may_be_fast);
    CHECK((zeros.line.advice.find("--detect") != std::string::npos) == may_be_fast);
  }
  CHECK(of(ByteVector(400, 0xff)).line.confidence > 0.9);

  // Bytes that are skewed as those of programs are: no rate explains them for sure.
  ByteVector program;
  while (program.size() < 9000) {
    constexpr std::array<std::uint8_t, 8> kOften{0x00, 0x48, 0x8b, 0x89, 0xe8, 0xff, 0x0f, 0x24};
    program.push_back(random.one_in(3) ? random.byte() : kOften[random.below(kOften.size())]);
  }
  constexpr std::string_view kElf =
      "\x7f"
      "ELF";
  std::copy(kElf.begin(), kElf.end(), program.begin());
  const Judged named = of(program);
  CHECK(verdict(named) == "line/noise");
  CHECK(named.line.text.find("program") != std::string::npos);

  // A word that begins as a telegram does, in what is none. Four bytes that come twice, as in one
  // of 32 such files, are no head that comes again.
  ByteVector file = random.bytes(50000);
  const std::string_view word = "/lib64";
  std::copy(word.begin(), word.end(), file.begin() + 20000);
  std::copy_n(file.begin() + 1000, 4, file.begin() + 9000);
  const Judged random_file = of(file);
  INFO(random_file.line.text);
  CHECK(verdict(random_file) == "line/noise");
}

TEST_CASE("doctor line: levels exchanged, with idle bits between the characters") {
  Random random;
  INFO("seed ", seed());
  HitRate rate;
  for (const sim::Meter* one : some_meters()) {
    const serial::LineSettings sender = settings_of(one->line);
    const int idle = static_cast<int>(1 + random.below(4));
    const serial::Receiving receiving{sender, Polarity::inverted,
                                      random.one_in(2) ? Resync::edge : Resync::level};
    Bursts out;
    for (const Burst& burst : bursts_of(frames_of(*one, 4, random))) {
      serial::Waveform wave;
      serial::Nanos at = 1'000'000'000;
      for (const std::uint8_t& byte : burst.bytes) {
        at = wave.add({&byte, 1}, sender, at) + idle * serial::Nanos{1'000'000'000} / sender.baud;
      }
      const serial::Sampled got = serial::sample(wave, receiving, 0, wave.end());
      out.push_back({got.bytes, {got.marked.begin(), got.marked.end()}});
    }
    const Judged judged = judge(out, {true, true, sender});
    rate.add("inverted", "line/inverted", judged,
             std::string(one->name) + ", idle " + std::to_string(idle));
  }
  MESSAGE(rate.text());
  CHECK(rate.causes() * 100 >= rate.tried() * 90);
}

}  // namespace meterpipe::test
