// Random records of wired M-Bus meters, written from what they mean: independent of the decoder.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "support/random.hpp"

namespace meterpipe::test {

// A record's bytes and what they say.
struct Written {
  ByteVector bytes;
  std::string value;  // as text; "null" for none
  std::string unit, type, quantity;
  std::uint64_t storage = 0;
  std::uint32_t tariff = 0, subunit = 0;
  int function = 0;
  std::vector<std::string> qualifiers;
};

class RecordWriter {
 public:
  explicit RecordWriter(Random& random) : random_(random) {}

  Written any() {
    Written out;
    switch (random_.below(11)) {
      case 0:
      case 1: return integer(out);
      case 2: return bcd(out);
      case 3: return real(out);
      case 4: return date(out);
      case 5: return date_time(out);
      case 6: return long_date_time(out);
      case 7: return time_of_day(out);
      case 8: return text(out);
      case 9: return none(out);
      default: return bits(out);
    }
  }

 private:
  struct Unit {
    ByteVector vib;
    std::string quantity, unit;
    int exponent;
  };

  Unit unit() {
    const auto n = static_cast<int>(random_.below(8)), nn = n & 3;
    const auto code = [](int base, int low) { return static_cast<std::uint8_t>(base | low); };
    switch (random_.below(12)) {
      case 0: return {{code(0x00, n)}, "energy", "Wh", n - 3};
      case 1: return {{code(0x08, n)}, "energy", "J", n};
      case 2: return {{code(0x10, n)}, "volume", "m3", n - 6};
      case 3: return {{code(0x28, n)}, "power", "W", n - 3};
      case 4: return {{code(0x38, n)}, "volume-flow", "m3/h", n - 6};
      case 5: return {{code(0x58, nn)}, "flow-temperature", "°C", nn - 3};
      case 6: return {{code(0x60, nn)}, "temperature-difference", "K", nn - 3};
      case 7: return {{code(0x68, nn)}, "pressure", "bar", nn - 3};
      case 8: return {{0xfd, code(0x40, n)}, "voltage", "V", n - 9};
      case 9: return {{0xfd, code(0x58, n)}, "current", "A", n - 4};
      case 10: return {{0xfb, code(0x2c, nn)}, "frequency", "Hz", nn - 3};
      default: return {{0xfb, code(0x14, nn)}, "reactive-power", "var", nn};
    }
  }

  // DIF with its DIFEs; `low` is the data field.
  void dib(Written& out, std::uint8_t low) {
    out.function = static_cast<int>(random_.below(4));
    const std::size_t extensions = random_.one_in(2) ? 0 : random_.below(4);
    if (extensions == 0) {
      out.storage = random_.below(2);
    } else {
      out.storage = random_.below(std::uint64_t{2} << (4 * extensions));
      out.tariff = static_cast<std::uint32_t>(random_.below(1U << (2 * extensions)));
      out.subunit = static_cast<std::uint32_t>(random_.below(1U << extensions));
    }
    std::uint64_t storage = out.storage;
    std::uint32_t tariff = out.tariff, subunit = out.subunit;
    out.bytes.push_back(static_cast<std::uint8_t>((extensions != 0 ? 0x80 : 0) |
                                                  (storage & 1) << 6 | out.function << 4 | low));
    storage /= 2;
    for (std::size_t i = 0; i < extensions; ++i) {
      out.bytes.push_back(static_cast<std::uint8_t>((i + 1 < extensions ? 0x80 : 0) |
                                                    (subunit % 2) << 6 | (tariff % 4) << 4 |
                                                    (storage % 16)));
      storage /= 16;
      tariff /= 4;
      subunit /= 2;
    }
  }

  // A VIB, perhaps with extensions that qualify the value or scale it; the exponent in all.
  int vib(Written& out) {
    Unit one = unit();
    out.quantity = one.quantity;
    out.unit = one.unit;
    struct Extension {
      std::uint8_t code;
      const char* name;
      int exponent;
    };
    static constexpr Extension kAll[]{{0x00, "", 0},           {0x3b, "forward", 0},
                                      {0x3c, "backward", 0},   {0x3a, "uncorrected", 0},
                                      {0x72, "", -4},          {0x77, "", 1},
                                      {0x7d, "", 3},           {0x22, "per-hour", 0},
                                      {0x12, "average", 0},    {0x7e, "future", 0},
                                      {0x40, "lower-limit", 0}};
    for (std::size_t left = random_.one_in(3) ? random_.between(1, 3) : 0; left > 0; --left) {
      const Extension& extension = kAll[random_.below(std::size(kAll))];
      one.vib.back() |= 0x80;
      one.vib.push_back(extension.code);
      if (*extension.name != 0) out.qualifiers.emplace_back(extension.name);
      one.exponent += extension.exponent;
    }
    append(out.bytes, one.vib);
    return one.exponent;
  }

  // digits * 10^exponent, by shifting the point.
  static std::string scaled(std::string digits, int exponent) {
    const bool negative = !digits.empty() && digits[0] == '-';
    if (negative) digits.erase(0, 1);
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (exponent > 0) {
      if (!digits.empty()) digits.append(static_cast<std::size_t>(exponent), '0');
    } else if (exponent < 0) {
      const auto places = static_cast<std::size_t>(-exponent);
      if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
      digits.insert(digits.size() - places, ".");
    }
    if (digits.empty()) digits = "0";
    const bool zero = digits.find_first_not_of("0.") == std::string::npos;
    return negative && !zero ? '-' + digits : digits;
  }

  void low_first(Written& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, value >>= 8) {
      out.bytes.push_back(static_cast<std::uint8_t>(value));
    }
  }

  Written integer(Written& out) {
    static constexpr std::size_t kSizes[]{1, 2, 3, 4, 6, 8};
    static constexpr std::uint8_t kFields[]{1, 2, 3, 4, 6, 7};
    const std::size_t which = random_.below(6), size = kSizes[which];
    dib(out, kFields[which]);
    const int exponent = vib(out);
    out.type = "B";
    const std::uint64_t bits = random_.bits() >> (random_.one_in(3) ? 0 : random_.below(64));
    const unsigned width = static_cast<unsigned>(8 * size);
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    std::uint64_t value = bits & mask;
    if (random_.one_in(20)) value = std::uint64_t{1} << (width - 1);
    low_first(out, value, size);
    if (value == std::uint64_t{1} << (width - 1)) {
      out.value = "null";
    } else if ((value >> (width - 1) & 1) != 0) {
      out.value = scaled('-' + std::to_string((~value + 1) & mask), exponent);
    } else {
      out.value = scaled(std::to_string(value), exponent);
    }
    return out;
  }

  Written bcd(Written& out) {
    static constexpr std::size_t kSizes[]{1, 2, 3, 4, 6};
    static constexpr std::uint8_t kFields[]{9, 0xa, 0xb, 0xc, 0xe};
    const std::size_t which = random_.below(5), size = kSizes[which];
    dib(out, kFields[which]);
    const int exponent = vib(out);
    out.type = "A";
    std::string digits;
    for (std::size_t i = 0; i < 2 * size; ++i) {
      digits += static_cast<char>('0' + random_.below(random_.one_in(2) ? 10 : 1));
    }
    std::string sent = digits, said = digits;
    if (random_.one_in(5)) {
      sent[0] = 'f';
      said[0] = '-';
    } else if (random_.one_in(10)) {
      sent[random_.below(2 * size - 1) + 1] = 'd';
      said = "null";
    }
    const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = size; i-- > 0;) {
      out.bytes.push_back(
          static_cast<std::uint8_t>(nibble(sent[2 * i]) << 4 | nibble(sent[2 * i + 1])));
    }
    out.value = said == "null" ? said : scaled(said, exponent);
    return out;
  }

  // Whole numbers and quarters, which every notation writes alike.
  Written real(Written& out) {
    dib(out, 5);
    const int exponent = vib(out);
    out.type = "H";
    const auto whole = static_cast<int>(random_.below(200'000)) - 100'000;
    float value = static_cast<float>(whole) + 0.5F;
    std::string said = fmt::format("{}5", whole);
    if (whole < 0) said = whole == -1 ? "-05" : fmt::format("{}5", whole + 1);
    if (whole == -1) said = "-5";
    out.value = scaled(said, exponent - 1);
    if (random_.one_in(10)) {
      value = random_.one_in(2) ? std::nanf("") : -INFINITY;
      out.value = "null";
    }
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    low_first(out, bits, 4);
    return out;
  }

  struct Day {
    int year, month, day;
  };
  Day day() {
    return {static_cast<int>(random_.below(81)), static_cast<int>(random_.between(1, 12)),
            static_cast<int>(random_.between(1, 28))};
  }
  void put_day(Written& out, const Day& day) {
    out.bytes.push_back(static_cast<std::uint8_t>(day.day | (day.year % 8) << 5));
    out.bytes.push_back(static_cast<std::uint8_t>(day.month | (day.year / 8) << 4));
  }

  Written date(Written& out) {
    dib(out, 2);
    out.bytes.push_back(0x6c);
    out.quantity = "date";
    out.type = "G";
    if (random_.one_in(10)) {
      low_first(out, random_.one_in(2) ? 0 : 0xffff, 2);
      out.value = "null";
      return out;
    }
    const Day when = day();
    put_day(out, when);
    out.value = fmt::format("20{:02}-{:02}-{:02}", when.year, when.month, when.day);
    return out;
  }

  Written date_time(Written& out) {
    dib(out, 4);
    out.bytes.push_back(0x6d);
    out.quantity = "date-time";
    out.type = "F";
    const Day when = day();
    const auto minute = static_cast<int>(random_.below(60)),
               hour = static_cast<int>(random_.below(24));
    const bool invalid = random_.one_in(8), summer = random_.one_in(2);
    out.bytes.push_back(static_cast<std::uint8_t>(minute | (invalid ? 0x80 : 0)));
    out.bytes.push_back(static_cast<std::uint8_t>(hour | (summer ? 0x80 : 0)));
    put_day(out, when);
    out.value = invalid ? "null"
                        : fmt::format("20{:02}-{:02}-{:02}T{:02}:{:02}", when.year, when.month,
                                      when.day, hour, minute);
    return out;
  }

  Written long_date_time(Written& out) {
    dib(out, 6);
    out.bytes.push_back(0x6d);
    out.quantity = "date-time";
    out.type = "I";
    const Day when = day();
    const auto second = static_cast<int>(random_.below(60)),
               minute = static_cast<int>(random_.below(60)),
               hour = static_cast<int>(random_.below(24));
    out.bytes.push_back(static_cast<std::uint8_t>(second | (random_.one_in(2) ? 0x40 : 0)));
    out.bytes.push_back(static_cast<std::uint8_t>(minute));
    out.bytes.push_back(static_cast<std::uint8_t>(hour | random_.below(8) << 5));
    put_day(out, when);
    out.bytes.push_back(static_cast<std::uint8_t>(random_.below(54)));
    out.value = fmt::format("20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}", when.year, when.month,
                            when.day, hour, minute, second);
    return out;
  }

  Written time_of_day(Written& out) {
    dib(out, 3);
    out.bytes.push_back(0x6d);
    out.quantity = "date-time";
    out.type = "J";
    const auto second = static_cast<int>(random_.below(60)),
               minute = static_cast<int>(random_.below(60)),
               hour = static_cast<int>(random_.below(24));
    for (const int part : {second, minute, hour}) {
      out.bytes.push_back(static_cast<std::uint8_t>(part));
    }
    out.value = fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
    return out;
  }

  // Variable length: text, BCD of either sign, binary; the unit in words, in both orders.
  Written text(Written& out) {
    dib(out, 0xd);
    out.quantity = "text";
    const std::string unit = random_.one_in(2) ? "cust. ID" : "x";
    out.unit = unit;
    const bool old = random_.one_in(2);
    out.bytes.push_back(old ? 0x7c : 0xfc);
    if (!old) {
      out.bytes.push_back(0x3b);
      out.qualifiers.emplace_back("forward");
    }
    out.bytes.push_back(static_cast<std::uint8_t>(unit.size()));
    out.bytes.insert(out.bytes.end(), unit.rbegin(), unit.rend());
    if (random_.one_in(3)) {
      const std::size_t size = random_.below(10);
      const bool negative = random_.one_in(2);
      out.type = "bcd";
      out.bytes.push_back(static_cast<std::uint8_t>((negative ? 0xd0 : 0xc0) | size));
      std::string digits;
      ByteVector sent(size);
      for (std::size_t i = 0; i < size; ++i) {
        const auto two = static_cast<int>(random_.below(100));
        sent[size - 1 - i] = static_cast<std::uint8_t>(two / 10 << 4 | two % 10);
        digits += fmt::format("{:02}", two);
      }
      append(out.bytes, sent);
      out.value = size == 0 ? "null" : scaled((negative ? "-" : "") + digits, 0);
      return out;
    }
    const bool binary = random_.one_in(2);
    const std::size_t size = random_.below(16);
    out.type = binary ? "binary" : "text";
    out.bytes.push_back(static_cast<std::uint8_t>(binary ? 0xe0 | size : size));
    std::string said;
    ByteVector sent;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint8_t c =
          binary ? random_.byte() : static_cast<std::uint8_t>(random_.between(0x20, 0x7e));
      sent.insert(sent.begin(), c);
      said += binary ? fmt::format("{:02x}", c) : std::string(1, static_cast<char>(c));
    }
    append(out.bytes, sent);
    out.value = binary && size == 0 ? "null" : said;
    return out;
  }

  Written none(Written& out) {
    if (random_.one_in(2)) {
      dib(out, 0);
      vib(out);
    } else {  // the meter says that there is none
      dib(out, 2);
      out.bytes.push_back(0x93);
      out.bytes.push_back(0x15);
      out.quantity = "volume";
      out.unit = "m3";
      out.type = "B";
      out.qualifiers.emplace_back("no-data");
      low_first(out, random_.below(100), 2);
    }
    out.value = "null";
    return out;
  }

  Written bits(Written& out) {
    dib(out, 4);
    const bool flags = random_.one_in(2);
    out.bytes.push_back(0xfd);
    out.bytes.push_back(flags ? 0x17 : 0x61);
    out.quantity = flags ? "error-flags" : "cumulation-counter";
    out.type = flags ? "D" : "C";
    const std::uint64_t value = random_.bits() >> 32;
    low_first(out, value, 4);
    out.value = !flags && value == 0xffffffff ? "null" : std::to_string(value);
    return out;
  }

  Random& random_;
};

// A long frame: 68 L L 68 C A CI data CS 16.
inline ByteVector long_frame(std::uint8_t c, std::uint8_t a, std::uint8_t ci, Bytes data) {
  const auto length = static_cast<std::uint8_t>(3 + data.size());
  ByteVector frame{0x68, length, length, 0x68, c, a, ci};
  append(frame, data);
  std::uint8_t sum = 0;
  for (std::size_t i = 4; i < frame.size(); ++i) sum = static_cast<std::uint8_t>(sum + frame[i]);
  frame.push_back(sum);
  frame.push_back(0x16);
  return frame;
}

// A long header: id 12345678, KAM, version 27, heat.
inline ByteVector long_header(std::uint8_t access, std::uint16_t config = 0) {
  return {0x78,
          0x56,
          0x34,
          0x12,
          0x2d,
          0x2c,
          27,
          4,
          access,
          0,
          static_cast<std::uint8_t>(config),
          static_cast<std::uint8_t>(config >> 8)};
}

}  // namespace meterpipe::test
