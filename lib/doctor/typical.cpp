#include "doctor/typical.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "base/crc16.hpp"

namespace meterpipe::doctor {
namespace {

// splitmix64
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next() >> 24); }

 private:
  std::uint64_t state_;
};

void put(ByteVector& out, std::initializer_list<int> bytes) {
  for (const int byte : bytes) out.push_back(static_cast<std::uint8_t>(byte));
}
// Byte by byte: gcc 12 has false alarms on ranges that go into small vectors (bug 105329).
void put(ByteVector& out, Bytes bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}
void put(ByteVector& out, std::string_view text) { put(out, as_bytes(text)); }

constexpr std::array<std::string_view, 8> kMakers{"KFM", "SAG", "LGZ", "ISK",
                                                  "KAM", "ELS", "SMS", "AUX"};

ByteVector ciphered(Chance& chance) {
  ByteVector apdu;
  put(apdu, {0xdb, 0x08});
  put(apdu, kMakers[chance.below(kMakers.size())]);
  put(apdu, {0x10, 0x20, 0x00, chance.byte(), chance.byte()});
  constexpr std::array<int, 6> kSizes{0x155, 0x1f8, 0xf8, 0x109, 0x9b, 0x181};
  const int size = kSizes[chance.below(kSizes.size())];
  if (size > 0xff) {
    put(apdu, {0x82, size >> 8, size});
  } else {
    put(apdu, {0x81, size});
  }
  constexpr std::array<int, 4> kControls{0x20, 0x21, 0x30, 0x30};
  put(apdu, {kControls[chance.below(kControls.size())], 0x00, 0x00, chance.byte(), chance.byte()});
  for (int i = 5; i < size; ++i) apdu.push_back(chance.byte());
  return apdu;
}

ByteVector plain(Chance& chance) {
  ByteVector apdu;
  put(apdu, {0x0f, chance.below(2) != 0 ? 0x40 : 0x00, 0, 0, 0});
  if (chance.below(2) != 0) {
    put(apdu, {0x0c, 0x07, 0xe6, chance.byte() % 12 + 1, chance.byte() % 28 + 1, 0xff});
    put(apdu, {chance.byte() % 24, chance.byte() % 60, chance.byte() % 60, 0xff, 0x80, 0x00, 0x00});
  } else {
    put(apdu, {0x00});
  }
  const int items = 10 + static_cast<int>(chance.below(15));
  put(apdu, {chance.below(2) != 0 ? 0x01 : 0x02, items});
  const bool has_units = chance.below(2) != 0;
  for (int i = 0; i < items; ++i) {
    put(apdu, {0x02, has_units ? 3 : 2, 0x09, 0x06, 1, 0});
    constexpr std::array<int, 10> kGroups{1, 2, 3, 4, 31, 51, 71, 32, 52, 72};
    const int group = kGroups[chance.below(kGroups.size())];
    put(apdu, {group, group < 9 && chance.below(2) != 0 ? 8 : 7, 0, 0xff});
    if (chance.below(3) != 0) {
      put(apdu, {0x06, 0, chance.byte() % 4, chance.byte(), chance.byte()});
    } else {
      put(apdu, {0x12, chance.byte() % 10, chance.byte()});
    }
    if (has_units) put(apdu, {0x02, 0x02, 0x0f, chance.below(2) != 0 ? 0 : 0xff, 0x16, 0x1b});
  }
  return apdu;
}

void add_mbus(ByteVector& out, Bytes apdu) {
  constexpr std::size_t kLongest = 0xfa - 5;
  int number = 0;
  while (!apdu.empty()) {
    const Bytes part = apdu.first(std::min(apdu.size(), kLongest));
    apdu = apdu.subspan(part.size());
    const int length = static_cast<int>(part.size()) + 5;
    const std::size_t start = out.size() + 4;
    put(out, {0x68, length, length, 0x68, 0x53, 0xff, number++ | (apdu.empty() ? 0x10 : 0), 1});
    put(out, {0x67});
    put(out, part);
    int sum = 0;
    for (const std::uint8_t byte : Bytes(out).subspan(start)) sum += byte;
    put(out, {sum, 0x16});
  }
}

constexpr std::array<std::string_view, 6> kAddresses{{{"\xce\xff\x03", 3},
                                                      {"\x41\x08\x83", 3},
                                                      {"\x01\x02\x01", 3},
                                                      {"\x2b\x21", 2},
                                                      {"\xcf\x02\x23", 3},
                                                      {"\xcf\x00\x02\x00\x23", 5}}};

void add_hdlc(ByteVector& out, Bytes apdu, Chance& chance) {
  const std::string_view address = kAddresses[chance.below(kAddresses.size())];
  const std::size_t length = 2 + address.size() + 1 + 2 + 3 + apdu.size() + 2;
  out.push_back(0x7e);
  const std::size_t start = out.size();
  put(out, {0xa0 | static_cast<int>(length >> 8), static_cast<int>(length & 0xff)});
  put(out, address);
  put(out, {chance.below(3) != 0 ? 0x13 : 0x10});
  const auto add_sum = [&] {
    const std::uint16_t sum = crc16_x25(Bytes(out).subspan(start));
    put(out, {sum & 0xff, sum >> 8});
  };
  add_sum();
  put(out, {0xe6, 0xe7, 0x00});
  put(out, Bytes(apdu));
  add_sum();
  out.push_back(0x7e);
}

ByteVector wrapped(const ByteVector& apdu) {
  ByteVector out;
  const int size = static_cast<int>(apdu.size());
  put(out, {0x00, 0x01, 0x00, 0x01, 0x00, 0x66, size >> 8, size & 0xff});
  put(out, Bytes(apdu));
  return out;
}

ByteVector telegram(Chance& chance) {
  std::string text = "/";
  text += kMakers[chance.below(kMakers.size())];
  text += "5KAIFA-METER\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(2603021";
  const auto digits = [&](int count) {
    while (count-- > 0) text += static_cast<char>('0' + chance.below(10));
  };
  digits(5);
  text += "W)\r\n0-0:96.1.1(4530303034303031";
  digits(8);
  text += ")\r\n";
  static constexpr std::array<std::string_view, 12> kLines{"1.8.1", "1.8.2", "2.8.1",  "2.8.2",
                                                           "1.7.0", "2.7.0", "3.8.0",  "4.8.0",
                                                           "4.7.0", "3.7.0", "32.7.0", "31.7.0"};
  for (const std::string_view line : kLines) {
    text += "1-0:";
    text += line;
    text += "(0";
    const bool is_energy = line[2] == '8';
    digits(is_energy ? 5 : 1);
    text += ".";
    digits(3);
    text += line[1] != '.' ? (line[0] == '3' && line[1] == '2' ? "*V)\r\n" : "*A)\r\n")
                           : (is_energy ? "*kWh)\r\n" : "*kW)\r\n");
  }
  text += "!";
  for (int i = 0; i < 4; ++i) text += "0123456789ABCDEF"[chance.below(16)];
  text += "\r\n";
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void put_sml_head(ByteVector& file, int body, Chance& chance) {
  put(file, {0x76, 0x05, chance.byte(), chance.byte(), chance.byte(), chance.byte()});
  put(file, {0x62, 0x00, 0x62, 0x00, 0x72, 0x63, body, 0x01});
}
void put_sml_end(ByteVector& file, Chance& chance) {
  put(file, {0x63, chance.byte(), chance.byte(), 0x00});
}

ByteVector sml_file(Chance& chance) {
  static constexpr std::array<std::string_view, 4> kSmlMakers{"EMH", "EBZ", "ISK", "ITR"};
  const std::string_view maker = kSmlMakers[chance.below(kSmlMakers.size())];
  ByteVector server;
  put(server, {0x0b, 0x0a, 0x01});
  put(server, maker);
  put(server, {0x00, 0x00, chance.byte() % 16, chance.byte(), chance.byte()});
  ByteVector file;
  put(file, {0x1b, 0x1b, 0x1b, 0x1b, 0x01, 0x01, 0x01, 0x01});
  put_sml_head(file, 0x01, chance);
  put(file, {0x76, 0x01, 0x01, 0x05, 0x00, chance.byte(), chance.byte(), chance.byte()});
  put(file, Bytes(server));
  put(file, {0x01, 0x01});
  put_sml_end(file, chance);
  put_sml_head(file, 0x07, chance);
  put(file, {0x77, 0x01});
  put(file, Bytes(server));
  put(file, {0x07, 0x01, 0x00, 0x62, 0x0a, 0xff, 0xff, 0x72, 0x62, 0x01});
  put(file, {0x65, 0x00, chance.byte(), chance.byte(), chance.byte()});
  const int values = 3 + static_cast<int>(chance.below(6));
  put(file, {0x72 + values, 0x77, 0x07, 0x81, 0x81, 0xc7, 0x82, 0x03, 0xff, 1, 1, 1, 1, 0x04});
  put(file, maker);
  put(file, {0x01, 0x77, 0x07, 0x01, 0x00, 0x00, 0x00, 0x09, 0xff, 1, 1, 1, 1});
  put(file, Bytes(server));
  put(file, {0x01});
  for (int i = 0; i < values; ++i) {
    const bool is_energy = i < 2;
    constexpr std::array<int, 5> kPower{16, 36, 56, 76, 32};
    put(file, {0x77, 0x07, 0x01, 0x00, is_energy ? i + 1 : kPower[chance.below(kPower.size())]});
    put(file, {is_energy ? 8 : 7, 0x00, 0xff});
    if (i == 0) {
      put(file, {0x65, 0x00, 0x00, 0x01, 0x82});
    } else {
      put(file, {0x01});
    }
    put(file, {0x01, 0x62, is_energy ? 0x1e : 0x1b, 0x52, is_energy ? 0xff : 0x00});
    if (is_energy && chance.below(2) != 0) {
      put(file, {0x59, 0x00, 0x00, 0x00, 0x00, chance.byte() % 16, chance.byte(), chance.byte()});
      put(file, {chance.byte()});
    } else {
      put(file, {0x55, 0x00, chance.byte() % 16, chance.byte(), chance.byte()});
    }
    put(file, {0x01});
  }
  put(file, {0x01, 0x01});
  put_sml_end(file, chance);
  put_sml_head(file, 0x02, chance);
  put(file, {0x71, 0x01});
  put_sml_end(file, chance);
  const int fill = static_cast<int>((4 - file.size() % 4) % 4);
  file.resize(file.size() + static_cast<std::size_t>(fill));
  put(file, {0x1b, 0x1b, 0x1b, 0x1b, 0x1a, fill, chance.byte(), chance.byte()});
  return file;
}

}  // namespace

ByteVector typical_message(Typical kind, std::uint32_t n) {
  Chance chance(n * std::uint64_t{8} + static_cast<std::uint64_t>(kind));
  ByteVector out;
  switch (kind) {
    case Typical::mbus: add_mbus(out, ciphered(chance)); break;
    case Typical::hdlc: add_hdlc(out, ciphered(chance), chance); break;
    case Typical::hdlc_plain: add_hdlc(out, plain(chance), chance); break;
    case Typical::bare:
      out = chance.below(2) != 0 ? ciphered(chance) : plain(chance);
      if (chance.below(2) != 0) out = wrapped(out);
      break;
    case Typical::text: out = telegram(chance); break;
    case Typical::sml: out = sml_file(chance); break;
  }
  return out;
}

std::vector<ByteVector> typical_starts(bool all) {
  std::vector<ByteVector> starts;
  const auto add_makers = [&](const ByteVector& before) {
    for (const std::string_view maker : kMakers) {
      starts.push_back(before);
      put(starts.back(), {0xdb, 0x08});
      put(starts.back(), maker);
    }
  };
  add_makers({});
  add_makers({0xe6, 0xe7, 0x00});
  add_makers({0x68, 0xfa, 0xfa, 0x68, 0x53, 0xff, 0x00, 0x01, 0x67});
  add_makers({0x68, 0x01, 0x01, 0x68, 0x53, 0xff, 0x00, 0x01, 0x67});
  add_makers({0x00, 0x01, 0x00, 0x01, 0x00, 0x66, 0x00});
  add_makers({0x00, 0x01, 0x00, 0x01, 0x00, 0x66, 0x01});
  for (const int tag : {0x0f, 0xc2, 0xe0}) {
    for (const int port : {0x66, 0x67, 0x10, 0x01}) {
      for (const int high : {0, 1, 2}) {
        starts.emplace_back();
        put(starts.back(), {0x00, 0x01, 0x00, 0x01, 0x00, port, high});
        if (high == 0) continue;
        put(starts.back(), {tag});
      }
    }
    starts.emplace_back();
    put(starts.back(), {0xe6, 0xe7, 0x00, tag, tag == 0x0f ? 0x40 : 0x00, 0x00, 0x00});
  }
  for (int length = 0; all && length < 256; ++length) {
    for (const int segment : {0x00, 0x10}) {
      starts.emplace_back();
      put(starts.back(), {0x68, length, length, 0x68, 0x53, 0xff, segment, 0x01, 0x67});
    }
  }
  return starts;
}

std::vector<ByteVector> typical_hdlc_starts() {
  std::vector<ByteVector> starts;
  for (const std::string_view address : kAddresses) {
    for (int length = 0x30; length < 0x1c0; ++length) {
      for (const int format : {0xa0, 0xa8}) {
        if (format == 0xa8 && (length < 0x60 || length > 0x100)) continue;
        ByteVector start;
        put(start, {0x7e, format | length >> 8, length & 0xff});
        put(start, address);
        put(start, {0x13});
        const std::uint16_t sum = crc16_x25(Bytes(start).subspan(1));
        put(start, {sum & 0xff, sum >> 8, 0xe6, 0xe7, 0x00});
        starts.push_back(std::move(start));
      }
    }
  }
  return starts;
}

}  // namespace meterpipe::doctor
