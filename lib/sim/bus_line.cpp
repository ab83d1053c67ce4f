#include "sim/bus_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/pieces.hpp"
#include "base/whole_number.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint64_t kNoisePurpose = 0x627573;  // of Chance
constexpr std::int64_t kBits = 11;                 // of a byte, 8E1
constexpr std::int64_t kGivenUpUs = 500'000;       // what is unfinished then is forgotten
constexpr unsigned kMostSlaves = 250;

struct FaultName {
  std::string_view name;
  SlaveFault fault;
};
constexpr std::array kFaultNames{
    FaultName{"late", SlaveFault::late}, FaultName{"deaf", SlaveFault::deaf},
    FaultName{"collision", SlaveFault::twin}, FaultName{"wrong-fcb", SlaveFault::stuck}};

constexpr std::uint16_t letters(char a, char b, char c) {
  return static_cast<std::uint16_t>((a - '@') << 10 | (b - '@') << 5 | (c - '@'));
}
// Makes that are met: heat, water, gas, electricity.
struct Make {
  std::uint16_t manufacturer;
  std::uint8_t version, medium;
};
constexpr std::array<Make, 4> kMakes{{{letters('K', 'A', 'M'), 0x1b, 0x04},
                                      {letters('Z', 'R', 'I'), 0x10, 0x07},
                                      {letters('E', 'L', 'S'), 0x52, 0x03},
                                      {letters('A', 'B', 'B'), 0x20, 0x02}}};

SlaveSettings slave_at(std::uint8_t primary, std::uint32_t offset) {
  SlaveSettings slave;
  slave.primary = primary;
  // 60000042, 60010043, …: many digits are the same, as in a house that was equipped in one go.
  std::uint32_t id = 60'000'042 + (primary + offset) * 10'001U;
  for (std::uint8_t& byte : slave.id) {
    byte = static_cast<std::uint8_t>(id / 10 % 10 << 4 | id % 10);
    id /= 100;
  }
  const Make& make = kMakes[primary % kMakes.size()];
  slave.manufacturer = make.manufacturer;
  slave.version = make.version;
  slave.medium = make.medium;
  slave.telegrams = primary % 3 == 0 ? 3 : 1;
  return slave;
}

}  // namespace

tl::expected<BusSettings, std::string> parse_bus(std::string_view text, std::uint64_t seed) {
  BusSettings bus;
  bus.seed = seed;
  const auto wrong = [](std::string_view part, std::string_view why) {
    return tl::unexpected(fmt::format("'{}': {}", part, why));
  };
  if (const auto number = whole_number<unsigned>(text)) {
    if (*number == 0 || *number > kMostSlaves) return wrong(text, "1 to 250 meters");
    for (unsigned i = 1; i <= *number; ++i) {
      bus.slaves.push_back(slave_at(static_cast<std::uint8_t>(i), 0));
    }
    return bus;
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = take_piece(rest, ',');
    if (part == "echo" || part == "noise") {
      (part == "echo" ? bus.echo : bus.noise) = true;
      continue;
    }
    std::string_view fault = part;
    std::string_view rate = take_piece(fault, '/');
    const auto address = whole_number<unsigned>(take_piece(rate, '@'));
    if (!address || *address > kMostSlaves) {
      return wrong(part, "no address from 0 to 250, nor echo or noise");
    }
    SlaveSettings slave = slave_at(static_cast<std::uint8_t>(*address), 0);
    if (!rate.empty()) {
      const auto baud = whole_number<std::uint32_t>(rate);
      if (!baud || *baud < 300 || *baud > 38400) return wrong(part, "no baud rate of an M-Bus");
      slave.baud = *baud;
    }
    if (!fault.empty()) {
      const auto* name = std::ranges::find(kFaultNames, fault, &FaultName::name);
      if (name == kFaultNames.end()) {
        return wrong(part, "the faults are late, deaf, collision and wrong-fcb");
      }
      slave.fault = name->fault;
    }
    bus.slaves.push_back(slave);
    if (slave.fault == SlaveFault::twin) {
      // Another number, of the same make.
      bus.slaves.push_back(slave_at(slave.primary, 1000));
      bus.slaves.back().baud = slave.baud;
    }
  }
  if (bus.slaves.empty()) return wrong(text, "no meter on it");
  return bus;
}

BusLine::BusLine(const BusSettings& settings) : settings_(settings) {
  for (const SlaveSettings& slave : settings.slaves) slaves_.emplace_back(slave);
}

void BusLine::hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) {
  if (now_us - heard_us_ > kGivenUpUs) heard_.clear();
  heard_us_ = now_us;
  append(heard_, bytes);
  for (;;) {
    const auto start = std::ranges::find_if(heard_, [](auto b) { return b == 0x10 || b == 0x68; });
    heard_.erase(heard_.begin(), start);
    if (heard_.size() < 5) return;
    const bool is_long = heard_[0] == 0x68;
    const std::size_t size = is_long ? heard_[1] + 6U : 5U;
    if (is_long && (heard_[1] != heard_[2] || heard_[3] != 0x68 || heard_[1] < 3)) {
      heard_.erase(heard_.begin());
      continue;
    }
    if (heard_.size() < size) return;
    std::uint8_t sum = 0;
    for (std::size_t i = is_long ? 4 : 1; i + 2 < size; ++i) {
      sum = static_cast<std::uint8_t>(sum + heard_[i]);
    }
    if (heard_[size - 1] != 0x16 || heard_[size - 2] != sum) {
      heard_.erase(heard_.begin());
      continue;
    }
    const ByteVector frame(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(size));
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(size));
    answer(frame, now_us, baud);
  }
}

void BusLine::answer(Bytes frame, std::int64_t now_us, std::uint32_t baud) {
  ++requests_;
  if (settings_.echo) {  // while it is sent
    const auto size = static_cast<std::int64_t>(frame.size());
    put(frame, now_us - size * kBits * 1'000'000 / baud, baud);
  }
  if (settings_.noise) {
    // In one of four requests: before the answer, or into it.
    Chance chance(settings_.seed, kNoisePurpose, requests_);
    if (chance.below(4) == 0) {
      const auto after_us = static_cast<std::int64_t>(10'000 + chance.below(150'000));
      put(chance.bytes(1 + chance.below(3)), now_us + after_us, baud);
    }
  }
  for (BusSlave& slave : slaves_) {
    if (slave.settings().baud != baud) continue;
    const auto said = slave.hear(frame);
    if (!said) continue;
    ++answers_;
    put(*said, now_us + slave.delay_us(), baud);
  }
}

void BusLine::put(Bytes bytes, std::int64_t from_us, std::uint32_t baud) {
  const std::int64_t byte_us = kBits * 1'000'000 / baud;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::int64_t at_us = from_us + static_cast<std::int64_t>(i + 1) * byte_us;
    const auto near = std::ranges::find_if(bytes_, [&](const Byte& other) {
      return other.at_us > at_us - byte_us && other.at_us < at_us + byte_us;
    });
    if (near == bytes_.end()) {
      const auto behind =
          std::ranges::find_if(bytes_, [at_us](const Byte& other) { return other.at_us > at_us; });
      bytes_.insert(behind, {at_us, bytes[i]});
    } else {
      near->value &= bytes[i];
    }
  }
}

std::optional<std::int64_t> BusLine::due_us() const {
  return bytes_.empty() ? std::nullopt : std::optional(bytes_.front().at_us);
}

ByteVector BusLine::take(std::int64_t now_us, std::uint32_t /*baud*/) {
  ByteVector there;
  for (; !bytes_.empty() && bytes_.front().at_us <= now_us; bytes_.pop_front()) {
    there.push_back(bytes_.front().value);
  }
  return there;
}

}  // namespace meterpipe::sim
