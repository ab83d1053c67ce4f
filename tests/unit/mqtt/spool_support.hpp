// For the tests of the spool: batches out of a seed.
#pragma once

#include <random>
#include <string>

#include "spool/spool.hpp"
#include "support/folder.hpp"

namespace meterpipe::spool_test {

using namespace mqtt;
using namespace spool;
using test::Folder;

inline SpoolSettings settings(const Folder& folder) {
  SpoolSettings settings;
  settings.path = folder.file("s.db");
  settings.retry_ms = 0;
  return settings;
}

inline std::string random_text(std::mt19937& random, std::size_t most) {
  std::string text(random() % (most + 1), '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

inline Message random_message(std::mt19937& random) {
  std::string topic = random() % 4 == 0 ? random_text(random, 40) : "meterpipe/1KFM0200234804/1-0:";
  for (char& c : topic) c = c == '\0' ? '_' : c;  // a topic has no NUL
  topic += std::to_string(random() % 100);
  return {topic, random_text(random, random() % 20 == 0 ? 3000 : 30), random() % 2 == 0};
}

inline Batch random_batch(std::mt19937& random) {
  Batch batch;
  batch.kind = random() % 2 == 0 ? Batch::Kind::state : Batch::Kind::event;
  batch.meter = random_text(random, 16);
  batch.id = random_text(random, 30);
  batch.auth = random() % 2 == 0 ? "none" : "";
  const std::size_t count = random() % 20;
  for (std::size_t i = 0; i < count; ++i) batch.messages.push_back(random_message(random));
  if (random() % 3 == 0) batch.history = random_message(random);
  return batch;
}

inline bool same(const Message& a, const Message& b) {
  return a.topic() == b.topic() && a.payload() == b.payload() && a.retain() == b.retain();
}

inline bool same(const Batch& a, const Batch& b) {
  if (a.kind != b.kind || a.meter != b.meter || a.id != b.id || a.auth != b.auth) return false;
  if (a.messages.size() != b.messages.size()) return false;
  for (std::size_t i = 0; i < a.messages.size(); ++i) {
    if (!same(a.messages[i], b.messages[i])) return false;
  }
  if (a.history.has_value() != b.history.has_value()) return false;
  return !a.history || same(*a.history, *b.history);
}

// A batch that carries its number, and that can be told from any other.
inline Batch numbered(std::uint64_t n, std::size_t size = 0) {
  Batch batch;
  batch.kind = Batch::Kind::state;
  batch.meter = "m";
  batch.id = std::to_string(n);
  batch.messages.emplace_back("t/" + std::to_string(n),
                              std::to_string(n * 7919) + std::string(size, 'x'), true);
  return batch;
}

inline std::vector<SpooledBatch> all_of(Spool& spool) {
  return spool.load(Spool::kBeforeAll, 1'000'000);
}

// 17 messages as a reading gives them, about 2.5 KB.
inline Batch reading(int n) {
  Batch batch;
  batch.kind = Batch::Kind::state;
  batch.meter = "1KFM0200234804";
  batch.id = "4b464d1020039534:" + std::to_string(n);
  batch.auth = "verified";
  batch.messages.emplace_back("meterpipe/1KFM0200234804/json", std::string(1400, 'j'), true);
  for (int i = 0; i < 16; ++i) {
    batch.messages.emplace_back("meterpipe/1KFM0200234804/1-0:" + std::to_string(i) + ".7.0",
                                std::to_string(n * 1000 + i) + ".0", true);
  }
  return batch;
}

}  // namespace meterpipe::spool_test
