// What faults do to a line: other protocols, levels, parity, noise, another rate.
#include <bit>

#include "sim/foreign.hpp"
#include "sim/hdlc.hpp"
#include "unit/sim/fault_run.hpp"

namespace meterpipe::fault_test {

namespace {

bool only_byte(const ByteVector& bytes, std::uint8_t level) {
  return !bytes.empty() && bytes == ByteVector(bytes.size(), level);
}

}  // namespace

TEST_CASE("other protocols are what they say, and no message of a meter") {
  for_meters("modbus", [](const Run& run) {
    CHECK(run.none_arrived());
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) {
        CHECK(crc_modbus(burst.bytes) == 0);  // over the frame with its CRC
        CHECK((burst.bytes[1] == 3 || burst.bytes[1] == 4));
      }
    }
  });
  for_meters("rsp-ud", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.errors.empty());
    CHECK(got.answers == static_cast<int>(kMessages));
  });
  for_meters("oms", [](const Run& run) {
    const Received got = run.received();
    CHECK(got.only({Fault::foreign_frame}));
    CHECK(got.resets >= static_cast<int>(kMessages));
    CHECK(got.apdus.empty());
  });
  for_meters("sml", [](const Run& run) {
    CHECK(run.received().frames == 0);
    for (const auto& some : run.bursts) {
      const ByteVector& file = some[0].bytes;
      CHECK(file.size() % 4 == 0);
      const Bytes checked = Bytes(file).first(file.size() - 2);
      CHECK((file[file.size() - 2] | file.back() << 8) == crc_x25(checked));
    }
  });
  for_meters("dsmr", [](const Run& run) {
    CHECK(run.received().frames == 0);
    CHECK(as_text(run.bursts[0][0].bytes).find("1-0:1.8.1(") == 0);
  });
}

TEST_CASE("line: levels and parity") {
  for_meters("zeros", [](const Run& run) { CHECK(only_byte(run.stream(), 0x00)); });
  for_meters("ones", [](const Run& run) { CHECK(only_byte(run.stream(), 0xff)); });
  for_meters("silence", [](const Run& run) {
    CHECK(run.stream().empty());
    CHECK(run.all_say(doctor::Cause::nothing_received));
  });
  for_meters("parity", [](const Run& run) {
    const ByteVector clean =
        play(settings_for(*run.settings.meter, "", run.settings.seed)).stream();
    const ByteVector read = run.stream();
    REQUIRE(read.size() == clean.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      REQUIRE(read[i] == ((std::popcount(clean[i]) & 1) != 0 ? clean[i] : 0));
    }
  });
  for_meters("parity=seven", [](const Run& run) {
    for (const std::uint8_t byte : run.stream()) REQUIRE((std::popcount(byte) & 1) == 0);
  });
  for_meters("parity=marked", [](const Run& run) {
    CHECK(run.received().errors.empty());
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) REQUIRE(burst.marked.size() == burst.bytes.size());
    }
  });
}

TEST_CASE("line: of several faults only that is told which is left in the bytes") {
  const Meter& meter = *find_meter("e450-steiermark");
  const auto check = [&](const char* faults, std::vector<std::string_view> names,
                         doctor::Cause cause) {
    CAPTURE(faults);
    const Run run = play(settings_for(meter, faults, 5), 3);
    CHECK(run.all_say(cause));
    for (const FaultNote& note : run.notes) {
      CHECK(note.names() == names);
      CHECK_FALSE(note.bytes());
    }
    for (const auto& some : run.bursts) {
      for (const Burst& burst : some) CHECK(burst.marked.empty());
    }
  };
  using doctor::Cause;
  for (const char* parity : {"zeroed", "dropped", "seven", "marked"}) {
    const std::string more = std::string(",noise=0.5,parity=") + parity;
    check(("zeros" + more).c_str(), {"zeros"}, Cause::zeros_or_ones);
    check(("ones" + more).c_str(), {"ones"}, Cause::zeros_or_ones);
    check(("silence" + more).c_str(), {"silence"}, Cause::nothing_received);
  }
  check("zeros,ones", {"ones"}, Cause::zeros_or_ones);
  check("silence,ones,zeros,inverted", {"silence"}, Cause::nothing_received);
}

TEST_CASE("line: noise, by its share; of a few bytes it is a checksum") {
  for_meters("noise=0.5", [](const Run& run) {
    const auto size =
        play(settings_for(*run.settings.meter, "", run.settings.seed)).stream().size();
    std::uint64_t damaged = 0;
    for (const FaultNote& note : run.notes) damaged += *note.bytes();
    CHECK(damaged > size / 3);
    CHECK(damaged < size * 2 / 3);
    CHECK(run.none_arrived());
  });
  const Run run = play(settings_for(*find_meter("kaifa-salzburg"), "noise=0.004", 2), 60);
  std::set<std::optional<doctor::Cause>> causes;
  for (const FaultNote& note : run.notes) {
    causes.insert(note.cause());
    CHECK(note.cause() == (*note.bytes() == 0   ? doctor::Cause::none
                           : *note.bytes() <= 2 ? doctor::Cause::checksum
                                                : doctor::Cause::noise));
  }
  CHECK(causes.size() == 3);
}

TEST_CASE("line: another rate and inverted levels, as a UART samples them") {
  int marked = 0;
  for (const char* fault : {"wrong-baud", "wrong-baud=4800", "inverted"}) {
    for_meters(fault, [&](const Run& run) {
      CHECK(run.received().apdus.empty());
      for (const auto& some : run.bursts) {
        REQUIRE(some.size() == 1);
        marked += some[0].marked.empty() ? 0 : 1;
        // As long as the meter sends.
        std::uint64_t sent = 0;
        for (const ByteVector& frame : run.messages[0].frames) sent += frame.size();
        const auto line = *serial::parse_line_settings(run.settings.meter->line);
        CHECK(some[0].lasts < line.micros(sent) * 11 / 10 + 50'000);
        // A slow reader may have a byte or two of it all.
        if (std::string_view(fault) == "inverted" || line.baud == 2400) {
          CHECK(some[0].lasts > line.micros(sent) / 2);
        }
      }
    });
  }
  CHECK(marked > 100);
}

}  // namespace meterpipe::fault_test
