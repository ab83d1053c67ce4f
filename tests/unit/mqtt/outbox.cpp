// Memory and store together: kills, failures and bounds, with a store that fails when told to.
#include "mqtt/outbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "support/random.hpp"

namespace meterpipe::mqtt {

namespace {

// What a disk keeps: outlives the outbox.
struct Disk {
  std::map<std::int64_t, SpooledBatch> kept;
  std::uint64_t offset = 0;
  std::map<std::string, std::string> saved;
  bool fails = false;
  std::uint64_t limit = 1 << 30;
  Micros most_age = 0;
  std::size_t writes = 0, syncs = 0;
};

// What a process has of it: changes gather until they are committed.
struct Store : BatchStore {
  explicit Store(Disk& of) : disk(of) {
    next = disk.kept.empty() ? 1 : disk.kept.rbegin()->first + 1;
  }
  Disk& disk;
  std::int64_t next;
  std::map<std::int64_t, SpooledBatch> added;
  std::set<std::int64_t> removed;
  std::map<std::string, std::string> texts;
  std::optional<std::uint64_t> offset;

  std::int64_t add(const Batch& batch, Micros now) override {
    added[next] = {next, now, batch};
    return next++;
  }
  void remove(std::int64_t row) override {
    if (added.erase(row) == 0) removed.insert(row);
  }
  void save(const std::string& key, std::string_view text) override { texts[key] = text; }
  void set_position(const io::Position& position) override { offset = position.offset; }
  bool commit() override {
    if (disk.fails) return false;
    ++disk.writes;
    disk.kept.merge(added);
    for (const auto row : removed) disk.kept.erase(row);
    for (const auto& [key, text] : texts) disk.saved[key] = text;
    if (offset) disk.offset = *offset;
    added.clear(), removed.clear(), texts.clear(), offset.reset();
    return true;
  }
  bool has_uncommitted() const override {
    return !added.empty() || !removed.empty() || !texts.empty() || offset;
  }
  bool checkpoint() override {
    ++disk.syncs;
    return !disk.fails;
  }
  bool close() override { return commit() && checkpoint(); }
  std::map<std::int64_t, SpooledBatch> all() const {
    auto both = disk.kept;
    both.insert(added.begin(), added.end());
    for (const auto row : removed) both.erase(row);
    return both;
  }
  std::vector<SpooledBatch> load(std::int64_t after, std::size_t most) override {
    std::vector<SpooledBatch> result;
    const auto both = all();
    for (auto one = both.upper_bound(after); one != both.end() && result.size() < most; ++one) {
      result.push_back(one->second);
    }
    return result;
  }
  std::size_t size() const override { return all().size(); }
  std::uint64_t bytes() override {
    std::uint64_t sum = 0;
    for (const auto& [row, one] : all()) sum += one.batch.cost();
    return sum;
  }
  std::uint64_t most_bytes() const override { return disk.limit; }
  std::optional<Micros> oldest() override { return std::nullopt; }
  Dropped trim(Micros now, bool by_size, bool by_age) override {
    Dropped dropped;
    for (const auto& [row, one] : all()) {
      if (by_age && disk.most_age != 0 && one.enqueued < now - disk.most_age) {
        dropped.too_old.push_back(row);
      } else if (by_size && bytes() > disk.limit) {
        dropped.too_many.push_back(row);
      } else {
        break;
      }
      remove(row);
    }
    return dropped;
  }
};

Batch state(const std::string& meter, std::uint64_t number, std::size_t messages = 2) {
  Batch batch;
  batch.kind = Batch::Kind::state;
  batch.meter = meter;
  for (std::size_t i = 0; i < messages; ++i) {
    batch.messages.emplace_back(meter + std::to_string(i), std::to_string(number), true);
  }
  return batch;
}

io::Position at(std::uint64_t offset) { return {"in", 1, 1, offset, ""}; }

std::string payload(const Queue::Next& next) { return std::string(next.message->payload()); }

}  // namespace

TEST_CASE("outbox: without a store it is a bounded queue") {
  Outbox box({4, 60'000, true});
  for (std::uint64_t n = 1; n <= 3; ++n) {
    box.put(state("a", n), 0);
    box.end_record({});
  }
  CHECK(box.dropped() == 2);
  CHECK(payload(box.next(0)) == "2");
  CHECK_FALSE(box.may_read());
}

TEST_CASE("outbox: a record is stored wholly, with its position, or not at all") {
  Disk disk;
  Store store(disk);
  Outbox box({100, 60'000, true}, &store);
  box.put(state("a", 1), 0);
  CHECK(box.next(0).message == nullptr);  // not before its end
  box.commit(0);
  CHECK(disk.kept.empty());
  box.put(state("a", 1), 0);
  store.save("k", "v");
  box.end_record(at(7));
  CHECK(disk.kept.empty());
  CHECK(payload(box.next(0)) == "1");  // sent before it is stored: no harm
  box.commit(0);
  CHECK(disk.kept.size() == 2);
  CHECK(disk.offset == 7);
  CHECK(disk.saved["k"] == "v");
}

TEST_CASE("outbox: what is done is gone from the store before the next one starts") {
  Disk disk;
  Store store(disk);
  Outbox box({100, 60'000, true}, &store);
  for (std::uint64_t n = 1; n <= 2; ++n) {
    box.put(state("a", n, 1), 0);
    box.end_record(at(n));
  }
  CHECK(payload(box.next(0)) == "1");
  box.sent(1);
  CHECK(box.acknowledge(1));
  CHECK(disk.kept.empty());
  CHECK(disk.offset == 0);
  CHECK(payload(box.next(0)) == "2");
  CHECK(disk.offset == 2);
  CHECK(disk.kept.size() == 1);  // the first never got there
}

TEST_CASE("outbox: a store that takes nothing is tried again; nothing is lost") {
  Disk disk;
  Store store(disk);
  Outbox box({100, 60'000, true}, &store);
  disk.fails = true;
  for (std::uint64_t n = 1; n <= 300; ++n) {  // more than memory holds for sending
    box.put(state("a", n), 0);
    box.end_record(at(n));
  }
  box.commit(0);
  CHECK_FALSE(box.may_read());
  disk.fails = false;
  box.commit(Outbox::kRetryMs - 1);
  CHECK(disk.kept.empty());
  box.commit(Outbox::kRetryMs);
  CHECK(disk.kept.size() == 300);
  CHECK(disk.offset == 300);
  CHECK(box.may_read());
  CHECK(box.dropped() == 0);
}

TEST_CASE("outbox: bounds of the store drop the oldest, or stop the reading") {
  Disk disk;
  Store store(disk);
  disk.most_age = 1'000'000;
  Outbox box({1000, 60'000, true}, &store);
  for (std::uint64_t n = 1; n <= 100; ++n) {
    box.put(state("a", n), static_cast<Micros>(n) * 100'000);
    box.end_record({});
  }
  box.commit(0);
  box.tick(0, 6'000'000, false);  // while it can be delivered, nothing goes
  CHECK(box.too_old() == 0);
  box.tick(10'001, 6'000'000, true);  // a second of age at most: 1 to 49 go
  CHECK(box.too_old() == 49);
  CHECK(payload(box.next(0)) == "50");
  disk.limit = store.bytes() / 2;
  box.put(state("a", 101), 0);
  box.end_record({});
  box.commit(0);
  disk.most_age = 0;
  box.tick(20'000, 6'000'000, true);
  CHECK(box.too_many() == 27);
  CHECK(store.bytes() <= disk.limit);
  CHECK(box.may_read());

  Outbox patient({1000, 60'000, false}, &store);
  box.commit(0);
  const std::size_t before = disk.kept.size();
  disk.limit = 1;
  CHECK_FALSE(patient.may_read());
  patient.put(state("a", 102), 0);
  patient.end_record({});
  patient.commit(0);
  patient.tick(40'000, 6'000'000, true);
  CHECK(patient.too_many() == 0);
  CHECK(disk.kept.size() == before + 1);
}

TEST_CASE("outbox: what is written is synced once in a while, not each time") {
  Disk disk;
  Store store(disk);
  Outbox box({1000, 60'000, true}, &store);
  CHECK(box.next_tick() == -1);
  for (long long now = 0; now < 600'000; now += 1000) {
    box.put(state("a", static_cast<std::uint64_t>(now)), 0);
    box.end_record({});
    box.commit(now);
    CHECK(box.next_tick() >= now);
    box.tick(now, 0, true);
  }
  CHECK(disk.writes == 600);
  CHECK(disk.syncs == 9);
  disk.fails = true;  // a sync that fails is tried again
  box.tick(660'000, 0, true);
  CHECK(box.next_tick() == 660'000 + Outbox::kRetryMs);
  disk.fails = false;
  box.tick(662'000, 0, true);
  CHECK(disk.syncs == 11);
  CHECK(box.next_tick() == 670'000);  // the store's bounds
}

// Everything at once: a file of numbered records of three meters, a broker that takes what is sent
// and acknowledges some, connections that break, a disk that fails at times, and kills.
TEST_CASE("outbox: through kills and failures every record arrives, first ones in order") {
  test::Random random;
  std::size_t kills = 0, again = 0, arrived = 0;
  for (int round = 0; round < 60; ++round) {
    // A disk that fails cannot tell the next run what has been sent.
    const bool failures = round % 2 != 0;
    Disk disk;
    constexpr std::uint64_t kRecords = 400;
    std::map<std::string, std::uint64_t> newest, first;
    std::set<std::uint64_t> seen;
    long long now = 0;
    bool finished = false;
    while (!finished) {
      Store store(disk);
      Outbox box({20, 60'000, false}, &store);
      std::uint64_t offset = disk.offset;
      std::map<int, int> flying;
      int id = 0;
      const std::uint64_t lifetime = 50 + random.below(3000);
      for (std::uint64_t step = 0; step < lifetime; ++step) {
        now += 100;
        disk.fails =
            failures && random.one_in(200) ? !disk.fails : disk.fails && !random.one_in(20);
        switch (random.below(8)) {
          case 0:
          case 1:
            if (offset < kRecords && box.may_read()) {
              ++offset;
              box.put(state(std::string(1, static_cast<char>('a' + offset % 3)), offset,
                            1 + random.below(3)),
                      0);
              box.end_record(at(offset));
            }
            break;
          case 2: box.commit(now); break;
          case 3:
          case 4:
          case 5: {
            const auto next = box.next(now);
            if (next.message == nullptr) break;
            const std::uint64_t number = std::stoull(payload(next));
            const std::string topic(next.message->topic());
            if (!failures) CHECK(number >= newest[topic]);
            newest[topic] = std::max(number, newest[topic]);
            if (seen.insert(number).second) {
              CHECK(number > first[next.batch->meter]);
              first[next.batch->meter] = number;
            } else {
              ++again;
            }
            ++arrived;
            box.sent(++id);
            flying[id] = 1;
            break;
          }
          case 6:
            if (!flying.empty()) {
              CHECK(box.acknowledge(flying.begin()->first));
              flying.erase(flying.begin());
            }
            break;
          default:
            if (random.one_in(30)) {
              box.connection_lost();
              flying.clear();
            }
        }
        if (offset == kRecords && box.empty() && seen.size() == kRecords) {
          finished = true;
          break;
        }
      }
      if (!finished) ++kills;
    }
    CHECK(seen.size() == kRecords);
  }
  MESSAGE("counted: " << kills << " kills, " << arrived << " messages, " << again
                      << " of known records, seed " << test::seed());
  CHECK(kills > 60);
}

TEST_CASE("outbox: what newer messages replace is sent and kept nowhere") {
  Disk disk;
  Store store(disk);
  Outbox box({}, &store);
  Batch counters;
  counters.messages.emplace_back("stats", "1", true);
  counters.is_latest = true;
  box.put(state("a", 1), 0);
  box.put(counters, 0);
  box.end_record({});
  box.commit(0);
  CHECK(box.stored() == 1);
  CHECK(disk.kept.size() == 1);
  // All three go out; what is done of them is removed, and nothing else.
  int id = 0;
  while (box.next(0).message != nullptr) box.sent(++id);
  CHECK(id == 3);
  for (int one = 1; one <= id; ++one) CHECK(box.acknowledge(one));
  box.commit(1);
  CHECK(box.stored() == 0);
  CHECK(box.empty());
  CHECK(store.removed.empty());
  // Where memory is full of what the store has, too, it waits beside it, once.
  for (std::uint64_t n = 0; n < 1000; ++n) {
    box.put(state("b", n), 0);
    box.end_record({});
  }
  box.put(counters, 0);
  box.put(counters, 0);
  CHECK(box.superseded() == 1);
  CHECK(box.dropped() == 0);
  CHECK(box.stored() == 1000);
  CHECK(box.in_memory() == 1001);
  bool seen = false;
  while (const Message* message = box.next(0).message) {
    seen = seen || message->topic() == "stats";
    box.sent(++id);
    box.acknowledge(id);
  }
  CHECK(seen);
  CHECK(box.empty());
}

TEST_CASE("outbox: each message is delivered, dropped, superseded or still there") {
  test::Random random;
  INFO("seed ", test::seed());
  for (int round = 0; round < 50; ++round) {
    Outbox box({1 + random.below(60), 60'000, true});
    std::uint64_t published = 0, delivered = 0;
    int id = 0, acknowledged = 0;
    for (std::uint64_t n = 0; n < 300; ++n) {
      if (random.below(4) == 0) {
        ++published;
        box.put(latest_of("a", {std::string("l") + std::to_string(random.below(9)),
                                std::to_string(random.below(3)), true}),
                0);
      }
      Batch batch =
          state(std::string(1, static_cast<char>('a' + random.below(3))), n, 1 + random.below(4));
      published += batch.messages.size();
      if (random.below(2) == 0) batch.history = Message("history", "h", false);
      box.put(std::move(batch), 0);
      box.end_record({});
      for (auto left = random.below(3); left > 0 && box.next(0).message != nullptr; --left) {
        box.sent(++id);
      }
      for (auto left = random.below(3); left > 0 && acknowledged < id; --left) {
        delivered += box.acknowledge(++acknowledged) ? 1 : 0;
      }
      // One that was dropped in flight may be acknowledged all the same: it counts as dropped.
      REQUIRE(published == delivered + box.dropped() + box.superseded() + box.in_memory());
    }
    CHECK(box.superseded() + box.dropped() > 0);
  }
}

}  // namespace meterpipe::mqtt
