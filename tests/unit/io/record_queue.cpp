#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>
#include <string>

#include "io/live_output.hpp"
#include "io/record_queue.hpp"

namespace meterpipe::io {

namespace {

std::string counted(std::uint64_t count, std::string_view ts) {
  return "<" + std::to_string(count) + " since " + std::string(ts) + ">\n";
}

std::string all_of(RecordQueue& queue) {
  std::string text;
  while (!queue.empty()) {
    const std::string_view front = queue.front();
    text += front;
    queue.written(front.size());
  }
  return text;
}

}  // namespace

TEST_CASE("records go out in order while there is room") {
  RecordQueue queue(100, counted);
  queue.add("one\n", "1");
  queue.add("two\n", "2");
  CHECK(queue.bytes() == 8);
  CHECK(all_of(queue) == "one\ntwo\n");
  CHECK(queue.bytes() == 0);
  CHECK(queue.dropped() == 0);
}

TEST_CASE("past the limit the oldest go, counted in their place") {
  RecordQueue queue(20, counted);
  for (int i = 0; i < 10; ++i) queue.add("rec" + std::to_string(i) + "\n", std::to_string(i));
  CHECK(queue.bytes() == 20);
  CHECK(queue.dropped() == 6);
  CHECK(all_of(queue) == "<6 since 0>\nrec6\nrec7\nrec8\nrec9\n");
  queue.add("next\n", "10");
  CHECK(all_of(queue) == "next\n");
}

TEST_CASE("a record in part written stays whole") {
  RecordQueue queue(20, counted);
  for (int i = 0; i < 4; ++i) queue.add("rec" + std::to_string(i) + "\n", std::to_string(i));
  queue.written(2);
  for (int i = 4; i < 8; ++i) queue.add("rec" + std::to_string(i) + "\n", std::to_string(i));
  CHECK(queue.dropped() == 4);
  CHECK(all_of(queue) == "c0\n<4 since 1>\nrec5\nrec6\nrec7\n");
}

TEST_CASE("nothing need stand for what was dropped") {
  RecordQueue queue(10, [](std::uint64_t, std::string_view) { return std::string(); });
  for (int i = 0; i < 4; ++i) queue.add("rec" + std::to_string(i) + "\n", "");
  CHECK(all_of(queue) == "rec2\nrec3\n");
}

TEST_CASE("a stalled pipe never blocks, keeps to its limit and loses whole records") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  LiveOutput output(counted, ends[1]);
  const std::string body(1000, 'x');
  constexpr int kRecords = 3000;  // 3 MB into a pipe of 64 KiB
  for (int i = 0; i < kRecords; ++i) output.add(std::to_string(i) + " " + body + "\n", "t");
  CHECK(output.queue().bytes() <= LiveOutput::kLimit);
  CHECK(output.queue().dropped() > 1500);

  std::string text;
  char chunk[4096];
  while (!output.queue().empty()) {
    output.handle(POLLOUT);
    const auto n = ::read(ends[0], chunk, sizeof chunk);
    REQUIRE(n > 0);
    text.append(chunk, static_cast<std::size_t>(n));
  }
  ::close(ends[1]);
  for (ssize_t n = 0; (n = ::read(ends[0], chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);

  // Each line is a whole record or the count; together they are all there were.
  std::uint64_t lines = 0, dropped = 0;
  int expected = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line[0] == '<') {
      dropped += std::stoull(line.substr(1));
      expected += static_cast<int>(dropped);
      continue;
    }
    CHECK(line == std::to_string(expected) + " " + body);
    ++expected;
    ++lines;
  }
  CHECK(lines + dropped == kRecords);
  CHECK(dropped > 1500);
  CHECK(expected == kRecords);
}

}  // namespace meterpipe::io
