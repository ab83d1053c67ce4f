// Random records of all types, written by an encoder of our own, read back; damage gives an error
// or nothing, never another value.
#include <doctest/doctest.h>

#include <cstdlib>

#include "apdu/cbc.hpp"
#include "keys/oms.hpp"
#include "transport/receiver.hpp"
#include "unit/wired/encoder.hpp"
#include "unit/wired/folder.hpp"

namespace meterpipe::test {
namespace {

constexpr std::size_t kMostData = 240;

int rounds(int usual) {
  const char* thorough = std::getenv("METERPIPE_THOROUGH");
  return thorough != nullptr && *thorough == '1' ? 100 * usual : usual;
}

void check_record(const Written& written, const wired::Record& record) {
  INFO("record ", to_hex(written.bytes));
  CHECK(written.value == shown(record));
  CHECK(written.unit == record.meaning.unit);
  CHECK(written.type == record.type);
  CHECK(written.quantity == record.meaning.quantity);
  CHECK(written.storage == record.storage);
  CHECK(written.tariff == record.tariff);
  CHECK(written.subunit == record.subunit);
  CHECK(written.function == static_cast<int>(record.function));
  CHECK(written.qualifiers == record.meaning.qualifiers);
}

struct Message {
  ByteVector data;  // behind CI
  std::vector<Written> records;
};

Message random_message(Random& random, std::uint8_t access, bool more = false) {
  Message message;
  message.data = long_header(access);
  RecordWriter writer(random);
  for (std::size_t left = random.between(1, 12); left > 0; --left) {
    Written record = writer.any();
    if (message.data.size() + record.bytes.size() > kMostData) break;
    while (random.one_in(10)) message.data.push_back(0x2f);
    append(message.data, record.bytes);
    message.records.push_back(std::move(record));
  }
  if (more) message.data.push_back(0x1f);
  return message;
}

class Seen final : public transport::ReceiverSink {
 public:
  std::vector<ByteVector> frames;

 private:
  void on_frame(const link::Frame&) override {}
  void on_message(const transport::Message&) override {}
  void on_rsp_ud(const link::Frame& frame, const link::RspUd&) override {
    frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
  }
  void on_error(const Error&, std::uint64_t, Bytes) override {}
};

std::vector<ByteVector> received(Bytes bytes) {
  Seen seen;
  transport::Receiver receiver(seen);
  receiver.push(bytes);
  receiver.end_of_message();
  return seen.frames;
}

}  // namespace

TEST_CASE("random records of all types are read as they were written") {
  INFO("seed ", seed());
  Random random;
  std::size_t records = 0;
  for (int i = 0; i < rounds(1500); ++i) {
    const Message message = random_message(random, random.byte());
    const auto telegram = wired::parse_telegram(0x72, message.data);
    REQUIRE(telegram);
    REQUIRE(telegram->records.size() == message.records.size());
    for (std::size_t k = 0; k < message.records.size(); ++k) {
      check_record(message.records[k], telegram->records[k]);
      ++records;
    }
  }
  MESSAGE(records << " records");
}

TEST_CASE("a message that ends early is an error or has fewer of the same records") {
  INFO("seed ", seed());
  Random random;
  for (int i = 0; i < rounds(60); ++i) {
    const Message message = random_message(random, 1);
    for (std::size_t size = 0; size < message.data.size(); ++size) {
      const auto telegram = wired::parse_telegram(0x72, Bytes(message.data).first(size));
      if (!telegram) {
        CHECK(telegram.error().offset <= size);
        continue;
      }
      REQUIRE(telegram->records.size() <= message.records.size());
      for (std::size_t k = 0; k < telegram->records.size(); ++k) {
        // In the old order a text that is cut before the byte behind it is read in the new one.
        const Written& written = message.records[k];
        CHECK(written.value == shown(telegram->records[k]));
      }
    }
  }
}

TEST_CASE("a frame with one wrong bit, or a part of one, gives no message") {
  INFO("seed ", seed());
  Random random;
  std::vector<ByteVector> frames;
  for (int i = 0; i < rounds(3); ++i) {
    frames.push_back(long_frame(0x08, 5, 0x72, random_message(random, 7).data));
  }
  for (const WiredFile& file : load_wired(false)) {
    frames.push_back(file.bytes);
  }
  std::size_t tried = 0;
  for (const ByteVector& frame : frames) {
    INFO("frame ", to_hex(frame));
    const auto whole = received(frame);
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit, ++tried) {
      ByteVector wrong = frame;
      wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      const auto seen = received(wrong);
      CHECK(seen.empty());
    }
    for (std::size_t cut = 1; cut < frame.size(); ++cut, tried += 2) {
      CHECK(received(Bytes(frame).first(cut)).empty());
      CHECK(received(Bytes(frame).subspan(cut)).empty());
    }
    CHECK(whole.size() <= 1);
  }
  MESSAGE(tried << " damaged frames");
}

TEST_CASE("a random message never leads beyond its bytes") {
  INFO("seed ", seed());
  Random random;
  std::size_t good = 0;
  constexpr std::uint8_t kCis[]{0x72, 0x73, 0x76, 0x77, 0x78, 0x7a, 0x5b, 0x70, 0x71};
  for (int i = 0; i < rounds(20'000); ++i) {
    const ByteVector data = random.bytes(random.below(40));
    const auto telegram = wired::parse_telegram(kCis[random.below(9)], data);
    if (telegram) {
      ++good;
    } else {
      CHECK(telegram.error().offset <= data.size());
    }
  }
  CHECK(good > 0);
}

TEST_CASE("telegrams with 1F are one reading, with the records of all") {
  Random random;
  std::vector<ByteVector> frames;
  std::size_t records = 0;
  for (std::uint8_t i = 0; i < 3; ++i) {
    const Message message = random_message(random, static_cast<std::uint8_t>(254 + i), i < 2);
    records += message.records.size();
    frames.push_back(long_frame(0x08, 5, 0x72, message.data));
  }
  SUBCASE("in their order") {
    const Made made = make_readings(frames);
    REQUIRE(made.readings.size() == 1);
    CHECK(made.readings[0].telegrams == 3);
    CHECK_FALSE(made.readings[0].unfinished);
    CHECK(made.readings[0].records.size() == records);
    CHECK(made.readings[0].id == "kam-12345678-27-heat:254");
    CHECK(made.readings[0].meter == "12345678");
    std::vector<std::string> keys;
    for (const wired::Record& record : made.readings[0].records) keys.push_back(record.key);
    std::ranges::sort(keys);
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
  }
  SUBCASE("one that is sent again counts once") {
    const Made made = make_readings({frames[0], frames[0], frames[1], frames[2]});
    REQUIRE(made.readings.size() == 1);
    CHECK(made.readings[0].records.size() == records);
    CHECK(made.readings[0].repeated);
    const ByteVector &a = frames[0], &b = frames[1], &c = frames[2];
    CHECK(make_readings({a, b, c, c, c}).readings.size() == 1);
    CHECK(make_readings({a, b, c, c, a, b, c}).readings.size() == 2);
    CHECK(make_readings({c, c}).readings.size() == 2);
  }
  SUBCASE("one that is missing ends the reading") {
    const Made made = make_readings({frames[0], frames[2]});
    REQUIRE(made.readings.size() == 2);
    CHECK(made.readings[0].unfinished);
    CHECK(made.readings[0].telegrams == 1);
  }
}

TEST_CASE("telegrams of a meter whose access number stays as it is are one reading, too") {
  const auto telegram = [](std::string_view records, std::uint8_t access = 7) {
    ByteVector data = long_header(access);
    append(data, *from_hex(records));
    return long_frame(0x08, 5, 0x72, data);
  };
  const auto keys_of = [](const Made& made) {
    std::vector<std::string> all;
    for (const auto& reading : made.readings) {
      std::string keys;
      for (const wired::Record& record : reading.records) keys += record.key + ' ';
      all.push_back(keys + (reading.unfinished ? "-" : "."));
    }
    return all;
  };
  using Keys = std::vector<std::string>;
  const ByteVector first = telegram("0c78785634120c13110000001f");
  const ByteVector first_later = telegram("0c78785634120c13120000001f");
  const ByteVector second = telegram("0c78785634124c13100000001f"), third = telegram("426c0131");
  CHECK(keys_of(make_readings({first, second, third})) == Keys{"0c78 0c13 0c78-2 4c13 426c ."});
  // The rest did not come.
  CHECK(keys_of(make_readings({first, first_later, second, third})) ==
        Keys{"0c78 0c13 -", "0c78 0c13 0c78-2 4c13 426c ."});
  CHECK(keys_of(make_readings({first, second, first_later, second, third})) ==
        Keys{"0c78 0c13 0c78-2 4c13 -", "0c78 0c13 0c78-2 4c13 426c ."});
  CHECK(keys_of(make_readings({first, telegram("426c0131", 9)})) == Keys{"0c78 0c13 -", "426c ."});
  // A first one that has another record today; the rest had not come.
  Made made;
  decode::WiredMaker maker(
      [&made](decode::WiredReading& reading) { made.readings.push_back(std::move(reading)); });
  const auto give = [&maker](std::string_view ts, const ByteVector& frame) {
    record::MbusMessage message;
    message.head.src = "test";
    message.head.ts = ts;
    message.frame = frame;
    REQUIRE(maker.push(message));
  };
  give("2026-11-29T12:00:00.000000Z", first);
  give("2026-11-29T12:15:00.000000Z", telegram("0c78785634120c13120000000101001f"));
  give("2026-11-29T12:15:30.000000Z", third);
  CHECK(keys_of(made) == Keys{"0c78 0c13 -", "0c78 0c13 0101 426c ."});
}

TEST_CASE("two meters with one id have two names") {
  const ByteVector one = long_header(1);
  ByteVector other = one;
  other[7] = 0x07;
  const Made made = make_readings({long_frame(0x08, 1, 0x72, one), long_frame(0x08, 2, 0x72, other),
                                   long_frame(0x08, 1, 0x72, one)});
  REQUIRE(made.readings.size() == 3);
  CHECK(made.readings[0].meter == "12345678");
  CHECK(made.readings[1].meter == "12345678-KAM-water");
  CHECK(made.readings[2].meter == "12345678");
}

TEST_CASE("meters that say no number are told by their line and address") {
  const ByteVector records = *from_hex("041305000000"), more = *from_hex("0413050000001f");
  ByteVector first{1, 0, 0, 0}, second{2, 0, 0, 0};
  append(first, more);
  append(second, records);
  const Made made =
      make_readings({long_frame(0x08, 5, 0x78, records), long_frame(0x08, 6, 0x78, records),
                     long_frame(0x08, 0xfd, 0x78, records), long_frame(0x08, 5, 0x7a, first),
                     long_frame(0x08, 6, 0x7a, second)});
  REQUIRE(made.readings.size() == 5);
  CHECK(made.readings[0].meter == "test-5");
  CHECK(made.readings[1].meter == "test-6");
  CHECK(made.readings[2].meter.empty());
  // The next telegram of another meter is none of this one.
  CHECK(made.readings[3].unfinished);
  CHECK(made.readings[3].meter == "test-5");
  CHECK(made.readings[4].meter == "test-6");
  CHECK(made.readings[4].telegrams == 1);
}

namespace {

struct Opened {
  Result<void> result;
  apdu::Security security;
  ByteVector plain;
  std::string key;
};

Opened open_with(const std::string& key_file, Bytes data,
                 apdu::AuthMode mode = apdu::AuthMode::check, std::uint8_t ci = 0x72,
                 const apdu::Title& given = {}) {
  std::vector<std::string> warnings;
  const auto ring = keys::KeyRing::parse(key_file, "keys", warnings);
  Opened out;
  out.result = keys::open_oms(ring, mode, ci, data, out.security, out.plain, given);
  out.key = out.security.key;
  out.security.key = {};  // its text is the ring's
  return out;
}

}  // namespace

TEST_CASE("mode 5 is opened by the meter's own key alone") {
  const ByteVector key = *from_hex("000102030405060708090a0b0c0d0e0f");
  const std::string right = "ek=000102030405060708090a0b0c0d0e0f";
  const std::string wrong = "ek=100102030405060708090a0b0c0d0e0f";
  ByteVector data = long_header(42, 0x0510);
  ByteVector plain{0x2f, 0x2f, 0x0c, 0x13, 0x67, 0x45, 0x23, 0x01,
                   0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f};
  ByteVector iv(16, 42), ciphered;
  overwrite(iv, 0, *from_hex("2d2c785634121b04"));
  apdu::cbc_encrypt(key, iv, plain, ciphered);
  append(data, ciphered);
  append(data, *from_hex("02fd170000"));  // behind the blocks all is plain
  SUBCASE("by its title") {
    const Opened opened = open_with("title=2d2c785634121b04 " + right + "\n" + wrong, data);
    REQUIRE(opened.result);
    CHECK(to_hex(opened.plain) == to_hex(plain) + "02fd170000");
    CHECK(opened.security.auth == apdu::Auth::none);
    CHECK(opened.security.service == "oms-mode-5");
    CHECK(opened.key == "2d2c785634121b04");
  }
  SUBCASE("by its id") { CHECK(open_with("title=12345678 " + right + "\n" + wrong, data).result); }
  SUBCASE("by the only key there is") { CHECK(open_with(right, data).result); }
  SUBCASE("no other is tried where it has one of its own") {
    const Opened opened = open_with("title=2d2c785634121b04 " + wrong + "\n" + right, data);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::wrong_mbus_key);
    CHECK(opened.plain.empty());
  }
  SUBCASE("several for any meter are none") {
    const Opened opened = open_with(wrong + "\n" + right, data);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::no_key);
  }
  SUBCASE("nothing authenticates it") {
    const Opened opened = open_with(right, data, apdu::AuthMode::require);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::not_authenticated);
  }
  SUBCASE("2F 2F alone is no proof: the records must go out") {
    plain[2] = 0x8c;
    plain[3] = 0x8c;
    std::fill(plain.begin() + 4, plain.end(), std::uint8_t{0x8c});
    apdu::cbc_encrypt(key, iv, plain, ciphered);
    overwrite(data, 12, ciphered);
    const Opened opened = open_with(right, data);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::wrong_mbus_key);
  }
  SUBCASE("a wrong key") {
    const Opened opened = open_with(wrong, data);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::wrong_mbus_key);
  }
  SUBCASE("a short header has no title: it is given, or there is none") {
    const ByteVector short_data(data.begin() + 8, data.end());
    const auto open = [&](const std::string& file, const apdu::Title& given) {
      return open_with(file, short_data, apdu::AuthMode::check, 0x7a, given);
    };
    apdu::Title given;
    REQUIRE(given.assign(*from_hex("2d2c785634121b04")));
    for (const std::string& line : {right, "title=12345678 " + right + "\n" + wrong,
                                    "title=2d2c785634121b04 " + right + "\n" + wrong}) {
      const Opened opened = open(line, given);
      REQUIRE(opened.result);
      CHECK(to_hex(opened.plain) == to_hex(plain) + "02fd170000");
      CHECK(to_hex(opened.security.title) == "2d2c785634121b04");
      CHECK(open(line, {}).result.error().fault == Fault::no_title);
    }
    CHECK(open("title=12345679 " + right, given).result.error().fault == Fault::no_key);
    REQUIRE(given.assign(*from_hex("2d2c795634121b04")));
    CHECK(open(right, given).result.error().fault == Fault::wrong_mbus_key);
    // It has no say where the header is long.
    CHECK(open_with(right, data, apdu::AuthMode::check, 0x72, given).result);
  }
  SUBCASE("another mode is named") {
    data[11] = 0x07;
    const Opened opened = open_with(right, data);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::unsupported_mode);
    CHECK(opened.result.error().found == 7);
  }
}

// As documented: no meter's message proves it.
TEST_CASE("mode 7 is opened with keys made of a counter, and its MAC is checked") {
  const ByteVector key = *from_hex("000102030405060708090a0b0c0d0e0f");
  const std::string right = "ek=000102030405060708090a0b0c0d0e0f";
  const ByteVector counter{0x11, 0x22, 0x33, 0x44};
  const auto key_for = [&](std::uint8_t purpose) {
    ByteVector text{purpose, 0x11, 0x22, 0x33, 0x44, 0x78, 0x56, 0x34, 0x12};
    text.resize(16, 7);
    return apdu::cmac(key, text);
  };
  const ByteVector plain = *from_hex("2f2f0c13674523012f2f2f2f2f2f2f2f");
  ByteVector ciphered, inner{0x72};
  apdu::cbc_encrypt(key_for(0), ByteVector(16, 0), plain, ciphered);
  append(inner, long_header(42, 0x0710));
  inner.push_back(0x10);
  append(inner, ciphered);
  ByteVector told{0x25};
  append(told, counter);
  append(told, inner);
  const auto mac = apdu::cmac(key_for(1), told);
  ByteVector data{15, 0x00, 0x2c, 0x25};
  append(data, counter);
  append(data, Bytes(mac).first(8));
  append(data, inner);
  constexpr std::uint8_t kLayer = 0x90;
  SUBCASE("right") {
    const Opened opened = open_with(right, data, apdu::AuthMode::require, kLayer);
    REQUIRE(opened.result);
    CHECK(opened.plain == plain);
    CHECK(opened.security.auth == apdu::Auth::verified);
    CHECK(opened.security.service == "oms-mode-7");
    CHECK(wired::is_meter_message(0x08, kLayer));
  }
  SUBCASE("no wrong bit passes") {
    for (std::size_t bit = 8 * 3; bit < data.size() * 8; ++bit) {
      ByteVector wrong = data;
      wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      const Opened opened = open_with(right, wrong, apdu::AuthMode::check, kLayer);
      // In the config field it may say that nothing is ciphered.
      CHECK((!opened.result || opened.plain.empty()));
    }
  }
  SUBCASE("a wrong key") {
    const Opened opened =
        open_with("ek=100102030405060708090a0b0c0d0e0f", data, apdu::AuthMode::check, kLayer);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().fault == Fault::tag_failed);
  }
}

TEST_CASE("CMAC of RFC 4493") {
  const ByteVector key = *from_hex("2b7e151628aed2a6abf7158809cf4f3c");
  const ByteVector text =
      *from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411");
  CHECK(to_hex(apdu::cmac(key, {})) == "bb1d6929e95937287fa37d129b756746");
  CHECK(to_hex(apdu::cmac(key, Bytes(text).first(16))) == "070a16b46b4d4144f79bdd9dd04a287c");
  CHECK(to_hex(apdu::cmac(key, text)) == "dfa66747de9ae63030ca32611497c827");
}

}  // namespace meterpipe::test
