#include "sim/sml.hpp"

#include <charconv>

#include "base/hex.hpp"
#include "sim/axdr.hpp"
#include "sim/hdlc.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint8_t kAbsent = 0x01, kInteger = 5, kUnsigned = 6;

void add_crc(ByteVector& out, std::uint16_t crc) {
  out.push_back(static_cast<std::uint8_t>(crc));
  out.push_back(static_cast<std::uint8_t>(crc >> 8));
}

void add_item(ByteVector& out, const Meter& meter, const Item& item, const Values& values) {
  out.push_back(0x77);
  add_sml_octets(out, item.obis);
  out.insert(out.end(), {kAbsent, kAbsent});  // neither status nor time
  if (!is_number(item)) {
    out.insert(out.end(), {kAbsent, kAbsent});
    if (item.quantity == Quantity::serial) {
      add_sml_octets(out, sml_server(meter.serial));
    } else {
      add_sml_octets(out, as_bytes(text_of(meter, item, values)));
    }
  } else {
    const std::uint64_t number = number_of(item, values.snapshot);
    const bool is_signed = is_signed_in_sml(item);
    add_sml_number(out, kUnsigned, item.unit, 1);
    add_sml_number(out, kInteger, static_cast<std::uint8_t>(item.scaler), 1);
    add_sml_number(out, is_signed ? kInteger : kUnsigned, number, sml_bytes(number, is_signed));
  }
  out.push_back(kAbsent);  // signature
}

}  // namespace

void add_sml_octets(ByteVector& out, Bytes bytes) {
  constexpr std::size_t kOneByte = 15;
  const std::size_t size = bytes.size() + 1;
  if (size > kOneByte) {
    out.push_back(static_cast<std::uint8_t>(0x80 | (size + 1) >> 4));
    out.push_back(static_cast<std::uint8_t>((size + 1) & 0x0f));
  } else {
    out.push_back(static_cast<std::uint8_t>(size));
  }
  append(out, bytes);
}

void add_sml_number(ByteVector& out, std::uint8_t type, std::uint64_t value, std::size_t n) {
  out.push_back(static_cast<std::uint8_t>(type << 4 | (n + 1)));
  add_unsigned(out, value, n);
}

void add_sml_message(ByteVector& out, Bytes transaction, std::uint16_t tag, Bytes body) {
  const std::size_t from = out.size();
  out.push_back(0x76);
  add_sml_octets(out, transaction);
  add_sml_number(out, kUnsigned, 0, 1);
  add_sml_number(out, kUnsigned, 0, 1);
  out.push_back(0x72);
  add_sml_number(out, kUnsigned, tag, 2);
  append(out, body);
  const std::uint16_t crc = crc_x25(Bytes(out).subspan(from));
  out.push_back(0x63);
  add_crc(out, crc);
  out.push_back(0x00);
}

void begin_sml_file(ByteVector& out) {
  out.assign(4, 0x1b);
  out.resize(8, 0x01);
}

void end_sml_file(ByteVector& out) {
  const std::size_t fill = (4 - out.size() % 4) % 4;
  out.insert(out.end(), fill, 0x00);
  out.insert(out.end(), {0x1b, 0x1b, 0x1b, 0x1b, 0x1a, static_cast<std::uint8_t>(fill)});
  add_crc(out, crc_x25(out));
}

bool is_signed_in_sml(const Item& item) { return item.quantity == Quantity::net_power; }

std::size_t sml_bytes(std::uint64_t value, bool is_signed) {
  std::size_t n = 1;
  if (is_signed) {
    const auto number = static_cast<std::int64_t>(value);
    for (; n < 8; ++n) {
      const std::int64_t most = (std::int64_t{1} << (8 * n - 1)) - 1;
      if (number <= most && number >= -most - 1) break;
    }
    return n;
  }
  while (n < 8 && value >> (8 * n) != 0) ++n;
  return n;
}

ByteVector sml_server(std::string_view serial) {
  ByteVector server;
  server.reserve(16);
  server.push_back(0x0a);
  server.push_back(static_cast<std::uint8_t>(serial[0] - '0'));
  append(server, as_bytes(serial.substr(1, 3)));
  append(server, *from_hex(serial.substr(4, 2)));
  std::uint64_t number = 0;
  std::from_chars(serial.data() + 6, serial.data() + serial.size(), number);
  add_unsigned(server, number, 4);
  return server;
}

void add_sml_file(ByteVector& out, const Meter& meter, const Message& message) {
  const ByteVector server = sml_server(meter.serial);
  ByteVector transaction{0x00, 0x00, 0x00, 0x00}, body{0x76, kAbsent, kAbsent};
  put_integer(transaction, std::uint64_t{message.counter} * 3);
  ByteVector file;
  begin_sml_file(file);
  add_sml_octets(body, transaction);
  add_sml_octets(body, server);
  body.insert(body.end(), {kAbsent, kAbsent});
  add_sml_message(file, transaction, 0x0101, body);
  ++transaction[3];
  body = {0x77, kAbsent};
  add_sml_octets(body, server);
  constexpr std::array<std::uint8_t, 6> kList{0x01, 0x00, 0x62, 0x0a, 0xff, 0xff};
  add_sml_octets(body, kList);
  body.push_back(0x72);  // seconds since the meter was started
  add_sml_number(body, kUnsigned, 1, 1);
  add_sml_number(body, kUnsigned, static_cast<std::uint64_t>(message.utc - 1'577'836'800), 4);
  if (meter.items.size() > 15) {
    body.insert(body.end(), {static_cast<std::uint8_t>(0xf0 | meter.items.size() >> 4),
                             static_cast<std::uint8_t>(meter.items.size() & 0x0f)});
  } else {
    body.push_back(static_cast<std::uint8_t>(0x70 | meter.items.size()));
  }
  for (const Item& item : meter.items) add_item(body, meter, item, message.values);
  body.insert(body.end(), {kAbsent, kAbsent});
  add_sml_message(file, transaction, 0x0701, body);
  ++transaction[3];
  add_sml_message(file, transaction, 0x0201, ByteVector{0x71, kAbsent});
  end_sml_file(file);
  append(out, file);
}

}  // namespace meterpipe::sim
