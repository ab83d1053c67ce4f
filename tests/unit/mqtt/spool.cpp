#include "spool/spool.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "os/log.hpp"
#include "os/status.hpp"
#include "spool/batch_codec.hpp"
#include "spool/sealed.hpp"
#include "unit/mqtt/spool_support.hpp"

namespace meterpipe::spool_test {

TEST_CASE(
    "spool: what was committed is there at the next start, in order; what was removed is not") {
  Folder folder;
  std::mt19937 random(1);
  std::vector<std::pair<std::int64_t, Batch>> kept;
  {
    Spool spool(settings(folder));
    CHECK_FALSE(spool.position());
    CHECK(spool.commit());
    for (int i = 0; i < 100; ++i) {
      Batch batch = random_batch(random);
      const std::int64_t row = spool.add(batch, 1000 + i);
      CHECK_FALSE(spool.is_safe(row));
      if (i % 10 == 3) {
        spool.remove(row);
      } else if (i % 10 == 5) {
        CHECK(spool.commit());
        CHECK(spool.is_safe(row));
        spool.remove(row);
      } else {
        kept.emplace_back(row, std::move(batch));
      }
    }
    spool.save("a/1", "one");
    spool.save("a/2", "two");
    spool.set_position({"/x", 1, 2, 3, "f"});
    CHECK(spool.has_uncommitted());
    CHECK(spool.uncommitted_since() >= 0);
    CHECK(spool.size() == kept.size());
    CHECK(spool.commit());
    CHECK_FALSE(spool.has_uncommitted());
    CHECK(spool.uncommitted_since() == -1);
    spool.save("a/1", "");
    spool.add(random_batch(random), 1);
    spool.set_position({"/x", 1, 2, 4, "f"});  // never committed
  }
  Spool spool(settings(folder));
  CHECK(spool.size() == kept.size());
  CHECK(spool.position() == io::Position{"/x", 1, 2, 3, "f"});
  std::string saved;
  spool.for_each_saved([&](std::string_view key, std::string_view text) {
    saved.append(key).append("=").append(text).append(" ");
  });
  CHECK(saved == "a/1=one a/2=two ");
  std::size_t at = 0;
  std::int64_t after = Spool::kBeforeAll;
  for (;;) {
    const auto some = spool.load(after, 7);
    if (some.empty()) break;
    CHECK(some.size() <= 7);
    for (const auto& [row, enqueued, batch] : some) {
      REQUIRE(at < kept.size());
      CHECK(row == kept[at].first);
      CHECK(same(batch, kept[at].second));
      after = row;
      ++at;
    }
  }
  CHECK(at == kept.size());
  struct stat status {};
  CHECK(::stat(folder.file("s.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(spool.close());
  CHECK_FALSE(std::filesystem::exists(folder.file("s.db") + "-wal"));
}

TEST_CASE("batch codec: what was encoded is decoded; what was damaged is told") {
  std::mt19937 random(2);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const Batch batch = random_batch(random);
    const std::string bytes = encode(batch);
    const auto back = decode_batch(bytes);
    REQUIRE(back);
    CHECK(same(*back, batch));
    std::string bad = bytes;
    switch (random() % 3) {
      case 0: bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255); break;
      case 1: bad.resize(random() % bad.size()); break;
      default: bad.insert(random() % bad.size(), 1, static_cast<char>(random())); break;
    }
    if (bad == bytes) continue;
    CHECK_FALSE(decode_batch(bad));
    ++refused;
  }
  MESSAGE(refused << " of 3000 batches damaged, each was refused");
  CHECK_FALSE(decode_batch(""));
}

TEST_CASE("batch codec: what has the right checksum and cannot be is refused all the same") {
  struct Sealed {
    std::uint64_t retain = 1, shared = 0, history = 0, time = 0;
    std::string rest = "topic";
  };
  const std::uint8_t version = spool::SealedReader::open(encode(mqtt::Batch()))->version();
  const auto decoded = [version](const Sealed& one) {
    spool::SealedWriter out(version);
    out.number(0);
    for (const char* text : {"meter", "id", "auth"}) out.text(text);
    out.number(1);
    out.number(one.retain);
    out.number(one.shared);
    out.text(one.rest);
    out.text("payload");
    out.number(one.history);
    out.number(one.time);
    return decode_batch(out.take());
  };
  const auto good = decoded({});
  REQUIRE(good);
  CHECK(good->messages.at(0).topic() == "topic");
  CHECK(good->messages.at(0).retain());
  CHECK_FALSE(decoded({.retain = 2}));
  CHECK_FALSE(decoded({.shared = 1}));
  CHECK_FALSE(decoded({.history = 2}));
  CHECK_FALSE(decoded({.time = 2}));
  CHECK_FALSE(decoded({.rest = std::string(70'000, 'x')}));
}

}  // namespace meterpipe::spool_test
