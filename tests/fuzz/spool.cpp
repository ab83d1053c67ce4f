// The spool's batches: what was encoded is decoded as the same; what decodes is encoded as what
// decodes to the same; and no change of a byte passes.
#include "spool/batch_codec.hpp"

#include "fuzz/fuzz.hpp"

namespace meterpipe::fuzz {

namespace {

// CRC-32 of IEEE 802.3, bit by bit.
void add_checksum(std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  crc = ~crc;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(crc >> shift);
}

std::string text_of(Taker& taker) { return std::string(as_text(taker.bytes(taker.below(40)))); }

mqtt::Message message_of(Taker& taker) {
  const bool retain = taker.below(2) == 0;
  const std::string topic = text_of(taker);
  return {topic, text_of(taker), retain};
}

mqtt::Batch batch_of(Bytes input) {
  Taker taker(input);
  mqtt::Batch batch;
  const std::uint8_t how = taker.byte();
  batch.kind = (how & 1) != 0 ? mqtt::Batch::Kind::state : mqtt::Batch::Kind::event;
  batch.meter = text_of(taker);
  batch.id = text_of(taker);
  batch.auth = text_of(taker);
  for (std::size_t n = taker.below(6); n > 0; --n) batch.messages.push_back(message_of(taker));
  if ((how & 2) != 0) batch.history = message_of(taker);
  if ((how & 4) != 0) {
    batch.first_byte = static_cast<std::int64_t>(integer_of(taker.bytes(8)));
  }
  return batch;
}

bool is_same(const mqtt::Message& a, const mqtt::Message& b) {
  return a.topic() == b.topic() && a.payload() == b.payload() && a.retain() == b.retain();
}

void check_same(const mqtt::Batch& a, const mqtt::Batch& b) {
  REQUIRE(a.kind == b.kind);
  REQUIRE(a.meter == b.meter);
  REQUIRE(a.id == b.id);
  REQUIRE(a.auth == b.auth);
  REQUIRE(a.first_byte == b.first_byte);
  REQUIRE(a.history.has_value() == b.history.has_value());
  if (a.history) REQUIRE(is_same(*a.history, *b.history));
  REQUIRE(a.messages.size() == b.messages.size());
  for (std::size_t i = 0; i < a.messages.size(); ++i) {
    REQUIRE(is_same(a.messages[i], b.messages[i]));
  }
}

}  // namespace

void check(Bytes input) {
  // As it came, and as if its checksum were right.
  for (const bool sealed : {false, true}) {
    std::string bytes(as_text(input));
    if (sealed) add_checksum(bytes);
    if (const auto batch = spool::decode_batch(bytes)) {
      const auto again = spool::decode_batch(spool::encode(*batch));
      REQUIRE(again.has_value());
      check_same(*again, *batch);
    }
  }
  const mqtt::Batch batch = batch_of(input);
  std::string bytes = spool::encode(batch);
  const auto back = spool::decode_batch(bytes);
  REQUIRE(back.has_value());
  check_same(*back, batch);
  test::Random random = chance_of(input);
  bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
  REQUIRE_FALSE(spool::decode_batch(bytes).has_value());
}

}  // namespace meterpipe::fuzz
