// SML files of real meters, and files of our own: found in noise, cut anywhere, damaged anywhere.
#include <doctest/doctest.h>

#include <cstdlib>
#include <utility>

#include "base/crc16.hpp"
#include "decode/sml_reading.hpp"
#include "link/framer.hpp"
#include "readings/shown.hpp"
#include "support/random.hpp"
#include "unit/wired/folder.hpp"
#include "views/reading_columns.hpp"

namespace meterpipe::test {
namespace {

struct Caught final : link::FrameSink {
  std::vector<ByteVector> files;
  std::size_t skipped = 0;
  void on_frame(const link::Frame& frame) override {
    if (frame.kind == link::FrameKind::sml) {
      files.emplace_back(frame.bytes.begin(), frame.bytes.end());
    } else {
      skipped += frame.bytes.size();
    }
  }
  void on_skipped(const link::Skipped& run) override { skipped += run.bytes.size(); }
};

Caught caught(Bytes bytes, std::size_t step) {
  Caught sink;
  link::LinkSettings settings;
  settings.sml = true;
  link::Framer framer(settings);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    framer.push(bytes.subspan(at, std::min(step, bytes.size() - at)), sink);
  }
  framer.gap(sink);
  return sink;
}

// An encoder of our own. TL: one byte up to 15, else two.
void add_tl(ByteVector& out, std::uint8_t type, std::size_t length) {
  if (length > 15) out.push_back(static_cast<std::uint8_t>(0x80 | type << 4 | length >> 4));
  out.push_back(static_cast<std::uint8_t>((length > 15 ? 0 : type << 4) | (length & 15)));
}
void add_octets(ByteVector& out, Bytes bytes) {
  add_tl(out, 0, bytes.size() + (bytes.size() + 1 > 15 ? 2 : 1));
  append(out, bytes);
}
void add_integer(ByteVector& out, std::int64_t value, std::size_t size, bool is_signed) {
  add_tl(out, is_signed ? 5 : 6, size + 1);
  for (std::size_t i = size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

struct Sent {
  std::int64_t value;
  std::size_t size;
  bool is_signed;
  int scaler;
};

ByteVector message(std::uint16_t tag, Bytes body) {
  ByteVector out{0x76};
  add_octets(out, ByteVector{1, 2, 3});
  append(out, ByteVector{0x62, 0x00, 0x62, 0x00, 0x72, 0x63, static_cast<std::uint8_t>(tag >> 8),
                         static_cast<std::uint8_t>(tag)});
  append(out, body);
  append(out, ByteVector{0x63, 0xab, 0xcd, 0x00});
  return out;
}

ByteVector sml_file(const std::vector<Sent>& values, Bytes octets) {
  ByteVector list{0x77, 0x01};
  add_octets(list, *from_hex("0a01445a47000282225e"));
  append(list, ByteVector{0x01, 0x72, 0x62, 0x01, 0x65, 0x00, 0x00, 0x10, 0x00});
  add_tl(list, 7, values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    append(list, ByteVector{0x77, 0x07, 1, 0, 1, 8, static_cast<std::uint8_t>(i), 255, 0x62, 0x82,
                            0x01, 0x62, 0x1e});
    add_integer(list, values[i].scaler, 1, true);
    add_integer(list, values[i].value, values[i].size, values[i].is_signed);
    list.push_back(0x01);
  }
  append(list, ByteVector{0x77, 0x07, 1, 0, 96, 1, 0, 255, 0x01, 0x01, 0x01, 0x01});
  add_octets(list, octets);
  list.push_back(0x01);
  append(list, ByteVector{0x01, 0x01});
  ByteVector content = message(0x0101, ByteVector{0x71, 0x01});
  append(content, message(0x0701, list));
  append(content, message(0x0201, ByteVector{0x71, 0x01}));
  const std::size_t fill = (4 - content.size() % 4) % 4;
  content.insert(content.end(), fill, 0);
  ByteVector file{0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1};
  std::size_t run = 0;
  for (const std::uint8_t byte : content) {
    run = byte == 0x1b ? run + 1 : 0;
    file.push_back(byte);
    if (run == 4) {
      file.insert(file.end(), 4, 0x1b);
      run = 0;
    }
  }
  append(file, ByteVector{0x1b, 0x1b, 0x1b, 0x1b, 0x1a, static_cast<std::uint8_t>(fill)});
  const std::uint16_t crc = crc16_x25(file);
  file.push_back(static_cast<std::uint8_t>(crc));
  file.push_back(static_cast<std::uint8_t>(crc >> 8));
  return file;
}

std::int64_t random_value(Random& random, std::size_t size, bool is_signed) {
  const auto bits = static_cast<unsigned>(size * 8);
  const std::uint64_t raw =
      bits == 64 ? random.bits() >> 1 : random.below(std::uint64_t{1} << bits);
  if (!is_signed || bits == 64) return static_cast<std::int64_t>(raw);
  return static_cast<std::int64_t>(raw) - (std::int64_t{1} << (bits - 1));
}

std::string word(const decode::SmlReading& reading, std::size_t i) {
  const readings::Value& value = reading.values[i];
  return readings::shown_of(value, reading.nodes, reading.bytes).word(value.scaler);
}

std::string text_of(const decode::SmlReading& reading) {
  decode::DecodedMessage message;
  message.apdu = reading.bytes;
  message.nodes = &reading.nodes;
  message.values = &reading.values;
  message.extras = &reading.extras;
  Buffer out;
  views::ReadingText({}).write(out, message);
  return std::string(out.view());
}

// Of a file of one server.
decode::SmlReading read_one(Bytes file) {
  const auto readings = decode::read_sml(file);
  REQUIRE(readings);
  REQUIRE(readings->size() == 1);
  return readings->front();
}

// The first value of a file as 1-0:16.7.0.
ByteVector as_net_power(ByteVector file) {
  for (std::size_t at = 0; at + 7 < file.size(); ++at) {
    if (file[at] == 0x07 && file[at + 3] == 1 && file[at + 4] == 8) {
      file[at + 3] = 16;
      file[at + 4] = 7;
      break;
    }
  }
  const std::uint16_t crc = crc16_x25(Bytes(file).first(file.size() - 2));
  file[file.size() - 2] = static_cast<std::uint8_t>(crc);
  file[file.size() - 1] = static_cast<std::uint8_t>(crc >> 8);
  return file;
}

}  // namespace

TEST_CASE("SML files of real meters give the values that are expected") {
  const auto files = load_wired(true);
  if (files.empty()) {
    MESSAGE("no folder of SML files (METERPIPE_WIRED): nothing compared");
    return;
  }
  std::size_t values = 0, found = 0;
  for (const WiredFile& file : files) {
    INFO("file ", file.name);
    std::vector<Json> wanted;
    for (const Json& one : file.expected["files"].elements()) {
      if (one["crc_ok"].raw() == "true") wanted.push_back(one);
    }
    const Caught whole = caught(file.bytes, file.bytes.size());
    CHECK(whole.files == caught(file.bytes, 1).files);
    REQUIRE(whole.files.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i, ++found) {
      const decode::SmlReading reading = read_one(whole.files[i]);
      if (wanted[i]["sensor_time"]) {
        REQUIRE(reading.running_s);
        CHECK(wanted[i]["sensor_time"].raw() == std::to_string(*reading.running_s));
      }
      const auto entries = wanted[i]["values"].elements();
      REQUIRE(entries.size() == reading.values.size());
      for (std::size_t k = 0; k < entries.size(); ++k, ++values) {
        const Json& entry = entries[k];
        INFO("value ", entry.raw());
        CHECK(entry["obis"].text() == cosem::to_full_string(*reading.values[k].obis));
        if (entry["status"]) {
          CHECK(entry["status"].raw() == std::to_string(reading.extras[k].status.value_or(0)));
        } else {
          CHECK_FALSE(reading.extras[k].status);
        }
        if (entry["octets"]) {
          const Json& said = entry["text"] ? entry["text"] : entry["octets"];
          CHECK(said.text() == word(reading, k));
        } else {
          CHECK(entry["value"].text() == word(reading, k));
          CHECK(entry["unit"].text() == readings::unit_of(reading.values[k]));
        }
      }
    }
  }
  MESSAGE(files.size() << " captures, " << found << " SML files: " << values << " values compared");
}

TEST_CASE("files of our own are found in noise, wherever the stream is cut") {
  INFO("seed ", seed());
  Random random;
  for (int i = 0; i < 60; ++i) {
    std::vector<Sent> values;
    for (std::size_t left = random.below(20); left > 0; --left) {
      const std::size_t size = random.between(1, 8);
      const bool is_signed = random.one_in(2);
      values.push_back({random_value(random, size, is_signed), size, is_signed,
                        static_cast<int>(random.below(7)) - 3});
    }
    // With runs of the escape's bytes in the data.
    ByteVector octets(random.below(30), 0x1b);
    if (!octets.empty()) octets[random.below(octets.size())] = random.one_in(2) ? 0x1a : 0x01;
    const ByteVector file = sml_file(values, octets);
    ByteVector stream = random.bytes(random.below(20));
    std::erase_if(stream, [](std::uint8_t byte) { return byte == 0x1b || byte == 0x68; });
    append(stream, file);
    append(stream, file);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
      const Caught sink = caught(stream, step);
      REQUIRE(sink.files.size() == 2);
      CHECK(sink.files[0] == file);
      CHECK(sink.files[1] == file);
    }
    const decode::SmlReading reading = read_one(file);
    REQUIRE(reading.values.size() == values.size() + 1);
    CHECK(reading.meter == "1DZG0042082910");
    for (std::size_t k = 0; k < values.size(); ++k) {
      CHECK(to_string(Decimal::of(values[k].value, values[k].scaler)) == word(reading, k));
      CHECK(reading.extras[k].status == 0x82);
    }
    const axdr::Node& last = reading.nodes[reading.nodes.size() - 1];
    CHECK(same(Bytes(reading.bytes).subspan(last.offset, last.size), octets));
  }
}

TEST_CASE("a file with one wrong bit, or a part of one, gives none") {
  Random random;
  const ByteVector file =
      sml_file({{12345, 4, false, -1}, {-300, 2, true, 0}}, *from_hex("1b1b1b1b1a"));
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    ByteVector wrong = file;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(caught(wrong, wrong.size()).files.empty());
    CHECK_FALSE(decode::read_sml(wrong));
  }
  for (std::size_t cut = 1; cut < file.size(); ++cut) {
    CHECK(caught(Bytes(file).first(cut), cut).files.empty());
    CHECK(caught(Bytes(file).subspan(cut), file.size()).files.empty());
    // What follows is whole.
    ByteVector stream(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(cut));
    append(stream, file);
    CHECK(caught(stream, stream.size()).files == std::vector<ByteVector>(1, file));
  }
}

TEST_CASE("a file of a Holley DTZ541 may have the check CRC-16/KERMIT, high byte first") {
  ByteVector file = sml_file({{12345, 4, false, -1}, {-1602, 2, true, 0}}, *from_hex("484c59"));
  unsigned crc = 0;
  for (const std::uint8_t byte : Bytes(file).first(file.size() - 2)) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
  }
  file[file.size() - 2] = static_cast<std::uint8_t>(crc >> 8);
  file[file.size() - 1] = static_cast<std::uint8_t>(crc);
  CHECK(caught(file, 1).files == std::vector<ByteVector>(1, file));
  CHECK(word(read_one(file), 1) == "-1602");
  std::swap(file[file.size() - 2], file[file.size() - 1]);
  CHECK(caught(file, file.size()).files.empty());
  CHECK_FALSE(decode::read_sml(file));
}

TEST_CASE("a power that DZG sends with a wrong sign is in doubt") {
  const auto power = [](const Sent& sent) { return read_one(as_net_power(sml_file({sent}, {}))); };
  CHECK_FALSE(read_one(sml_file({{-15000, 2, true, -2}}, {})).extras[0].doubtful_sign);
  const decode::SmlReading two = power({-15000, 2, true, -2});
  CHECK(two.extras[0].doubtful_sign);
  CHECK(word(two, 0) == "-150.00");
  CHECK(text_of(two).find("net  -150.00 Wh  (sign in doubt)\n") != std::string::npos);
  const decode::SmlReading one = power({-128, 1, true, -2});  // or 1.28 W
  CHECK(one.extras[0].doubtful_sign);
  CHECK(word(one, 0) == "-1.28");
  CHECK_FALSE(power({127, 1, true, -2}).extras[0].doubtful_sign);
  CHECK(text_of(power({127, 1, true, -2})).find("net  1.27 Wh\n") != std::string::npos);
  CHECK_FALSE(power({-128, 1, true, 0}).extras[0].doubtful_sign);
  CHECK_FALSE(power({-126061, 4, true, -2}).extras[0].doubtful_sign);
}

}  // namespace meterpipe::test
