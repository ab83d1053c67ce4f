// The loop around a port on a simulated clock: a wait moves the clock and takes nothing else.
#include "serial/reception.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "base/hex.hpp"
#include "base/time.hpp"

namespace meterpipe::serial {
namespace {

// What the port does next: each wait ends with one of these, or with nothing at its time.
struct Step {
  std::int64_t at_us;
  std::string hex;                 // to be read, as a tty gives it
  std::optional<Trouble> trouble;  // of the opening or the reading
  bool answers = false;            // of a pending opening
};

class ScriptedPort final : public Port {
 public:
  explicit ScriptedPort(std::initializer_list<Step> steps) : steps_(steps) {}

  tl::expected<Progress, Trouble> open() override {
    ++opened;
    return is_pending ? Progress::pending : Progress::opened;
  }
  tl::expected<Progress, Trouble> proceed() override {
    const Step step = take();
    if (step.trouble) return tl::unexpected<Trouble>(*step.trouble);
    return step.answers ? Progress::opened : Progress::pending;
  }
  pollfd waits_for() const override { return {-1, 0, 0}; }
  bool has_early_bytes() const override { return !early.empty(); }
  tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override {
    const Step step = early.empty() ? take() : Step{0, std::exchange(early, ""), {}};
    if (step.trouble) return tl::unexpected<Trouble>(*step.trouble);
    const ByteVector bytes = *from_hex(step.hex);
    std::copy(bytes.begin(), bytes.end(), to.begin());
    return bytes.size();
  }
  void close() override { ++closed; }
  const std::string& name() const override { return name_; }
  std::string source() const override { return name_; }
  bool marks_errors() const override { return true; }

  World world() {
    World world;
    world.wait = [this](Port&, std::int64_t timeout_us) {
      ++waits;
      const std::int64_t until = now_us + timeout_us;
      const bool is_ready = !steps_.empty() && steps_.front().at_us <= until;
      now_us = is_ready ? std::max(now_us, steps_.front().at_us) : until;
      return is_ready;
    };
    world.now = [this] { return Arrival{0, now_us}; };
    world.is_stopped = [this] { return now_us >= stop_at_us; };
    return world;
  }

  bool is_pending = false;
  std::string early;
  std::int64_t now_us = 5 * kSecond, stop_at_us = 100 * kSecond;
  int opened = 0, closed = 0, waits = 0;

 private:
  Step take() {
    REQUIRE_FALSE(steps_.empty());
    Step step = steps_.front();
    steps_.pop_front();
    return step;
  }
  std::deque<Step> steps_;
  std::string name_ = "fake";
};

struct Notes final : Receiver {
  void on_open() override { text += "open "; }
  void on_not_opened(const Trouble& trouble) override { text += "not opened: " + trouble.text; }
  void on_lost(const Trouble& trouble) override {
    text += "lost: " + trouble.text + " ";
    if (reopens && reception != nullptr) reception->open();
    reopens = false;
  }
  void on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                const Arrival& arrival) override {
    text += to_hex(bytes);
    for (const std::size_t at : marked) text += "!" + std::to_string(at);
    text += "@" + std::to_string(arrival.steady_us / kSecond) + " ";
  }
  void on_time(std::int64_t now_us) override {
    if (now_us >= due) due = kNever;
  }
  std::int64_t due_us() const override { return due; }
  bool is_done() const override { return text.find("not opened") != std::string::npos; }

  std::string text;
  std::int64_t due = kNever;
  bool reopens = false;
  Reception* reception = nullptr;
};

std::string heard(ScriptedPort& port, Notes& notes) {
  Reception reception(port, port.world(), notes, " (asked on)");
  notes.reception = &reception;
  reception.open();
  reception.run();
  return notes.text;
}

}  // namespace

TEST_CASE("bytes are given when they came, their marks told, an escape may be cut") {
  ScriptedPort port{{7 * kSecond, "01ffff02ff", {}}, {8 * kSecond, "0003", {}}};
  Notes notes;
  CHECK(heard(port, notes) == "open 01ff02@7 03!0@8 ");
  CHECK(port.waits == 3);
}

TEST_CASE("bytes that were there before are read without a wait") {
  ScriptedPort port{{7 * kSecond, "02", {}}};
  port.early = "01";
  Notes notes;
  port.stop_at_us = 8 * kSecond;
  CHECK(heard(port, notes) == "open 01@5 02@7 ");
  CHECK(port.waits == 2);
}

TEST_CASE("an opening that takes its time is proceeded with, one without an answer is given up") {
  ScriptedPort slow{{6 * kSecond, "", {}}, {7 * kSecond, "", {}, true}, {9 * kSecond, "55", {}}};
  slow.is_pending = true;
  Notes notes;
  CHECK(heard(slow, notes) == "open 55@9 ");

  ScriptedPort dead{};
  dead.is_pending = true;
  Notes of_dead;
  of_dead.due = 8 * kSecond;  // looks at the clock meanwhile
  CHECK(heard(dead, of_dead) == "not opened: fake: no answer within 10 s (asked on)");
  CHECK(dead.now_us == 15 * kSecond);
  CHECK(dead.waits == 2);
  CHECK(dead.closed == 1);

  ScriptedPort refused{{6 * kSecond, "", Trouble{Trouble::Kind::missing, "no"}}};
  refused.is_pending = true;
  Notes of_refused;
  CHECK(heard(refused, of_refused) == "not opened: no");
  CHECK(refused.closed == 1);
}

TEST_CASE("what is lost gives its half escape, is closed, and may be opened again") {
  const Trouble gone{Trouble::Kind::gone, "gone"};
  ScriptedPort port{{6 * kSecond, "01ff00", {}}, {7 * kSecond, "", gone}, {8 * kSecond, "02", {}}};
  Notes notes;
  notes.reopens = true;
  CHECK(heard(port, notes) == "open 01@6 ff00@7 lost: gone open 02@8 ");
  CHECK(port.opened == 2);
  CHECK(port.closed == 1);
}

}  // namespace meterpipe::serial
