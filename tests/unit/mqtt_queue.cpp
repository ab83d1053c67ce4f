#include "mqtt/queue.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meterpipe::mqtt;

namespace {

constexpr std::size_t kPlenty = 1 << 20;

Message message(int n) { return {"t", std::to_string(n), false}; }

// What waits, oldest first; each is put in flight.
std::string send_all(Queue& queue, int first_id) {
  std::string text;
  while (const Message* next = queue.waiting()) {
    text += std::string(next->payload()) + " ";
    queue.sent(first_id++);
  }
  return text;
}

}  // namespace

TEST_CASE("queue: in order, gone when acknowledged") {
  Queue queue(10, kPlenty);
  CHECK(queue.waiting() == nullptr);
  for (int i = 0; i < 3; ++i) CHECK(queue.push(message(i)) == 0);
  CHECK(send_all(queue, 1) == "0 1 2 ");
  CHECK(queue.in_flight() == 3);
  CHECK_FALSE(queue.acknowledge(9));
  CHECK(queue.acknowledge(2));
  CHECK_FALSE(queue.acknowledge(2));
  CHECK(queue.in_flight() == 2);
  CHECK(queue.size() == 2);
  CHECK(queue.acknowledge(1));
  CHECK(queue.acknowledge(3));
  CHECK(queue.empty());
  CHECK(queue.in_flight() == 0);
}

TEST_CASE("queue: after a lost connection what was not acknowledged goes again, in order") {
  Queue queue(10, kPlenty);
  for (int i = 0; i < 5; ++i) queue.push(message(i));
  send_all(queue, 1);
  CHECK(queue.acknowledge(2));  // 1
  CHECK(queue.acknowledge(4));  // 3
  queue.push(message(5));
  queue.connection_lost();
  CHECK(queue.in_flight() == 0);
  CHECK(queue.size() == 4);
  CHECK(send_all(queue, 11) == "0 2 4 5 ");
  CHECK_FALSE(queue.acknowledge(1));  // an id of the connection before
}

TEST_CASE("queue: full, the oldest waiting message is dropped") {
  Queue queue(4, kPlenty);
  for (int i = 0; i < 4; ++i) CHECK(queue.push(message(i)) == 0);
  queue.sent(1);
  queue.sent(2);
  CHECK(queue.push(message(4)) == 1);  // 2 goes, 0 and 1 are in flight
  CHECK(queue.size() == 4);
  CHECK(queue.in_flight() == 2);
  queue.connection_lost();
  CHECK(queue.push(message(5)) == 1);  // 0
  CHECK(send_all(queue, 11) == "1 3 4 5 ");
  CHECK(queue.push(message(6)) == 1);  // 1: all are in flight
  CHECK(queue.size() == 4);
  CHECK(queue.in_flight() == 3);
  CHECK(send_all(queue, 20) == "6 ");
}

TEST_CASE("queue: bounded by bytes, but one message always fits") {
  Queue queue(1000, 10'000);
  const Message big("t", std::string(4000, 'x'), false);
  CHECK(queue.push(big) == 0);
  CHECK(queue.push(big) == 0);
  CHECK(queue.push(big) == 1);
  CHECK(queue.size() == 2);
  CHECK(queue.push(Message("t", std::string(100'000, 'y'), false)) == 2);
  CHECK(queue.size() == 1);
  CHECK(queue.push(message(1)) == 1);
  CHECK(send_all(queue, 1) == "1 ");
}

TEST_CASE("queue: bytes are given back") {
  Queue queue(1000, 10'000);
  const Message big("t", std::string(4000, 'x'), false);
  for (int id = 1; id < 100; ++id) {
    CHECK(queue.push(big) == 0);
    queue.sent(id);
    CHECK(queue.acknowledge(id));
  }
  CHECK_FALSE(queue.half_full());
  queue.push(big);
  CHECK_FALSE(queue.half_full());
  queue.push(big);
  CHECK(queue.half_full());
  queue.drop_waiting();
  CHECK(queue.size() == 1);
  CHECK_FALSE(queue.half_full());
}

TEST_CASE("message: topic and payload in one piece") {
  const Message one("a/b", std::string_view("x\0y", 3), true);
  CHECK(one.topic() == "a/b");
  CHECK(std::string(one.topic_c_str()) == "a/b");
  CHECK(one.payload() == std::string_view("x\0y", 3));
  CHECK(one.retain());
  CHECK(Message("t", "", false).payload().empty());
}
