// What bounds the spool, and what it costs.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "spool/batch_codec.hpp"
#include "spool/spool.hpp"
#include "unit/mqtt/spool_support.hpp"

namespace meterpipe::spool_test {

TEST_CASE("spool: size and age bound it") {
  Folder folder;
  constexpr Micros day = Micros{86'400} * 1'000'000;
  SpoolSettings small = settings(folder);
  small.most_bytes = 200'000;
  {
    Spool spool(small);
    std::int64_t oldest = 1;
    std::size_t dropped = 0;
    for (std::uint64_t n = 1; n <= 1000; ++n) {
      spool.add(numbered(n, 900), day * 100);
      CHECK(spool.commit());
      const auto gone = spool.trim(day * 200, true, true);  // a clock that was set: not a reason
      CHECK(gone.too_old.empty());
      for (const std::int64_t row : gone.too_many) CHECK(row == oldest++);
      dropped += gone.too_many.size();
    }
    CHECK(spool.commit());
    CHECK(spool.size() + dropped == 1000);
    CHECK(spool.bytes() <= 202'000);
    CHECK(spool.bytes() > 150'000);
    CHECK(spool.close());
  }
  CHECK(std::filesystem::file_size(folder.file("s.db")) < 220'000);
  // Another start of the machine, which has been running for so long: that much is certain.
  Micros running = day * 30;
  small.clock = {[&] { return running; }, "another"};
  Spool spool(small);
  spool.for_each_saved([](std::string_view, std::string_view) {});
  const std::size_t before = spool.size();
  CHECK(spool.trim(day * 131, true, true).empty());
  running = day * 30 + 1;
  CHECK(spool.trim(day * 130 - 1, true, true).empty());
  CHECK(spool.trim(day * 131, true, false).empty());
  std::size_t gone = 0;
  for (;;) {
    const auto dropped = spool.trim(day * 131, true, true);
    CHECK(dropped.too_many.empty());
    if (dropped.empty()) break;
    gone += dropped.too_old.size();
  }
  // The newest stay.
  CHECK(gone + 100 == before);
  CHECK(spool.size() == 100);
  CHECK(all_of(spool).size() == 100);
  CHECK(spool.commit());
}

TEST_CASE("spool: a clock that is set makes nothing older") {
  Folder folder;
  constexpr Micros day = Micros{86'400} * 1'000'000;
  SpoolSettings board = settings(folder);
  Micros running = 10'000'000;
  board.clock = {[&] { return running; }, "this-start"};
  {  // in the past: without a battery, before the network
    Spool spool(board);
    for (std::uint64_t n = 1; n <= 200; ++n) spool.add(numbered(n, 90), day * 10 + running);
    CHECK(spool.close());
  }
  running += 20'000'000;
  {  // the next run: the clock has been set by years
    Spool spool(board);
    spool.for_each_saved([](std::string_view, std::string_view) {});
    const Micros now = day * 20'000 + running;
    CHECK(spool.trim(now, true, true).empty());
    for (std::uint64_t n = 201; n <= 400; ++n) spool.add(numbered(n, 90), now);
    CHECK(spool.commit());
    CHECK(spool.trim(now + day * 500, true, true).empty());
    CHECK(spool.close());
  }
  Spool spool(board);  // each run keeps its own
  spool.for_each_saved([](std::string_view, std::string_view) {});
  CHECK(spool.size() == 400);
  running += day * 30 - 1'000'000;
  CHECK(spool.trim(0, true, true).too_old.size() == 200);
  running += 30'000'000;
  CHECK(spool.trim(0, true, true).too_old.size() == 100);
  CHECK(spool.size() == 100);
}

namespace {

struct Io {
  long long written = 0;
};

Io io_of_this_process() {
  Io io;
  std::ifstream in("/proc/self/io");
  for (std::string key; in >> key;) {
    long long value = 0;
    in >> value;
    if (key == "wchar:") io.written = value;
  }
  return io;
}

}  // namespace

TEST_CASE("spool: what a commit costs") {
  Folder folder;
  Spool spool(settings(folder));
  constexpr int kCommits = 3000;
  const Io before = io_of_this_process();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCommits; ++i) {
    spool.add(reading(i), i);
    spool.set_position({"/home/meter/readings.jsonl", 0, 0, static_cast<std::uint64_t>(i), "f"});
    REQUIRE(spool.commit());
  }
  const auto took = std::chrono::steady_clock::now() - start;
  const Io after = io_of_this_process();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const long long written = (after.written - before.written) / kCommits;
  const auto start_load = std::chrono::steady_clock::now();
  CHECK(all_of(spool).size() == kCommits);
  const auto load_us = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - start_load)
                           .count();
  MESSAGE("a batch of " << encode(reading(1)).size() << " bytes: " << us / kCommits << " µs and "
                        << written << " bytes written a commit (checkpoints within), "
                        << load_us / kCommits << " µs to load; " << spool.bytes() / kCommits
                        << " bytes on disk");
  CHECK(written > 1000);
  CHECK(written < 30'000);
}

// Run under strace by the test below, in the folder that it names.
TEST_CASE("spool: the traced part" * doctest::skip()) {
  const char* file = std::getenv("SPOOL_TEST_FILE");
  REQUIRE(file != nullptr);
  SpoolSettings traced;
  traced.path = file;
  traced.sync_each_commit = std::getenv("SPOOL_TEST_SYNC") != nullptr;
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const auto mark = [null](std::string_view text) {
    CHECK(::write(null, text.data(), text.size()) > 0);
  };
  Spool spool(traced);
  for (int round = 0; round < 3; ++round) {
    mark("commits");
    for (int i = 0; i < 50; ++i) {
      spool.add(reading(i), i);
      CHECK(spool.commit());
    }
    mark("checkpoint");
    CHECK(spool.checkpoint());
    CHECK(spool.checkpoint());  // nothing is new
  }
  mark("end");
}

TEST_CASE("spool: a checkpoint syncs, a commit does not, unless it is told to") {
  if (std::system("strace -o /dev/null true 2>/dev/null") != 0) {
    MESSAGE("strace may not be used here: left out");
    return;
  }
  for (const bool each : {false, true}) {
    Folder folder;
    const std::string trace = folder.file("trace");
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    // A leak sanitizer does not work under strace.
    const std::string command =
        "ASAN_OPTIONS=detect_leaks=0 SPOOL_TEST_FILE=" + folder.file("s.db") +
        (each ? " SPOOL_TEST_SYNC=1" : "") + " strace -f -e trace=write,fsync,fdatasync -o " +
        trace + " " + self + " --no-skip --test-case='spool: the traced part' >/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream in(trace);
    std::map<std::string, int> syncs;
    std::string part = "start";
    for (std::string line; std::getline(in, line);) {
      for (const char* name : {"commits", "checkpoint", "end"}) {
        if (line.find(std::string("\"") + name + "\"") != std::string::npos) part = name;
      }
      if (line.find("sync(") != std::string::npos) ++syncs[part];
    }
    MESSAGE(std::string(each ? "each commit: " : "")
            << syncs["commits"] << " syncs in 150 commits, " << syncs["checkpoint"]
            << " in 3 checkpoints");
    CHECK(syncs["commits"] == (each ? 150 : 0));
    CHECK(syncs["checkpoint"] >= 6);
    CHECK(syncs["checkpoint"] <= 12);
  }
}

}  // namespace meterpipe::spool_test
