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

}  // namespace meterpipe::spool_test
