// The reading loop on a simulated UART: a pipe that carries what a tty gives under PARMRK. A pty
// cannot make parity errors.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>
#include <deque>
#include <functional>
#include <string>

#include "base/hex.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/records.hpp"
#include "serial/listen.hpp"
#include "serial/live.hpp"
#include "support/heard.hpp"

namespace meterpipe::serial {

namespace {

// What one opening of the port leads to: bytes as the tty gives them, then gone; or a trouble.
struct Session {
  std::string hex;
  std::optional<Trouble> trouble;
};

class FakeUart : public Port {
 public:
  FakeUart(std::initializer_list<Session> sessions) : sessions_(sessions) {}
  ~FakeUart() override { close(); }

  tl::expected<Progress, Trouble> open() override {
    close();
    ++opened_;
    if (sessions_.empty()) return tl::unexpected<Trouble>({Trouble::Kind::failed, "fake: no more"});
    const Session session = sessions_.front();
    sessions_.pop_front();
    if (session.trouble) return tl::unexpected<Trouble>(*session.trouble);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    const ByteVector bytes = *from_hex(session.hex);
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::close(ends[1]);
    fd_ = ends[0];
    return Progress::opened;
  }
  pollfd waits_for() const override { return {fd_, POLLIN, 0}; }
  tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override {
    const ssize_t n = ::read(fd_, to.data(), std::min<std::size_t>(to.size(), 5));
    if (n > 0) return static_cast<std::size_t>(n);
    return tl::unexpected<Trouble>({Trouble::Kind::gone, "fake: gone"});
  }
  void close() override {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  const std::string& name() const override { return name_; }
  std::string source() const override { return "fake"; }
  bool marks_errors() const override { return true; }
  int opened() const { return opened_; }

 private:
  std::deque<Session> sessions_;
  std::string name_ = "fake";
  int fd_ = -1;
  int opened_ = 0;
};

struct LiveRun {
  std::vector<std::string> lines;
  std::optional<os::Status> status;
  std::string message;
  ReadCounts counts;
};

LiveRun run_live(FakeUart& port, const LiveOptions& options) {
  os::Log::open("test", os::Level::error);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  LiveRun outcome;
  bool closed = true;
  {
    BurstWriter writer(OutputForm::json, "fake", "2400-8E1");
    io::LiveOutput output(
        [&](std::uint64_t count, std::string_view ts) { return writer.overrun(count, ts); },
        ends[1]);
    LiveReader reader(port, LineSettings(), options, writer, output);
    try {
      reader.run();
    } catch (const os::Fatal& fatal) {
      outcome.status = fatal.status();
      outcome.message = fatal.what();
      closed = false;
    }
    outcome.counts = reader.counts();
  }
  if (!closed) ::close(ends[1]);
  std::string text;
  char chunk[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    outcome.lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return outcome;
}

record::BytesRecord parsed(record::Line& line, const std::string& text) {
  record::BytesRecord record;
  REQUIRE(line.parse(text));
  REQUIRE(record::read(line, record));
  return record;
}

}  // namespace

TEST_CASE("parity and framing errors are marked, good FF and bad FF told apart") {
  // 68 06 06 68 53 FF 10 01 67 AA 74 16: FF doubled; then again with 01 and FF bad, and a break.
  FakeUart port{
      {"6806066853ffff100167aa7416"
       "6806066853ff00ff10ff000167aa7416"
       "ff0000",
       {}}};
  LiveOptions options;
  options.reconnect = false;
  const LiveRun outcome = run_live(port, options);
  CHECK(outcome.status == os::kIoError);
  CHECK(outcome.message == "fake: gone");
  REQUIRE(outcome.lines.size() == 3);
  record::Line line;
  auto record = parsed(line, outcome.lines[0]);
  CHECK(to_hex(record.bytes) == "6806066853ff100167aa7416");
  CHECK(record.marked.empty());
  CHECK(record.why == "frame");
  CHECK(record.line == "2400-8E1");
  CHECK(record.head.src == "fake");
  CHECK(record.head.seq == 1);
  record = parsed(line, outcome.lines[1]);
  CHECK(to_hex(record.bytes) == "6806066853ff100167aa7416");
  CHECK(record.marked == std::vector<std::uint32_t>{5, 7});
  CHECK(record.head.seq == 2);
  record = parsed(line, outcome.lines[2]);
  CHECK(to_hex(record.bytes) == "00");
  CHECK(record.marked == std::vector<std::uint32_t>{0});
  CHECK(record.why == "eof");
  CHECK(outcome.counts.records == 3);
  CHECK(outcome.counts.bytes == 25);
  CHECK(outcome.counts.marked == 3);
  CHECK(outcome.counts.ages.count() == 0);
}

TEST_CASE("a port that goes and comes is read on; what was unfinished is not lost") {
  FakeUart port{{"1040014116"
                 "6806",
                 {}},
                {"", Trouble{Trouble::Kind::missing, "fake: missing"}},
                {"", Trouble{Trouble::Kind::denied, "fake: denied"}},
                {"1040014116", {}}};
  LiveOptions options;
  options.count = 3;
  options.times = true;
  const LiveRun outcome = run_live(port, options);
  CHECK(outcome.counts.ages.count() == 3);
  CHECK_FALSE(outcome.status);
  CHECK(port.opened() == 4);
  REQUIRE(outcome.lines.size() == 3);
  record::Line line;
  CHECK(parsed(line, outcome.lines[0]).why == "frame");
  CHECK(parsed(line, outcome.lines[1]).why == "eof");
  const auto last = parsed(line, outcome.lines[2]);
  CHECK(last.why == "frame");
  CHECK(last.head.seq == 3);
  CHECK(outcome.counts.reopenings == 1);
}

TEST_CASE("an answer that cannot be written is told once, and read on") {
  // Two requests to F0 on a line that takes nothing.
  FakeUart port{{"105bf04b16", {}}, {"105bf04b16", {}}, {"e5", {}}};
  LiveOptions options;
  options.answer = Answerer::kCustomer;
  options.count = 3;
  const LiveRun outcome = run_live(port, options);
  CHECK_FALSE(outcome.status);
  CHECK(outcome.lines.size() == 3);
  CHECK(outcome.counts.answers == 0);
}

TEST_CASE("what was not written is a record in JSON, and words in every other form") {
  const test::Heard heard;
  const std::string record = BurstWriter(OutputForm::json, "fake", "").overrun(3, "");
  CHECK(record.find(R"("code":"overrun")") != std::string::npos);
  CHECK(heard.count("fake: ") == 0);
  CHECK(BurstWriter(OutputForm::hex, "fake", "").overrun(3, "").empty());
  CHECK(heard.count("unit: warning: fake: ") == 1);
}

TEST_CASE("who listens for a while is told that the port went away") {
  FakeUart port{{"1040014116", {}}};
  std::size_t bursts = 0;
  const ListenOptions options{{}, LineSettings(), 60'000};
  const auto enough = [] { return false; };
  CHECK_THROWS_WITH_AS(listen(
                           port, options, [&](const Burst&) { ++bursts; }, enough),
                       "fake: gone", os::Fatal);
  CHECK(bursts == 1);
  FakeUart missing{{"", Trouble{Trouble::Kind::missing, "fake: missing"}}};
  CHECK_THROWS_WITH_AS(listen(
                           missing, options, [](const Burst&) {}, enough),
                       "fake: missing", os::Fatal);
}

TEST_CASE("the end of the port's status follows its trouble") {
  struct Row {
    Trouble::Kind kind;
    os::Status status;
  };
  for (const Row& row :
       {Row{Trouble::Kind::missing, os::kNoInput}, Row{Trouble::Kind::unusable, os::kNoInput},
        Row{Trouble::Kind::denied, os::kNoPermission}, Row{Trouble::Kind::busy, os::kIoError},
        Row{Trouble::Kind::failed, os::kIoError}}) {
    FakeUart port{{"", Trouble{row.kind, "fake: no"}}};
    const LiveRun outcome = run_live(port, {});
    CHECK(outcome.status == row.status);
    // What may be there later can be waited for.
    const bool may_come = row.kind == Trouble::Kind::missing;
    CHECK(outcome.message == std::string("fake: no") + (may_come ? "; --wait waits for it" : ""));
    CHECK(outcome.lines.empty());
  }
}

TEST_CASE("--wait waits for what is missing, not for what is busy") {
  LiveOptions options;
  options.wait = true;
  options.count = 1;
  FakeUart missing{{"", Trouble{Trouble::Kind::missing, "fake: missing"}}, {"e5", {}}};
  CHECK_FALSE(run_live(missing, options).status);
  CHECK(missing.opened() == 2);
  FakeUart busy{{"", Trouble{Trouble::Kind::busy, "fake: busy"}}, {"e5", {}}};
  CHECK(run_live(busy, options).status == os::kIoError);
}

TEST_CASE("--max-bytes ends exactly there") {
  FakeUart port{
      {"1040014116"
       "1040014116"
       "55",
       {}}};
  LiveOptions options;
  options.max_bytes = 7;
  const LiveRun outcome = run_live(port, options);
  CHECK_FALSE(outcome.status);
  REQUIRE(outcome.lines.size() == 2);
  record::Line line;
  CHECK(to_hex(parsed(line, outcome.lines[0]).bytes) == "1040014116");
  CHECK(to_hex(parsed(line, outcome.lines[1]).bytes) == "1040");
}

}  // namespace meterpipe::serial
