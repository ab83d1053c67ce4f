#include "sim/fault_line.hpp"

#include <algorithm>
#include <bit>

#include "serial/uart.hpp"
#include "sim/chance.hpp"

namespace meterpipe::sim {
namespace {

using doctor::Cause;
// Fewer damaged bytes than this and a message has a wrong checksum, and no noisy line.
constexpr std::uint64_t kFewBytes = 2;
constexpr std::uint64_t kMostBetween = 8;  // noise in front of a frame

std::uint32_t other_rate(std::uint32_t baud) { return baud == 9600 ? 2400 : 9600; }

}  // namespace

FaultyLine::FaultyLine(const Faults& faults, const serial::LineSettings& sender, std::uint64_t seed)
    : faults_(faults), sender_(sender), reader_(sender), seed_(seed) {
  if (const auto* rate = faults_.find(FaultKind::wrong_baud); rate != nullptr) {
    reader_.baud =
        rate->value == 0 ? other_rate(sender.baud) : static_cast<std::uint32_t>(rate->value);
  }
}

void FaultyLine::send(const Message& message, bool checked, FaultNote& note,
                      std::vector<Burst>& bursts) {
  bursts_.clear();
  const bool touched = message.touched;
  const auto find = [&](FaultKind kind) { return touched ? faults_.find(kind) : nullptr; };
  for (const ByteVector& frame : message.frames) bursts_.emplace_back().bytes = frame;
  // Of several faults only that is told which is left in the bytes.
  const bool silent = find(FaultKind::silence) != nullptr;
  const bool one_level =
      silent || find(FaultKind::zeros) != nullptr || find(FaultKind::ones) != nullptr;
  FaultNote lost;
  if (find(FaultKind::noise) != nullptr) add_noise(message, checked, one_level ? lost : note);
  if (const auto* parity = find(FaultKind::parity); parity != nullptr) {
    set_parity(static_cast<ParityFault>(parity->value), one_level ? lost : note);
  }
  for (const FaultKind kind : {FaultKind::zeros, FaultKind::ones}) {
    if (find(kind) == nullptr) continue;
    const std::uint8_t level = kind == FaultKind::zeros ? 0x00 : 0xff;
    for (Burst& burst : bursts_) {
      std::ranges::fill(burst.bytes, level);
      burst.marked.clear();
    }
    const bool is_left = !silent && (kind == FaultKind::ones || find(FaultKind::ones) == nullptr);
    (is_left ? note : lost).add(kind);
  }
  if (silent) {
    bursts_.clear();
    note.add(FaultKind::silence);
  }
  std::int64_t at = 0;
  for (Burst& burst : bursts_) {
    burst.begin = at;
    burst.lasts = burst.bytes.empty() ? 0 : sender_.micros(burst.bytes.size() - 1);
    at += sender_.micros(burst.bytes.size());
  }
  if (find(FaultKind::wrong_baud) != nullptr || find(FaultKind::inverted) != nullptr) sample(note);
  bursts.swap(bursts_);
}

void FaultyLine::add_noise(const Message& message, bool checked, FaultNote& note) {
  Chance chance(seed_, 400 + static_cast<std::uint64_t>(FaultKind::noise), message.number);
  const auto share = static_cast<std::uint64_t>(faults_.find(FaultKind::noise)->value);
  std::uint64_t damaged = 0;
  for (Burst& burst : bursts_) {
    for (std::uint8_t& byte : burst.bytes) {
      if (!chance.happens(share)) continue;
      const std::uint8_t other = chance.byte();
      damaged += other != byte ? 1 : 0;
      byte = other;
    }
    const ByteVector between = chance.bytes(1 + chance.below(kMostBetween));
    burst.bytes.insert(burst.bytes.begin(), between.begin(), between.end());
  }
  // Without a check it depends on where they are what can be told.
  const std::optional<Cause> of_few = checked ? std::optional(Cause::checksum) : std::nullopt;
  note.add(FaultKind::noise, damaged == 0           ? Cause::none
                             : damaged <= kFewBytes ? of_few
                                                    : std::optional(Cause::noise));
  note.damaged(damaged);
}

void FaultyLine::set_parity(ParityFault how, FaultNote& note) {
  std::uint64_t damaged = 0;
  const auto is_odd = [](std::uint8_t byte) { return (std::popcount(byte) & 1) != 0; };
  for (Burst& burst : bursts_) {
    ByteVector& bytes = burst.bytes;
    const ByteVector before = bytes;
    switch (how) {
      case ParityFault::zeroed:
        for (std::uint8_t& byte : bytes) byte = is_odd(byte) ? byte : 0;
        break;
      case ParityFault::dropped:
        std::erase_if(bytes, [&](std::uint8_t byte) { return !is_odd(byte); });
        damaged += before.size() - bytes.size();
        continue;
      case ParityFault::seven:
        for (std::uint8_t& byte : bytes) {
          const auto low = static_cast<std::uint8_t>(byte & 0x7f);
          byte = static_cast<std::uint8_t>(low | (is_odd(low) ? 0x80 : 0));
        }
        break;
      case ParityFault::marked:
        for (std::uint32_t i = 0; i < bytes.size(); ++i) burst.marked.push_back(i);
        continue;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) damaged += bytes[i] != before[i] ? 1 : 0;
  }
  note.add(FaultKind::parity);
  if (how != ParityFault::marked) note.damaged(damaged);
}

// All frames as one signal: another UART sees no frames in it.
void FaultyLine::sample(FaultNote& note) {
  const bool inverted = faults_.find(FaultKind::inverted) != nullptr;
  ByteVector sent;
  for (const Burst& burst : bursts_) append(sent, burst.bytes);
  bursts_.clear();
  if (sent.empty()) return;
  for (const FaultKind kind : {FaultKind::wrong_baud, FaultKind::inverted}) {
    if (faults_.find(kind) != nullptr) note.add(kind);
  }
  const serial::Sampled got = serial::received(
      sent, sender_, {reader_, inverted ? serial::Polarity::inverted : serial::Polarity::normal});
  if (got.bytes.empty()) return;
  // A character begins so much before it is complete: its stop bit is sampled in the middle.
  const std::int64_t character =
      (2 * reader_.bits_per_character() - 1) * std::int64_t{500'000} / reader_.baud;
  const std::int64_t lead = 10'000'000 / std::min(sender_.baud, reader_.baud);
  Burst& burst = bursts_.emplace_back();
  burst.bytes = got.bytes;
  for (const std::size_t at : got.marked) burst.marked.push_back(static_cast<std::uint32_t>(at));
  burst.begin = std::max<std::int64_t>(0, got.ends.front() / 1000 - character - lead);
  burst.lasts = (got.ends.back() - got.ends.front()) / 1000;
  for (const serial::Nanos end : got.ends) burst.times.push_back((end - got.ends.front()) / 1000);
}

}  // namespace meterpipe::sim
