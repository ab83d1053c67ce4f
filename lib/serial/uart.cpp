#include "serial/uart.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace meterpipe::serial {
namespace {

constexpr Nanos kSecond = 1'000'000'000;

bool parity_bit(unsigned data, Parity parity) {
  const bool odd = (std::popcount(data) & 1) != 0;
  return parity == Parity::even ? odd : !odd;
}

// Goes along the edges; times must not fall.
class Probe {
 public:
  Probe(const Waveform& wave, Polarity polarity)
      : edges_(wave.edges()), inverted_(polarity == Polarity::inverted) {}

  bool level(Nanos time) {
    advance(time);
    return ((next_ % 2) == 0) != inverted_;
  }
  // The first change to low at `time` or behind it.
  Nanos falling(Nanos time) {
    while (next_ > 0 && edges_[next_ - 1] >= time) --next_;
    advance(time - 1);
    for (; next_ < edges_.size(); ++next_) {
      if (((next_ % 2) == 0) != inverted_) return edges_[next_];
    }
    return kNever;
  }
  // The first time at or behind `time` when the line is high.
  Nanos high(Nanos time) {
    if (level(time)) return time;
    return next_ < edges_.size() ? edges_[next_] : kNever;
  }
  static constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

 private:
  void advance(Nanos time) {
    while (next_ < edges_.size() && edges_[next_] <= time) ++next_;
  }

  const std::vector<Nanos>& edges_;
  bool inverted_;
  std::size_t next_ = 0;  // first edge behind the time last asked for
};

}  // namespace

void Waveform::level(bool high, Nanos from, Nanos to) {
  if (high != high_) {
    edges_.push_back(from);
    high_ = high;
  }
  end_ = to;
}

void Waveform::add_level(bool high, Nanos from, Nanos to) {
  from = std::max(from, end_);
  if (from > end_) level(true, end_, from);
  level(high, from, to);
}

Nanos Waveform::add(Bytes bytes, const LineSettings& sender, Nanos start) {
  start = std::max(start, end_);
  if (start > end_) level(true, end_, start);
  // Where a bit begins is counted from `start`, in whole parts and remainders of 1 s / baud, so
  // that nothing adds up; without a division a bit, since whole messages are tried out.
  const Nanos whole = kSecond / sender.baud, part = kSecond % sender.baud;
  Nanos at = start, rest = 0;
  const auto put = [&](bool high) {
    const Nanos from = at;
    at += whole;
    rest += part;
    if (rest >= sender.baud) {
      rest -= sender.baud;
      ++at;
    }
    level(high, from, at);
  };
  for (const std::uint8_t byte : bytes) {
    const unsigned data = byte & ((1U << sender.data_bits) - 1);
    put(false);
    for (int i = 0; i < sender.data_bits; ++i) put((data >> i & 1) != 0);
    if (sender.parity != Parity::none) put(parity_bit(data, sender.parity));
    for (int i = 0; i < sender.stop_bits; ++i) put(true);
  }
  return end_;
}

void Waveform::forget_before(Nanos time) {
  const auto first = std::lower_bound(edges_.begin(), edges_.end(), time);
  auto count = first - edges_.begin();
  count -= count % 2;
  edges_.erase(edges_.begin(), edges_.begin() + count);
}

Sampled sample(const Waveform& wave, const Receiving& receiving, Nanos from, Nanos to) {
  const LineSettings& line = receiving.line;
  Sampled out;
  Probe probe(wave, receiving.polarity);
  std::array<Nanos, 32> halves{};  // start, 8 data bits, parity, 2 stop bits, and their ends
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i] = static_cast<Nanos>(i) * (kSecond / 2) / line.baud;
  }
  Nanos start = probe.falling(from);
  while (start != Probe::kNever && start < to) {
    const auto at = [&](int half) { return start + halves[static_cast<std::size_t>(half)]; };
    if (probe.level(at(1))) {  // a spike, no start bit
      start = probe.falling(at(1));
      continue;
    }
    int half = 3;
    unsigned data = 0;
    for (int i = 0; i < line.data_bits; ++i, half += 2) {
      data |= static_cast<unsigned>(probe.level(at(half))) << i;
    }
    bool good = true, low = data == 0;
    if (line.parity != Parity::none) {
      const bool parity = probe.level(at(half));
      good = parity == parity_bit(data, line.parity);
      low = low && !parity;
      half += 2;
    }
    const bool stop = probe.level(at(half));
    if (!good || !stop) out.marked.push_back(out.bytes.size());
    out.bytes.push_back(static_cast<std::uint8_t>(data));
    out.ends.push_back(at(half));
    if (stop) {
      start = probe.falling(at(half));
    } else if (receiving.resync == Resync::level && !low) {
      start = at(half - 1);
    } else {
      const Nanos mark = probe.high(at(half));
      start = mark == Probe::kNever ? mark : probe.falling(mark);
    }
  }
  return out;
}

Sampled received(Bytes bytes, const LineSettings& sender, const Receiving& receiving) {
  Waveform wave;
  const Nanos begin = 10 * kSecond / std::min(sender.baud, receiving.line.baud);
  const Nanos end = wave.add(bytes, sender, begin);
  return sample(wave, receiving, 0, end);
}

}  // namespace meterpipe::serial
