#include "sim/wired.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "apdu/cbc.hpp"
#include "base/hex.hpp"
#include "sim/mbus.hpp"
#include "sim/sml.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::string_view kMoreFollows = "1f";
constexpr std::uint8_t kFiller = 0x2f;

void add_number_low_first(ByteVector& out, std::uint64_t value, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void add_digits_low_first(ByteVector& out, std::uint64_t value, std::size_t n) {
  for (; n > 0; --n, value /= 100) {
    out.push_back(static_cast<std::uint8_t>(value / 10 % 10 << 4 | value % 10));
  }
}

std::uint64_t whole_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// Week of the year: the first one has its first Thursday (ISO 8601).
unsigned week_of(const LocalTime& t) {
  using namespace std::chrono;
  const sys_days thursday =
      sys_days{year(t.year) / month(t.month) / day(t.day)} + days(4 - static_cast<int>(t.weekday));
  const sys_days new_year{year_month_day(thursday).year() / January / 1};
  return static_cast<unsigned>((thursday - new_year).count() / 7 + 1);
}

// Types G (2 bytes), F (4) and I (6).
void add_date(ByteVector& out, unsigned year, unsigned month, unsigned day) {
  out.push_back(static_cast<std::uint8_t>(day | (year & 7) << 5));
  out.push_back(static_cast<std::uint8_t>(month | (year >> 3) << 4));
}

ByteVector time_data(const Item& item, std::size_t size, const LocalTime& t) {
  ByteVector out;
  const auto year = static_cast<unsigned>(t.year % 100);
  if (size == 2) {
    add_date(out, year, t.month, item.quantity == Quantity::month_begin ? 1 : t.day);
    return out;
  }
  if (size == 4) {
    constexpr unsigned kCentury20 = 0x20, kSummer = 0x80;
    out.push_back(static_cast<std::uint8_t>(t.minute));
    out.push_back(static_cast<std::uint8_t>(t.hour | kCentury20 | (t.dst ? kSummer : 0)));
    add_date(out, year, t.month, t.day);
    return out;
  }
  constexpr unsigned kSummer = 0x40;
  out.push_back(static_cast<std::uint8_t>(t.second | (t.dst ? kSummer : 0)));
  out.push_back(static_cast<std::uint8_t>(t.minute));
  out.push_back(static_cast<std::uint8_t>(t.hour | t.weekday << 5));
  add_date(out, year, t.month, t.day);
  out.push_back(static_cast<std::uint8_t>(week_of(t)));
  return out;
}

std::string_view medium_of(std::uint8_t medium) {
  switch (medium) {
    case 0x02: return "electricity";
    case 0x03: return "gas";
    case 0x04: return "heat";
    case 0x07: return "water";
    default: return "bus-system";
  }
}

unsigned telegrams_of(const Meter& meter) {
  return 1 + static_cast<unsigned>(std::ranges::count(meter.items, kMoreFollows, &Item::record));
}

void add_header(ByteVector& out, const SystemTitle& address, std::uint8_t access,
                std::uint16_t config) {
  out.insert(out.end(), address.begin() + 2, address.begin() + 6);
  out.insert(out.end(), {address[0], address[1], address[6], address[7], access, 0x00});
  add_number_low_first(out, config, 2);
}

// The records of one telegram in mode 5, with their header.
void add_ciphered(ByteVector& out, const SystemTitle& address, std::uint8_t access, Bytes records,
                  Bytes key) {
  ByteVector plain(2, kFiller);
  plain.reserve(records.size() + 2 * apdu::kBlockSize);
  append(plain, records);
  plain.resize(plain.size() + 2, kFiller);
  while (plain.size() % apdu::kBlockSize != 0) plain.push_back(kFiller);
  const std::size_t blocks = plain.size() / apdu::kBlockSize;
  add_header(out, address, access, static_cast<std::uint16_t>(0x0500U | blocks << 4));
  ByteVector iv(2 * address.size(), access), ciphered;
  std::ranges::copy(address, iv.begin());
  apdu::cbc_encrypt(key, iv, plain, ciphered);
  append(out, ciphered);
}

void make_answers(Message& message, Bytes key) {
  constexpr std::uint8_t kAnswer = 0x08, kSend = 0x53, kFcb = 0x20, kLongHeader = 0x72,
                         kCommand = 0x5b, kCustomer = 0xf0;
  const Meter& meter = *message.meter;
  std::uint8_t access = first_access(message);
  const std::uint8_t address =
      meter.serial.empty() ? 1 : static_cast<std::uint8_t>(1 + (meter.title[2] & 0x0f));
  ByteVector records;
  message.frames.clear();
  message.apdu.clear();
  const auto finish = [&] {
    ByteVector data;
    if (meter.oms) {
      add_ciphered(data, meter.title, access, records, key);
      const std::uint8_t c = kSend | (message.counter % 2 != 0 ? kFcb : 0);
      add_long_frame(message.frames.emplace_back(), c, kCustomer, kCommand, data);
    } else {
      add_header(data, meter.title, access, 0);
      append(data, records);
      add_long_frame(message.frames.emplace_back(), kAnswer, address, kLongHeader, data);
    }
    append(message.plain, records);
    append(message.apdu, data);
    records.clear();
    ++access;
  };
  for (const Item& item : meter.items) {
    append(records, *from_hex(item.record));
    if (item.record == kMoreFollows) {
      finish();
    } else {
      append(records, record_data(meter, item, message.values));
    }
  }
  finish();
}

}  // namespace

std::uint8_t first_access(const Message& message) {
  return static_cast<std::uint8_t>(message.counter * telegrams_of(*message.meter));
}

ByteVector record_data(const Meter& meter, const Item& item, const Values& values) {
  ByteVector out;
  const auto head = from_hex(item.record.substr(0, 2));
  const std::uint8_t form = head->front() & 0x0f;
  const std::size_t size = form == 6 ? 6 : form == 7 ? 8 : form == 0x0e ? 6 : form & 0x07;
  switch (item.quantity) {
    case Quantity::clock:
    case Quantity::month_begin: return time_data(item, size, values.time);
    case Quantity::serial: add_digits_low_first(out, whole_of(meter.serial), size); return out;
    default: break;
  }
  const std::uint64_t number = number_of(item, values.snapshot);
  if (form >= 9) {
    add_digits_low_first(out, number, size);
  } else {
    add_number_low_first(out, number, size);
  }
  return out;
}

std::string record_time(const Item& item, const LocalTime& t) {
  if (item.quantity == Quantity::month_begin) return fmt::format("{:04}-{:02}-01", t.year, t.month);
  constexpr std::size_t kToMinutes = 16, kToSeconds = 19;
  return to_iso(t).substr(0, item.record.starts_with("06") ? kToSeconds : kToMinutes);
}

SystemTitle numbered_address(SystemTitle address, std::string_view number) {
  ByteVector id;
  add_digits_low_first(id, whole_of(number), 4);
  std::ranges::copy(id, address.begin() + 2);
  return address;
}

std::string wired_id(const Meter& meter, std::uint8_t access) {
  const SystemTitle& a = meter.title;
  const unsigned letters = a[0] | a[1] << 8;
  std::string text;
  for (const int shift : {10, 5, 0}) {
    text.push_back(static_cast<char>('a' - 1 + (letters >> shift & 0x1f)));
  }
  return fmt::format("{}-{}-{}-{}:{}", text, meter.serial, a[6], medium_of(a[7]), access);
}

void make_wired(Message& message, Bytes key) {
  const Meter& meter = *message.meter;
  if (meter.layout == Layout::records) return make_answers(message, key);
  if (meter.layout == Layout::sml) {
    add_sml_file(message.plain, meter, message);
  } else {
    append(message.plain, as_bytes(telegram_of(meter, message.values)));
  }
  message.apdu = message.plain;
  message.frames.assign(1, message.plain);
}

}  // namespace meterpipe::sim
