// What waits and what is on its way: order, bounds, and that no topic goes back in time.
#include "mqtt/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "support/random.hpp"

namespace meterpipe::mqtt {

namespace {

constexpr std::size_t kPlenty = 1 << 20;

Batch event(const std::string& payload) {
  Batch batch;
  batch.messages.emplace_back("t", payload, false);
  return batch;
}

Batch state(const std::string& meter, std::initializer_list<std::string> payloads,
            const std::string& history = {}) {
  Batch batch;
  batch.kind = Batch::Kind::state;
  batch.meter = meter;
  int n = 0;
  for (const std::string& payload : payloads) {
    batch.messages.emplace_back(meter + "/" + std::to_string(n++), payload, true);
  }
  if (!history.empty()) batch.history.emplace(meter + "/history", history, false);
  return batch;
}

// What may be sent now, oldest first; each is put in flight.
std::string send_all(Queue& queue, int first_id) {
  std::string text;
  for (;;) {
    const Queue::Next next = queue.next();
    if (next.message == nullptr) return text;
    text += std::string(next.message->payload()) + " ";
    queue.sent(first_id++);
  }
}

std::size_t push(Queue& queue, Batch batch) { return queue.push(std::move(batch)).messages; }

}  // namespace

TEST_CASE("queue: in order, gone when acknowledged") {
  Queue queue(10, kPlenty);
  CHECK(queue.next().message == nullptr);
  for (const char* n : {"0", "1", "2"}) CHECK(push(queue, event(n)) == 0);
  CHECK(send_all(queue, 1) == "0 1 2 ");
  CHECK(queue.in_flight() == 3);
  CHECK_FALSE(queue.acknowledge(9).known);
  CHECK(queue.acknowledge(2).known);
  CHECK_FALSE(queue.acknowledge(2).known);
  CHECK(queue.in_flight() == 2);
  CHECK(queue.size() == 2);
  CHECK(queue.acknowledge(1).known);
  CHECK(queue.acknowledge(3).batch_done);
  CHECK(queue.empty());
  CHECK(queue.in_flight() == 0);
}

TEST_CASE("queue: one batch of state of a meter is on its way at a time") {
  Queue queue(100, kPlenty);
  queue.push(state("a", {"a1", "a2"}), 11);
  queue.push(state("a", {"a3", "a4"}), 12);
  queue.push(state("b", {"b1"}), 13);
  queue.push(event("e"), 14);
  CHECK(send_all(queue, 1) == "a1 a2 b1 e ");
  CHECK_FALSE(queue.acknowledge(2).batch_done);
  CHECK(send_all(queue, 5).empty());
  const auto done = queue.acknowledge(1);
  CHECK(done.batch_done);
  CHECK(done.row == 11);
  CHECK(send_all(queue, 5) == "a3 a4 ");
  CHECK(queue.acknowledge(3).row == 13);
}

TEST_CASE("queue: after a lost connection what was not acknowledged goes again, in order") {
  Queue queue(10, kPlenty);
  queue.push(state("a", {"0", "1", "2", "3"}));
  queue.push(event("4"));
  send_all(queue, 1);
  CHECK(queue.acknowledge(2).known);
  CHECK(queue.acknowledge(4).known);
  queue.push(event("5"));
  queue.push(state("a", {"6"}));
  queue.connection_lost();
  CHECK(queue.in_flight() == 0);
  CHECK(queue.size() == 5);
  CHECK(send_all(queue, 11) == "0 2 4 5 ");
  CHECK_FALSE(queue.acknowledge(1).known);  // an id of the connection before
}

TEST_CASE("queue: full, the oldest that waits is dropped") {
  Queue queue(4, kPlenty);
  for (const char* n : {"0", "1", "2", "3"}) CHECK(push(queue, event(n)) == 0);
  queue.next(), queue.sent(1);
  queue.next(), queue.sent(2);
  CHECK(push(queue, event("4")) == 1);  // 2 goes, 0 and 1 are in flight
  CHECK(queue.size() == 4);
  CHECK(queue.in_flight() == 2);
  CHECK(send_all(queue, 11) == "3 4 ");
  CHECK(push(queue, event("6")) == 1);  // 0: all are in flight
  CHECK(queue.size() == 4);
  CHECK(send_all(queue, 20) == "6 ");
  CHECK(queue.acknowledge(1).known);  // of the one that was dropped
  CHECK(queue.size() == 4);
  const auto dropped = queue.push(state("m", {"x", "y", "z"}), 77);
  CHECK(dropped.messages == 3);
  CHECK(queue.push(state("m", {"1", "2", "3", "4"})).rows == std::vector<Queue::Row>{77});
}

TEST_CASE("queue: a batch that waits too long goes as history, if it has one") {
  Queue queue(100, kPlenty);
  queue.push(state("a", {"1", "1x"}, "h1"));
  CHECK(send_all(queue, 1) == "1 1x ");  // nothing newer
  queue.push(state("a", {"2", "2x"}, "h2"));
  queue.push(state("a", {"3", "3x"}, "h3"));
  queue.push(state("a", {"diagnostics"}));
  CHECK(queue.size() == 7);
  queue.acknowledge(1), queue.acknowledge(2);
  CHECK(send_all(queue, 11) == "h2 ");
  CHECK(queue.size() == 4);
  queue.acknowledge(11);
  CHECK(send_all(queue, 21) == "3 3x ");
  queue.acknowledge(21), queue.acknowledge(22);
  CHECK(send_all(queue, 31) == "diagnostics ");
}

TEST_CASE("queue: what no newer batch has goes out behind the history") {
  Queue queue(100, kPlenty);
  const auto put = [&](std::initializer_list<std::string> names, const std::string& payload) {
    Batch batch = state("a", {}, "h" + payload);
    for (const std::string& name : names) batch.messages.emplace_back(name, payload, true);
    queue.push(std::move(batch));
  };
  put({"json", "energy", "power"}, "1");
  put({"json", "energy", "power"}, "2");
  put({"json", "power"}, "3");
  put({"json", "energy", "power"}, "4");
  put({"json", "power"}, "5");
  put({"json", "volts"}, "6");  // what has changed
  put({"json", "current"}, "7");
  queue.push(state("a", {"diagnostics"}));
  CHECK(queue.size() == 18);
  std::string sent;
  for (int id = 1; !queue.empty(); ++id) {
    const Queue::Next next = queue.next();
    sent += std::string(next.message->topic()) + "=" + std::string(next.message->payload()) + " ";
    queue.sent(id);
    queue.acknowledge(id);
  }
  CHECK(sent ==
        "a/history=h1 a/history=h2 a/history=h3 a/history=h4 energy=4 a/history=h5 power=5 "
        "a/history=h6 volts=6 json=7 current=7 a/0=diagnostics ");
  CHECK(queue.superseded() == 18 - 12);
}

TEST_CASE("queue: a batch with nothing that newer ones have is as it was") {
  Queue queue(100, kPlenty);
  Batch batch = state("a", {}, "h");
  batch.messages.emplace_back("volts", "230", true);
  queue.push(std::move(batch));
  queue.push(state("a", {"1"}, "h1"));
  CHECK(send_all(queue, 1) == "230 ");
  queue.acknowledge(1);
  CHECK(send_all(queue, 2) == "1 ");
  CHECK(queue.superseded() == 0);
}

TEST_CASE("queue: of what newer messages replace, one is on its way and one waits") {
  Queue queue(5, kPlenty);
  const auto put = [&](const std::string& payload) {
    queue.push_latest(latest_of("m", {"status", payload, true}));
  };
  // While it waits the newest takes its place, in its order.
  put("1"), put("1"), put("2");
  queue.push(state("a", {"x"}));
  CHECK(queue.size() == 2);
  CHECK(queue.superseded() == 2);
  CHECK(send_all(queue, 1) == "2 x ");
  // Once it is on its way the same is not sent again, and of others the newest is.
  put("2"), put("3"), put("4");
  CHECK(queue.size() == 3);
  CHECK(send_all(queue, 11).empty());
  queue.acknowledge(1);
  CHECK(send_all(queue, 21) == "4 ");
  put("5"), put("4");  // back to what is on its way
  CHECK(queue.size() == 2);
  // What is to go again is replaced, too.
  queue.connection_lost();
  put("6");
  CHECK(send_all(queue, 31) == "x 6 ");
  queue.acknowledge(31), queue.acknowledge(32);
  CHECK(queue.empty());
  CHECK(queue.bytes() == 0);
  // Where the queue is full it waits beside it, and drops nothing.
  for (const char* n : {"0", "1", "2", "3", "4"}) queue.push(event(n));
  put("7"), put("8");
  CHECK(queue.size() == 6);
  CHECK(queue.push(event("5")).messages == 1);
  CHECK(send_all(queue, 41) == "1 2 3 4 5 ");
  queue.acknowledge(41);
  CHECK(send_all(queue, 51) == "8 ");
  // The queue's own bound is not its bound either.
  put("9");
  for (const char* n : {"6", "7", "8"}) queue.push(event(n));
  for (int id = 42; id <= 51; ++id) queue.acknowledge(id);
  CHECK(send_all(queue, 61).find("9 ") != std::string::npos);
}

TEST_CASE("queue: bounded by bytes, but one batch always fits") {
  Queue queue(1000, 10'000);
  const std::string big(4000, 'x');
  CHECK(push(queue, event(big)) == 0);
  CHECK(push(queue, event(big)) == 0);
  CHECK(push(queue, event(big)) == 1);
  CHECK(queue.size() == 2);
  CHECK(push(queue, event(std::string(100'000, 'y'))) == 2);
  CHECK(queue.size() == 1);
  CHECK(push(queue, event("1")) == 1);
  CHECK(send_all(queue, 1) == "1 ");
}

TEST_CASE("queue: bytes are given back") {
  Queue queue(1000, 10'000);
  const std::string big(3900, 'x');
  for (int id = 1; id < 100; ++id) {
    CHECK(push(queue, event(big)) == 0);
    queue.next(), queue.sent(id);
    CHECK(queue.acknowledge(id).batch_done);
  }
  CHECK_FALSE(queue.half_full());
  push(queue, event(big));
  CHECK_FALSE(queue.half_full());
  push(queue, event(big));
  CHECK(queue.half_full());
  queue.next();
  queue.skip();
  CHECK(queue.size() == 1);
  CHECK_FALSE(queue.half_full());
}

// A broker that loses connections: what it takes before a loss is known, not which
// acknowledgements get through.
TEST_CASE("queue: whatever happens, topics do not go back in time and nothing is left out") {
  test::Random random;
  std::size_t received = 0, again = 0, lost = 0;
  for (int round = 0; round < 300; ++round) {
    Queue queue(100'000, 100'000'000);
    std::map<std::string, int> newest;  // of a topic
    std::map<std::string, int> first;   // of a meter: first arrivals in order
    std::set<std::string> seen, pushed;
    std::map<int, std::string> flying;  // id -> payload
    int id = 0, number = 0;
    const auto step = [&](bool may_push) {
      const auto what = random.below(10);
      if (what < 3 && may_push) {
        const std::string meter(1, static_cast<char>('a' + random.below(3)));
        Batch batch;
        batch.kind = Batch::Kind::state;
        batch.meter = meter;
        ++number;
        for (std::uint64_t n = 0; n <= random.below(4); ++n) {
          const std::string topic = meter + std::to_string(n);
          batch.messages.emplace_back(topic, std::to_string(number), true);
          pushed.insert(topic + "=" + std::to_string(number));
        }
        queue.push(std::move(batch));
      } else if (what < 7) {
        const auto next = queue.next();
        if (next.message == nullptr) return;
        const std::string topic(next.message->topic());
        const int value = std::stoi(std::string(next.message->payload()));
        queue.sent(++id);
        flying[id] = topic;
        // It arrives, or the connection breaks on the way and with it all behind it.
        CHECK(value >= newest[topic]);
        newest[topic] = value;
        if (!seen.insert(topic + "=" + std::to_string(value)).second) ++again;
        CHECK(value >= first[topic.substr(0, 1)]);
        first[topic.substr(0, 1)] = value;
        ++received;
      } else if (what < 9 || !random.one_in(10)) {
        if (flying.empty()) return;
        const int which = flying.begin()->first;
        CHECK(queue.acknowledge(which).known);
        flying.erase(which);
      } else {
        queue.connection_lost();
        flying.clear();
        ++lost;
      }
    };
    for (int i = 0; i < 300; ++i) step(true);
    for (int i = 0; i < 20000 && !queue.empty(); ++i) step(false);
    CHECK(queue.empty());
    CHECK(queue.size() == 0);
    CHECK(queue.in_flight() == 0);
    CHECK(seen == pushed);
  }
  MESSAGE("counted: " << received << " messages, " << again << " of them again, " << lost
                      << " lost connections, seed " << test::seed());
  CHECK(again > 100);
  CHECK(lost > 1000);
}

TEST_CASE("message: topic and payload in one piece") {
  const Message one("a/b", std::string_view("x\0y", 3), true);
  CHECK(one.topic() == "a/b");
  CHECK(std::string(one.topic_c_str()) == "a/b");
  CHECK(one.payload() == std::string_view("x\0y", 3));
  CHECK(one.retain());
  CHECK(Message("t", "", false).payload().empty());
}

}  // namespace meterpipe::mqtt
