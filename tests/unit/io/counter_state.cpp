// lib/keys: the highest counter of each meter, in a file that a power cut may damage.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "keys/counter_state.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "support/folder.hpp"
#include "support/random.hpp"

namespace meterpipe::keys {
namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void overwrite_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::size_t place(CounterState& state, std::uint64_t title, std::uint64_t key = 1) {
  const auto found = state.place_of({title, key});
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("verified messages: whatever is not above the highest is a replay, in the next run too") {
  const test::Folder folder;
  const std::string path = folder.file("counters");
  test::Random random;
  INFO("seed ", test::seed());
  std::map<std::uint64_t, std::uint32_t> highest;
  int replays = 0, fresh = 0;
  for (int run = 0; run < 20; ++run) {
    CounterState state(path);
    for (int n = 0; n < 500; ++n) {
      const std::uint64_t title = 1 + random.below(300);
      const auto counter = static_cast<std::uint32_t>(random.below(1000));
      const auto known = highest.find(title);
      const bool is_old = known != highest.end() && counter <= known->second;
      REQUIRE(state.is_replay(place(state, title), counter, true) == is_old);
      if (!is_old) highest[title] = counter;
      ++(is_old ? replays : fresh);
    }
  }
  std::printf("counted: %d counters above, %d not, of %zu meters in 20 runs\n", fresh, replays,
              highest.size());
  CHECK(fresh > 1000);
  CHECK(replays > 1000);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(status.st_size <= 4096 * (1 + 2 * 3));
  // A key of its own begins anew.
  CounterState state(path);
  CHECK(!state.is_replay(place(state, 1, 2), 0, true));
  CHECK(state.verified().size() == highest.size() + 1);
}

TEST_CASE("without tags: a forged counter locks nobody out, three messages that agree count") {
  const test::Folder folder;
  CounterState state(folder.file("counters"));
  const std::size_t meter = place(state, 1);
  for (std::uint32_t counter = 100; counter < 110; ++counter) {
    CHECK(!state.is_replay(meter, counter, false));
    CHECK(state.is_replay(meter, counter, false));
  }
  CHECK(state.highest(meter) == 109);
  CHECK(state.is_replay(meter, 50, false));
  CHECK(!state.is_replay(meter, 0xffffffff, false));  // forged
  CHECK(state.highest(meter) == 109);
  for (std::uint32_t counter = 110; counter < 120; ++counter) {
    CHECK(!state.is_replay(meter, counter, false));
  }
  // A night of silence.
  CHECK(!state.is_replay(meter, 10'000, false));
  CHECK(!state.is_replay(meter, 10'001, false));
  CHECK(state.highest(meter) == 119);
  CHECK(!state.is_replay(meter, 10'003, false));
  CHECK(state.highest(meter) == 10'003);
  CHECK(state.is_replay(meter, 119, false));
  // A tag proves any leap.
  CHECK(!state.is_replay(meter, 0xfffffff0, true));
  CHECK(state.is_replay(meter, 20'000, true));
  CHECK(state.verified().size() == 1);
  CHECK(state.forget(2) == 0);
  CHECK(state.forget(1) == 1);
  CHECK(!state.is_replay(meter, 5, true));
}

TEST_CASE("damage: of what cannot be read the counter before it counts, and nothing else is lost") {
  const test::Folder folder;
  const std::string path = folder.file("counters");
  test::Random random;
  INFO("seed ", test::seed());
  constexpr std::uint64_t kMeters = 300;
  for (const std::uint32_t counter : {10u, 20u}) {
    CounterState state(path);
    for (std::uint64_t title = 1; title <= kMeters; ++title) {
      CHECK(!state.is_replay(place(state, title), counter, true));
      state.write();
    }
  }
  os::Log::open("unit", os::Level::error);
  const std::string whole = bytes_of(path);
  int older = 0, lost = 0;
  for (int n = 0; n < 2000; ++n) {
    std::string damaged = whole;
    // A byte; a page that a power cut left half written; an end that is missing.
    const std::size_t at = 4096 + random.below(damaged.size() - 4096);
    if (n % 3 == 0) {
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    } else if (n % 3 == 1) {
      const std::size_t page = at / 4096 * 4096, from = page + random.below(4096);
      for (std::size_t i = from; i < std::min(page + 4096, damaged.size()); ++i)
        damaged[i] = '\xff';
    } else {
      damaged.resize(std::max<std::size_t>(at, 4096));
    }
    overwrite_file(path, damaged);
    CounterState state(path);
    for (std::uint64_t title = 1; title <= kMeters; ++title) {
      const std::uint32_t highest = state.highest(place(state, title));
      const bool is_known = highest == 20 || highest == 10;
      older += highest == 10;
      lost += highest == 0;
      REQUIRE((is_known || (highest == 0 && n % 3 == 2)));
    }
  }
  std::printf(
      "counted: 2000 damaged files of %llu meters: %d times the counter before, %d times "
      "none (the end of the file was missing), seed %llu\n",
      static_cast<unsigned long long>(kMeters), older, lost,
      static_cast<unsigned long long>(test::seed()));
  CHECK(older > 1000);
}

TEST_CASE("what is no file of counters, or in use, is left alone") {
  const test::Folder folder;
  const std::string path = folder.file("counters");
  const auto status = [&] {
    try {
      const CounterState state(path);
    } catch (const os::Fatal& fatal) {
      return fatal.status();
    }
    return os::kOk;
  };
  overwrite_file(path, "title=0123456789abcdef ek=00");
  CHECK(status() == os::kConfig);
  CHECK(bytes_of(path) == "title=0123456789abcdef ek=00");
  overwrite_file(path, "");
  CHECK(status() == os::kOk);
  {
    const CounterState first(path);
    CHECK(status() == os::kIoError);
  }
  ::chmod(path.c_str(), 0602);
  CHECK(status() == os::kNoPermission);
  ::unlink(path.c_str());
  ::mkdir(path.c_str(), 0700);
  CHECK(status() == os::kIoError);
}

TEST_CASE("more meters than there is room for") {
  os::Log::open("unit", os::Level::error);
  const test::Folder folder;
  CounterState state(folder.file("counters"));
  for (std::uint64_t title = 0; title < CounterState::kMostMeters; ++title) {
    REQUIRE(state.place_of({title, 1}).has_value());
  }
  CHECK(!state.place_of({CounterState::kMostMeters, 1}).has_value());
  CHECK(state.place_of({7, 1}).has_value());
}

}  // namespace meterpipe::keys
