#include "sim/readout_line.hpp"

#include <algorithm>

namespace meterpipe::sim {
namespace {

constexpr std::int64_t kBitsOfByte = 10;  // 7E1
constexpr std::int64_t kUsualUs = 200'000, kSlowUs = 1'400'000, kGiveUpUs = 1'500'000;

}  // namespace

void ReadOutLine::say(Bytes bytes, std::int64_t from_us, std::uint32_t baud) {
  baud_ = baud;
  sending_.put(bytes, from_us + (faults_.is_slow ? kSlowUs : kUsualUs),
               kBitsOfByte * 1'000'000 / baud);
}

void ReadOutLine::hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) {
  if (now_us - heard_us_ > kGiveUpUs) heard_.clear();
  heard_us_ = now_us;
  if (faults_.echo) {
    echo_.put(bytes,
              now_us - static_cast<std::int64_t>(bytes.size()) * kBitsOfByte * 1'000'000 / baud,
              kBitsOfByte * 1'000'000 / baud);
  }
  if (baud != kFirstBaud) return;
  heard_ += as_text(bytes);
  for (std::size_t end = 0; (end = heard_.find("\r\n")) != std::string::npos;) {
    const std::string line = heard_.substr(0, end);
    heard_.erase(0, end + 2);
    hear_line(line, now_us);
  }
}

void ReadOutLine::hear_line(std::string_view line, std::int64_t now_us) {
  if (const std::size_t at = line.find("/?"); at != std::string_view::npos) {
    line.remove_prefix(at + 2);
    if (!line.ends_with('!')) return;
    line.remove_suffix(1);
    if (!line.empty() && line != address_) return;
    if (faults_.deaf > 0) {
      --faults_.deaf;
      return;
    }
    const auto all = answer_();
    if (!all) {
      is_over_ = true;
      return;
    }
    ++requests_;
    const std::size_t size = as_text(*all).find("\r\n") + 2;
    data_.assign(all->begin() + static_cast<std::ptrdiff_t>(size), all->end());
    if (faults_.broken > 0) {
      --faults_.broken;
      data_.back() ^= 0x01;
    }
    offered_ = static_cast<char>((*all)[4]);
    say(Bytes(*all).first(size), now_us, kFirstBaud);
    give_up_us_ = now_us + (faults_.is_slow ? kSlowUs : kUsualUs) +
                  static_cast<std::int64_t>(size) * kBitsOfByte * 1'000'000 / kFirstBaud +
                  kGiveUpUs;
    return;
  }
  const std::size_t at = line.find(
      "\x06"
      "0");
  if (data_.empty() || at == std::string_view::npos || line.size() != at + 4 ||
      line[at + 3] != '0') {
    return;
  }
  const char speed = line[at + 2];
  if (speed < '0' || speed > offered_) return;
  give(now_us, kFirstBaud << (speed - '0'));
}

void ReadOutLine::give(std::int64_t now_us, std::uint32_t baud) {
  say(data_, now_us, baud);
  data_.clear();
  ++answers_;
}

std::optional<std::int64_t> ReadOutLine::due_us() const {
  std::optional<std::int64_t> due;
  const auto sooner = [&due](std::int64_t us) { due = due ? std::min(*due, us) : us; };
  if (!echo_.is_done()) sooner(echo_.due_us());
  if (!sending_.is_done()) {
    sooner(sending_.due_us());
  } else if (!data_.empty()) {
    sooner(give_up_us_);
  }
  return due;
}

ByteVector ReadOutLine::take(std::int64_t now_us, std::uint32_t baud) {
  ByteVector there = echo_.take(now_us);
  if (sending_.is_done() && !data_.empty() && now_us >= give_up_us_) give(now_us, kFirstBaud);
  ByteVector said = sending_.take(now_us);
  if (baud != baud_) {
    for (std::uint8_t& byte : said) byte = static_cast<std::uint8_t>(~byte & 0x7f);
  }
  append(there, said);
  return there;
}

}  // namespace meterpipe::sim
