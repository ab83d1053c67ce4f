// The search for a line's settings on a simulated line: every meter at its own settings, every
// setting of the field, both kinds of UART, any phase.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "serial/detect_table.hpp"
#include "serial/detector.hpp"
#include "sim/simulator.hpp"
#include "support/random.hpp"
#include "unit/serial/simulated_uart.hpp"

namespace meterpipe::serial {

using test::line;
using test::SimulatedLine;
using test::SimulatedUart;
using test::UartReader;
using test::UartSender;

namespace {

// What a meter pushes: all frames of one message, one behind the other.
std::function<ByteVector(std::uint64_t)> pushes_of(const sim::Meter& meter, std::uint64_t seed) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = sim::kFirstStart + static_cast<sim::Seconds>(seed) * 86'400;
  settings.control = meter.control;
  if (meter.control) settings.keys = sim::own_keys(meter, *meter.control);
  auto simulator = std::make_shared<sim::Simulator>(settings);
  auto sent = std::make_shared<std::map<std::uint64_t, ByteVector>>();
  return [simulator, sent](std::uint64_t n) {
    while (sent->size() <= n) {
      ByteVector all;
      const auto message = simulator->next();
      REQUIRE(message);
      for (const ByteVector& frame : (*message)->frames) append(all, frame);
      sent->emplace(sent->size(), std::move(all));
    }
    return sent->at(n);
  };
}

// A readout of IEC 62056-21: text without a checksum.
ByteVector readout(std::uint64_t n) {
  const std::string text = fmt::format(
      "/ISk5MT382-1000\r\n\r\n0-0:96.1.1(4B414D45000001)\r\n1-0:1.8.0({:010.3f}*kWh)\r\n"
      "1-0:2.8.0(000012.345*kWh)\r\n1-0:1.7.0(0{:01}.417*kW)\r\n!\r\n",
      1234.5 + static_cast<double>(n) / 1000, n % 10);
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

struct Found {
  Conclusion end;
  std::vector<Trial> trials;
  double seconds = 0;
  std::string table;
};

Found search(const UartSender& sender, const UartReader& reader, DetectOptions options = {},
             std::int64_t stop_at_us = -1) {
  SimulatedLine wire(sender);
  Found found;
  Surroundings with;
  with.port = [&](const LineSettings& settings) -> std::unique_ptr<Port> {
    return std::make_unique<SimulatedUart>(wire, settings, reader);
  };
  with.world.wait = [](Port& port, std::int64_t us) {
    dynamic_cast<SimulatedUart&>(port).wait(us);
    return true;
  };
  with.world.now = [&] { return Arrival{0, wire.now_us}; };
  with.world.is_stopped = [&] { return stop_at_us >= 0 && wire.now_us >= stop_at_us; };
  with.tried = [&](const Trial& trial) {
    found.trials.push_back(trial);
    found.table += detect_row(trial);
    wire.now_us += 3000;  // closing and opening
    REQUIRE(found.trials.size() < 200);
  };
  found.end = detect(options, with);
  found.seconds = static_cast<double>(wire.now_us) / 1e6;
  found.table += detect_end(found.end, "/dev/ttyUSB0", stop_at_us >= 0, wire.now_us);
  return found;
}

constexpr Resync kBoth[] = {Resync::edge, Resync::level};

struct Tally {
  int tried = 0, right = 0;
  double total = 0, longest = 0;
  void count(const UartSender& sender, const UartReader& reader, const LineSettings& expected,
             std::string_view what) {
    const Found found = search(sender, reader);
    ++tried;
    total += found.seconds;
    longest = std::max(longest, found.seconds);
    const bool good = found.end.outcome == Outcome::found && found.end.line == expected;
    right += good ? 1 : 0;
    CHECK_MESSAGE(good, what, " at ", to_string(expected), " seed ", sender.seed, " each ",
                  sender.interval_us, " us:\n", found.table);
  }
  void say(const char* what) const {
    MESSAGE(std::string(what) << ": " << right << " of " << tried
                              << " found, simulated seconds: mean " << total / std::max(1, tried)
                              << ", longest " << longest);
  }
};

std::int64_t random_phase(std::uint64_t seed, std::int64_t interval) {
  return static_cast<std::int64_t>(sim::mix(seed * 31 + 7) % static_cast<std::uint64_t>(interval)) -
         interval / 3;
}

}  // namespace

TEST_CASE("every simulated meter is found at its own settings") {
  Tally tally;
  for (const sim::Meter& meter : sim::meters()) {
    if (meter.link.link == sim::Link::wrapper) continue;  // over a network
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      UartSender sender;
      sender.line = line(std::string(meter.line).c_str());
      sender.message = pushes_of(meter, seed);
      sender.seed = seed;
      sender.interval_us = seed == 1 ? 5'000'000 : seed == 2 ? 10'000'000 : 60'000'000;
      sender.phase_us = random_phase(seed * 131 + tally.tried, sender.interval_us);
      sender.clock_error = seed == 2 ? 0.02 : seed == 3 ? -0.02 : 0;
      for (const Resync resync : kBoth) {
        tally.count(sender, {.resync = resync}, line(std::string(meter.line).c_str()), meter.name);
      }
    }
  }
  CHECK(tally.tried >= 200);
  tally.say("meters");
}

TEST_CASE("every setting of the field is found, by what is sent there") {
  struct Row {
    const char* line;
    const char* meter;  // nullptr: a readout as text
  };
  constexpr Row kRows[] = {
      {"2400-8E1", "kaifa-salzburg"},
      {"2400-8E1", "sagemcom-t210d"},
      {"2400-8E1", "e450-steiermark"},
      {"2400-8N1", "kamstrup-denmark"},
      {"2400-8N1", "kaifa-salzburg"},
      {"9600-8N1", "am550-wien"},
      {"9600-8N1", "xt211-czech"},
      {"9600-8E1", "kaifa-evn"},
      {"9600-8E1", nullptr},
      {"9600-7E1", "dsmr-p1"},
      {"9600-7E1", nullptr},
      {"300-7E1", nullptr},
      {"300-7E1", "dsmr-p1"},
      {"115200-8N1", "dsmr-p1"},
      {"115200-8N1", "t210d-steiermark"},
      {"115200-8N1", "am550-kaernten"},
      {"115200-7E1", "dsmr-p1"},
      {"115200-8E1", "am550-kaernten"},
      {"1200-8E1", "kaifa-evn"},
      {"1200-8N1", "kaifa-evn"},
      {"4800-8N1", "am550-wien"},
      {"4800-8E1", "kaifa-salzburg"},
      {"19200-8N1", "am550-wien"},
      {"19200-8E1", "kaifa-salzburg"},
      {"38400-8N1", "am550-wien"},
      {"57600-8N1", "t210d-steiermark"},
      {"300-8E1", "kaifa-norway-1"},
      {"300-8N1", nullptr},
      {"600-8E1", "kaifa-norway-1"},
      {"2400-8O1", "kaifa-salzburg"},
      {"9600-7O1", "dsmr-p1"},
  };
  Tally tally;
  for (const Row& row : kRows) {
    const LineSettings expected = line(row.line);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      UartSender sender;
      sender.line = expected;
      if (row.meter == nullptr) {
        sender.message = readout;
      } else {
        const sim::Meter* meter = sim::find_meter(row.meter);
        REQUIRE_MESSAGE(meter != nullptr, std::string(row.meter));
        sender.message = pushes_of(*meter, seed + 10);
      }
      sender.seed = seed;
      const bool is_fast = expected.baud >= 9600;
      const bool is_slow = expected.baud <= 600;
      sender.interval_us = seed == 1   ? (is_fast   ? 1'500'000
                                          : is_slow ? 60'000'000
                                                    : 5'000'000)
                           : seed == 4 ? 60'000'000
                                       : (is_slow ? 60'000'000 : 10'000'000);
      sender.phase_us =
          random_phase(seed * 977 + static_cast<std::uint64_t>(tally.tried), sender.interval_us);
      sender.clock_error = seed == 2 ? 0.02 : seed == 3 ? -0.02 : 0;
      sender.spikes_per_hour = seed == 3 ? 400 : 0;
      for (const Resync resync : kBoth) tally.count(sender, {.resync = resync}, expected, row.line);
    }
  }
  tally.say("settings");
}

TEST_CASE("every setting that the field guide names is tried") {
  for (const char* text :
       {"2400-8E1", "2400-8N1", "9600-8N1", "9600-8E1", "115200-8N1", "300-7E1", "9600-7E1",
        "115200-7E1", "1200-8E1", "4800-8N1", "19200-8N1", "38400-8N1", "57600-8N1"}) {
    const auto all = likely_settings();
    CHECK_MESSAGE(std::count(all.begin(), all.end(), line(text)) == 1, text);
  }
  CHECK(likely_settings().front() == LineSettings());
}

TEST_CASE("a line on which nothing comes: not found, each rate listened to once") {
  const Found found = search({}, {});
  CHECK(found.end.outcome == Outcome::nothing);
  CHECK(!found.end.line);
  CHECK(found.seconds < 150);
  std::map<std::uint32_t, int> rates;
  for (const Trial& trial : found.trials) {
    CHECK(trial.verdict == Verdict::silent);
    ++rates[trial.line.baud];
  }
  CHECK(rates.size() == 10);
  CHECK(found.trials.size() == rates.size());
  CHECK(found.table.find("activated") != std::string::npos);
  CHECK(found.table.find("LINE=") == std::string::npos);
}

TEST_CASE("noise: not found, in bounded time, with the way to the doctor") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const Resync resync : kBoth) {
      UartSender sender;
      sender.is_noise = true;
      sender.seed = seed;
      const Found found = search(sender, {.resync = resync});
      CHECK_MESSAGE(found.end.outcome == Outcome::not_found, found.table);
      CHECK(!found.end.line);
      CHECK_MESSAGE(found.seconds < 900, found.table);
      CHECK(found.table.find("meter-doctor -p /dev/ttyUSB0") != std::string::npos);
    }
  }
}

TEST_CASE("disturbances alone: not found") {
  UartSender sender;
  sender.message = [](std::uint64_t) { return ByteVector(); };
  sender.spikes_per_hour = 2000;
  const Found found = search(sender, {});
  CHECK_MESSAGE(found.end.outcome == Outcome::fell_silent, found.table);
  CHECK_MESSAGE(found.seconds < 400, found.table);
}

TEST_CASE("an inverted line: not found, with the way to the doctor") {
  Tally tally;
  for (const char* name : {"kaifa-salzburg", "t210d-steiermark", "kamstrup-norway", "dsmr-p1"}) {
    const sim::Meter* meter = sim::find_meter(name);
    REQUIRE(meter != nullptr);
    for (const Resync resync : kBoth) {
      UartSender sender;
      sender.line = line(std::string(meter->line).c_str());
      sender.message = pushes_of(*meter, 3);
      const Found found = search(sender, {.polarity = Polarity::inverted, .resync = resync});
      CHECK_MESSAGE(found.end.outcome == Outcome::not_found, name, "\n", found.table);
      CHECK_MESSAGE(found.table.find("inverted") != std::string::npos, name, "\n", found.table);
      CHECK(found.table.find("meter-doctor") != std::string::npos);
    }
  }
}

TEST_CASE("a port that checks no parity: the more likely one, and that it is a guess") {
  struct Row {
    const char* meter;
    const char* expected;
  };
  for (const Row& row : {Row{"kaifa-salzburg", "2400-8E1"}, Row{"kamstrup-norway", "2400-8N1"},
                         Row{"kamstrup-denmark", "2400-8N1"}, Row{"am550-wien", "9600-8N1"}}) {
    const sim::Meter* meter = sim::find_meter(row.meter);
    REQUIRE(meter != nullptr);
    UartSender sender;
    sender.line = line(row.expected);
    sender.message = pushes_of(*meter, 5);
    const Found found = search(sender, {.resync = Resync::level, .checks_parity = false});
    REQUIRE_MESSAGE(found.end.line, found.table);
    CHECK_MESSAGE(*found.end.line == line(row.expected), found.table);
    CHECK(found.end.is_parity_guessed);
    CHECK(found.table.find("does not check parity") != std::string::npos);
  }
}

TEST_CASE("a pseudo terminal: one try for each rate") {
  UartSender sender;
  sender.line = line("115200-8N1");
  sender.message = pushes_of(*sim::find_meter("am550-kaernten"), 5);
  const UartReader reader{.resync = Resync::level, .is_pseudo = true, .checks_parity = false};
  const Found found = search(sender, reader);
  CHECK_MESSAGE(found.end.line == line("115200-8N1"), found.table);
  CHECK(found.trials.size() == 3);  // at 2400, 9600, 115200
  CHECK(found.table.find("it is a pseudo terminal") != std::string::npos);
}

TEST_CASE("a pseudo terminal: no rate is tried twice before all were") {
  UartSender sender;
  sender.line = line("1200-8E1");
  sender.message = pushes_of(*sim::find_meter("kaifa-salzburg"), 5);
  sender.interval_us = 10'000'000;
  sender.phase_us = 1'000'000;
  const UartReader reader{.resync = Resync::level, .is_pseudo = true, .checks_parity = false};
  const Found found = search(sender, reader);
  CHECK_MESSAGE(found.end.line == sender.line, found.table);
  std::map<std::uint32_t, int> rates;
  for (const Trial& trial : found.trials) ++rates[trial.line.baud];
  CHECK_MESSAGE(rates.size() == found.trials.size(), found.table);
}

TEST_CASE("a damaged message does not rule a setting out") {
  UartSender sender;
  sender.phase_us = 1'000'000;
  const auto good = pushes_of(*sim::find_meter("kaifa-salzburg"), 5);
  sender.message = [good](std::uint64_t n) {
    ByteVector bytes = good(n);
    if (n == 0) {  // in both frames; the parity stays
      bytes[20] ^= 0x03;
      bytes[bytes.size() - 20] ^= 0x03;
    }
    return bytes;
  };
  const Found found = search(sender, {});
  CHECK_MESSAGE(found.end.line == LineSettings(), found.table);
  CHECK_MESSAGE(found.trials.size() == 1, found.table);
}

TEST_CASE("disturbances between the messages of a meter that sends once a minute") {
  Tally tally;
  for (const char* name : {"kamstrup-1phase", "im350-kaernten", "iskra-9e", "kaifa-norway-1"}) {
    const sim::Meter* meter = sim::find_meter(name);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      UartSender sender;
      sender.line = line(std::string(meter->line).c_str());
      sender.message = pushes_of(*meter, seed);
      sender.seed = seed;
      sender.interval_us = 60'000'000;
      sender.phase_us = random_phase(seed * 17, sender.interval_us);
      sender.spikes_per_hour = 300;
      for (const Resync resync : kBoth) tally.count(sender, {.resync = resync}, sender.line, name);
    }
  }
  tally.say("disturbed");
  CHECK(tally.longest < 600);
}

TEST_CASE("characters without an error and no frame: the other formats of that rate come next") {
  UartSender sender;
  sender.line = line("9600-7E1");
  sender.message = pushes_of(*sim::find_meter("dsmr-p1"), 5);
  sender.phase_us = 1'000'000;
  const Found found = search(sender, {});
  CHECK_MESSAGE(found.end.line == sender.line, found.table);
  for (std::size_t i = 0; i < found.trials.size(); ++i) {
    if (found.trials[i].line != line("9600-8N1")) continue;
    CHECK(found.trials[i].verdict == Verdict::no_frame);
    CHECK(found.trials[i].marked == 0);
    for (std::size_t next = i + 1; next < found.trials.size(); ++next) {
      CHECK_MESSAGE(found.trials[next].line.baud == 9600, found.table);
    }
  }
}

TEST_CASE("the table") {
  Trial trial;
  trial.line = line("2400-8N1");
  trial.bytes = 26;
  trial.marked = 12;
  trial.verdict = Verdict::garbage;
  CHECK(detect_head() + detect_row(trial) ==
        "LINE           BYTES  MARKED  SHARE  FRAMES  WHAT CAME\n"
        "2400-8N1          26      12   46 %       0  no frame, many errors: not these settings\n");
  trial.verdict = Verdict::refused;
  trial.refusal = "the port is set to 9600 baud instead";
  CHECK(detect_row(trial).ends_with("not tried: the port is set to 9600 baud instead\n"));
  const std::string end = detect_end({Outcome::found, LineSettings()}, "/dev/it's", false, 0);
  CHECK(end == "\nmbus-read -p '/dev/it'\\''s' --line 2400-8E1\nLINE=2400-8E1\n");
  const auto nothing = [](std::int64_t us) {
    return detect_end({Outcome::nothing}, "/dev/ttyUSB0", false, us);
  };
  CHECK(nothing(120'000'000).find("less than once in\n120 s needs") != std::string::npos);
  CHECK(nothing(500'000).find("less than once in\n0.5 s needs") != std::string::npos);
}

TEST_CASE("a port that does not take a setting: the next one; none at all: its trouble") {
  // Only 9600 baud can be set.
  class Stubborn : public Port {
   public:
    Stubborn(std::unique_ptr<Port> port, bool fails) : port_(std::move(port)), fails_(fails) {}
    tl::expected<Progress, Trouble> open() override {
      if (fails_) return tl::unexpected<Trouble>({Trouble::Kind::failed, "cannot set the line"});
      return port_->open();
    }
    pollfd waits_for() const override { return port_->waits_for(); }
    tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override {
      return port_->read(to);
    }
    void close() override { port_->close(); }
    const std::string& name() const override { return port_->name(); }
    std::string source() const override { return port_->source(); }
    bool marks_errors() const override { return true; }
    std::optional<LineSettings> set_to() const override { return line("9600-8N1"); }
    Port& inner() { return *port_; }

   private:
    std::unique_ptr<Port> port_;
    bool fails_;
  };
  for (const bool fails : {false, true}) {
    UartSender sender;
    sender.line = line("9600-8N1");
    sender.message = pushes_of(*sim::find_meter("am550-wien"), 5);
    SimulatedLine wire(sender);
    Surroundings with;
    with.port = [&](const LineSettings& settings) -> std::unique_ptr<Port> {
      return std::make_unique<Stubborn>(
          std::make_unique<SimulatedUart>(wire, settings, UartReader{}), fails);
    };
    with.world.wait = [](Port& port, std::int64_t us) {
      dynamic_cast<SimulatedUart&>(dynamic_cast<Stubborn&>(port).inner()).wait(us);
      return true;
    };
    with.world.now = [&] { return Arrival{0, wire.now_us}; };
    with.world.is_stopped = [] { return false; };
    int refused = 0;
    with.tried = [&](const Trial& trial) {
      refused += trial.verdict == Verdict::refused ? 1 : 0;
      REQUIRE(refused < 100);
    };
    if (fails) {
      CHECK_THROWS_WITH_AS(detect({}, with), "cannot set the line", os::Fatal);
    } else {
      CHECK(detect({}, with).line == sender.line);
      CHECK(refused == 2);  // both at 2400
    }
  }
}

TEST_CASE("a bad byte at each opening changes nothing") {
  Tally tally;
  for (const char* name : {"kaifa-salzburg", "kamstrup-norway", "xt211-czech", "dsmr-p1"}) {
    const sim::Meter* meter = sim::find_meter(name);
    UartSender sender;
    sender.line = line(std::string(meter->line).c_str());
    sender.message = pushes_of(*meter, 4);
    sender.interval_us = 60'000'000;
    sender.phase_us = 7'000'000;
    for (const Resync resync : kBoth) {
      tally.count(sender, {.resync = resync, .glitches = true}, sender.line, name);
    }
  }
  UartSender silent;
  const Found found = search(silent, {.glitches = true});
  CHECK(!found.end.line);
  CHECK_MESSAGE(found.seconds < 150, found.table);
}

TEST_CASE("frames with marks lead to the parity without") {
  UartSender sender;
  sender.line = line("2400-8N1");
  sender.message = pushes_of(*sim::find_meter("kamstrup-norway"), 2);
  sender.phase_us = 1'000'000;
  const Found found = search(sender, {.resync = Resync::level});
  REQUIRE(found.trials.size() == 2);
  CHECK(found.trials[0].line == line("2400-8E1"));
  CHECK(found.trials[0].verdict == Verdict::marked);
  CHECK(found.trials[0].frames > 0);
  CHECK(found.trials[0].frame_marked > 0);
  CHECK(found.trials[1].verdict == Verdict::clean);
  CHECK(found.end.line == line("2400-8N1"));
  CHECK(found.table.ends_with("\nLINE=2400-8N1\n"));
}

TEST_CASE(
    "what was asked for is tried first, any baud rate; with another parity it is still found") {
  UartSender sender;
  sender.line = line("7200-8N1");
  sender.message = pushes_of(*sim::find_meter("kaifa-salzburg"), 2);
  for (const char* first : {"7200-8N1", "7200-8E1"}) {
    DetectOptions options;
    options.first = line(first);
    const Found found = search(sender, {.resync = Resync::level}, options);
    CHECK(found.trials.front().line == line(first));
    CHECK_MESSAGE(found.end.line == line("7200-8N1"), found.table);
    CHECK(found.trials.size() <= 3);
  }
}

TEST_CASE("a right line with a protocol that nobody knows is named") {
  UartSender sender;
  sender.line = line("9600-8N1");
  sender.message = [](std::uint64_t n) {  // SML: escape sequences and a CRC of its own
    ByteVector bytes{0x1b, 0x1b, 0x1b, 0x1b, 0x01, 0x01, 0x01, 0x01, 0x76, 0x05};
    for (std::uint64_t i = 0; i < 200; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(sim::mix(n * 1000 + i) % 91));
    }
    return bytes;
  };
  const Found found = search(sender, {});
  CHECK(found.end.outcome == Outcome::not_found);
  CHECK_MESSAGE(found.end.unmarked == line("9600-8N1"), found.table);
  CHECK(found.table.find("meter-doctor -p /dev/ttyUSB0 --line 9600-8N1") != std::string::npos);
}

TEST_CASE("stopped: what is known by then") {
  UartSender sender;
  sender.line = line("115200-8N1");
  sender.message = pushes_of(*sim::find_meter("dsmr-p1"), 2);
  const Found found = search(sender, {}, {}, 6'000'000);
  CHECK(!found.end.line);
  CHECK(found.seconds < 11);  // the simulated wait is not interrupted
  CHECK(found.table.find("Stopped before") != std::string::npos);
}

TEST_CASE("the search goes on by rates on a pseudo terminal, by formats on a line") {
  for (const bool is_pseudo : {false, true}) {
    Search search;
    Trial trial;
    trial.line = *search.next();
    trial.verdict = Verdict::no_frame;
    trial.checks_parity = !is_pseudo;
    trial.is_pseudo = is_pseudo;
    trial.bytes = 40;
    trial.marked = 5;
    trial.has_burst = true;
    search.add(trial);
    CHECK(search.next() == line(is_pseudo ? "9600-8N1" : "2400-8N1"));
  }
}

TEST_CASE("a search ends, whatever it hears") {
  constexpr std::array kVerdicts{Verdict::silent, Verdict::few, Verdict::no_frame, Verdict::refused,
                                 Verdict::marked};
  test::Random random;
  INFO("seed ", test::seed());
  for (std::size_t round = 0; round < 200; ++round) {
    Search search;
    const bool is_one = round < 2 * kVerdicts.size();  // the same again and again
    std::size_t tries = 0;
    while (const auto next = search.next()) {
      Trial trial;
      trial.line = *next;
      trial.verdict = kVerdicts[is_one ? round / 2 : random.below(kVerdicts.size())];
      trial.bytes = trial.verdict == Verdict::silent ? 0 : 40;
      trial.frames = trial.verdict == Verdict::marked ? 1 : 0;
      trial.marked = trial.frame_marked = trial.frames;
      trial.has_burst = trial.verdict == Verdict::no_frame || (is_one && round % 2 != 0);
      search.add(trial);
      REQUIRE(++tries <= 3 * 5 * likely_settings().size());
    }
    CHECK(search.conclusion().outcome != Outcome::found);
  }
}

TEST_CASE("where little was heard, and the fast settings are refused, nothing is left to try") {
  Search search;
  std::size_t tries = 0;
  while (const auto next = search.next()) {
    Trial trial;
    trial.line = *next;
    trial.verdict = next->baud >= 9600 ? Verdict::refused : Verdict::few;
    trial.bytes = 2;
    search.add(trial);
    REQUIRE(++tries <= likely_settings().size());
  }
  CHECK(search.conclusion().outcome == Outcome::fell_silent);
}

TEST_CASE("a bare APDU proves a line if it is all that came, and without a mark") {
  const ByteVector apdu = pushes_of(*sim::find_meter("xt211-czech"), 1)(0);
  const auto hear = [&](std::size_t noise, std::vector<std::size_t> marked) {
    Listener listener({.line = line("9600-8N1"), .gap_ms = 250, .wait_us = 12'000'000});
    ByteVector bytes(noise, 0x55);
    append(bytes, apdu);
    listener.push(bytes, marked, 1'000'000);
    listener.look_at_clock(2'000'000);
    return listener.trial();
  };
  CHECK(hear(0, {}).frames == 1);
  CHECK(hear(0, {}).verdict == Verdict::clean);
  CHECK(hear(0, {17}).frames == 0);
  CHECK(hear(30, {}).frames == 0);
}

TEST_CASE("disturbances are no messages") {
  Listener listener({.line = line("2400-8E1"), .gap_ms = 250, .wait_us = 12'000'000});
  for (std::int64_t second = 1; second < 12; ++second) {
    listener.push(ByteVector{0x00, 0xf0}, {1}, second * 1'000'000);
  }
  listener.look_at_clock(11'500'000);
  CHECK(!listener.is_done());
  listener.look_at_clock(12'000'000);
  CHECK(listener.is_done());
  CHECK(listener.trial().verdict == Verdict::few);
  CHECK(listener.trial().bytes == 22);
  CHECK(listener.trial().bursts_us.empty());
  CHECK(!listener.trial().has_burst);
}

}  // namespace meterpipe::serial
