// Meters that do not speak DLMS (lib/wired): records stand in their message one behind the other;
// what is cut is an error with its place or has fewer of the same records; no two values have one
// key; what comes of it is JSON. The first byte chooses: a CI with its data, or an SML file.
#include <algorithm>
#include <array>
#include <set>

#include "base/crc16.hpp"
#include "decode/sml_reading.hpp"
#include "decode/wired_reading.hpp"
#include "fuzz/fuzz.hpp"
#include "json/fields.hpp"
#include "views/wired_views.hpp"
#include "wired/records.hpp"
#include "wired/sml.hpp"

namespace meterpipe::fuzz {

namespace {

constexpr std::array<std::uint8_t, 10> kCis{0x72, 0x73, 0x76, 0x77, 0x78,
                                            0x7a, 0x5b, 0x70, 0x71, 0x90};

void check_message(std::uint8_t ci, Bytes data) {
  const auto telegram = wired::parse_telegram(ci, data);
  if (!telegram) {
    REQUIRE(telegram.error().offset <= data.size());
    return;
  }
  const std::uint8_t* at = data.data();
  std::set<std::string> keys;
  for (const wired::Record& record : telegram->records) {
    for (const Bytes part : {record.dib, record.vib, record.data}) {
      if (part.empty()) continue;
      REQUIRE(part.data() >= at);
      at = part.data() + part.size();
    }
    REQUIRE(at <= data.data() + data.size());
    REQUIRE(keys.insert(record.key).second);
    REQUIRE((record.is == wired::Record::Is::nothing) == !record.why.empty());
  }
  for (const std::size_t cut : cuts_of(data)) {
    const auto part = wired::parse_telegram(ci, data.first(cut));
    if (part) REQUIRE(part->records.size() <= telegram->records.size());
  }
}

// The same in a frame, whole.
void check_reading(std::uint8_t ci, Bytes data) {
  constexpr std::size_t kMost = 252;
  data = data.first(std::min(data.size(), kMost));
  const auto length = static_cast<std::uint8_t>(data.size() + 3);
  record::MbusMessage message;
  message.frame = {0x68, length, length, 0x68, 0x08, 0x01, ci};
  append(message.frame, data);
  std::uint8_t sum = 0;
  for (std::size_t i = 4; i < message.frame.size(); ++i) {
    sum = static_cast<std::uint8_t>(sum + message.frame[i]);
  }
  message.frame.push_back(sum);
  message.frame.push_back(0x16);
  std::size_t readings = 0;
  const views::WiredViews views{{}};
  decode::WiredMaker maker([&](decode::WiredReading& reading) {
    ++readings;
    Buffer line;
    views.write_json(line, reading, true);
    json::Fields fields;
    REQUIRE(fields.parse(line.view().substr(0, line.size() - 1)));
    views.write_text(line, reading);
    views.write_csv(line, reading);
  });
  const bool good = maker.push(message).has_value();
  maker.finish();
  REQUIRE(readings == (good ? 1 : 0));
}

// With a start and a right CRC around it.
void check_sml(Bytes content) {
  ByteVector file{0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1};
  append(file, content);
  append(file, ByteVector{0x1b, 0x1b, 0x1b, 0x1b, 0x1a, 0});
  const std::uint16_t crc = crc16_x25(file);
  file.push_back(static_cast<std::uint8_t>(crc));
  file.push_back(static_cast<std::uint8_t>(crc >> 8));
  const auto readings = decode::read_sml(file);
  if (!readings) return;
  REQUIRE(!readings->empty());
  for (const decode::SmlReading& reading : *readings) {
    REQUIRE(reading.values.size() == reading.extras.size());
    REQUIRE(reading.values.size() == reading.nodes.size());
    for (const readings::Value& value : reading.values) {
      const axdr::Node& node = reading.nodes[value.node];
      REQUIRE(node.offset + node.size <= reading.bytes.size());
    }
  }
}

}  // namespace

void check(Bytes input) {
  Taker taker(input);
  const std::size_t which = taker.byte() % (kCis.size() + 1);
  const Bytes data = taker.rest();
  if (which == kCis.size()) return check_sml(data);
  check_message(kCis[which], data);
  check_reading(kCis[which], data);
}

}  // namespace meterpipe::fuzz
