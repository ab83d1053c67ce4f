// A serial line on a simulated clock: a meter's UART pushes messages at its settings, a port
// samples them at its own (serial/uart.hpp) and gives them as a tty does under PARMRK, in pieces,
// as a USB adapter hands them over. Nothing here waits: wait() moves the clock.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "serial/port.hpp"
#include "serial/uart.hpp"
#include "sim/household.hpp"

namespace meterpipe::test {

inline serial::LineSettings line(const char* text) { return *serial::parse_line_settings(text); }

struct UartSender {
  serial::LineSettings line;
  double clock_error = 0;  // of its baud rate: 0.02 is 2 % too fast
  std::int64_t interval_us = 5'000'000;
  std::int64_t phase_us = 0;          // when the first message begins
  std::uint64_t spikes_per_hour = 0;  // short pulses between the messages
  // Message number n; empty: it is silent for ever.
  std::function<ByteVector(std::uint64_t)> message;
  // In place of messages: levels at random, all the time.
  bool is_noise = false;
  std::uint64_t seed = 1;
};

struct UartReader {
  serial::Polarity polarity = serial::Polarity::normal;
  serial::Resync resync = serial::Resync::edge;
  bool is_pseudo = false;            // any format does
  bool glitches = false;             // a bad byte at each opening, as many an adapter has
  bool checks_parity = true;         // false: nothing is marked, as with a pseudo terminal
  std::int64_t latency_us = 16'000;  // of a USB adapter
};

class SimulatedLine {
 public:
  explicit SimulatedLine(UartSender sender) : sender_(std::move(sender)) {
    sender_.line.baud = static_cast<std::uint32_t>(sender_.line.baud * (1 + sender_.clock_error));
  }

  // What goes over the line around one push, and from when to when nothing else does.
  struct Piece {
    serial::Waveform wave;
    serial::Nanos begin = 0, end = 0;
  };
  const Piece& piece(std::uint64_t n) {
    auto found = pieces_.find(n);
    if (found == pieces_.end()) found = pieces_.emplace(n, make(n)).first;
    while (pieces_.size() > 8 && pieces_.begin()->first < n) pieces_.erase(pieces_.begin());
    return found->second;
  }
  // The piece that has `time` in it or comes next.
  std::uint64_t piece_at(serial::Nanos time) const {
    const serial::Nanos from_first = time - sender_.phase_us * 1000 + kLead;
    return from_first < 0 ? 0
                          : static_cast<std::uint64_t>(from_first / (sender_.interval_us * 1000));
  }
  bool is_dead() const { return !sender_.is_noise && !sender_.message; }

  std::int64_t now_us = 0;

 private:
  static constexpr serial::Nanos kLead = 50'000'000;

  Piece make(std::uint64_t n) const {
    Piece piece;
    const serial::Nanos interval = sender_.interval_us * 1000;
    const serial::Nanos start = sender_.phase_us * 1000 + static_cast<serial::Nanos>(n) * interval;
    piece.begin = start - kLead;
    piece.end = piece.begin + interval;
    std::uint64_t draw = sim::mix(sender_.seed * 7919 + n);
    const auto random = [&draw](std::uint64_t below) {
      draw = sim::mix(draw);
      return static_cast<serial::Nanos>(draw % below);
    };
    if (sender_.is_noise) {
      bool high = false;
      for (serial::Nanos at = std::max<serial::Nanos>(piece.begin, 0); at < piece.end;) {
        const serial::Nanos length = 5000 + random(1'000'000);
        piece.wave.add_level(high, at, at + length);
        at += length;
        high = !high;
      }
      return piece;
    }
    const serial::Nanos end = piece.wave.add(sender_.message(n), sender_.line, start);
    // Spikes in the silence behind it.
    const std::uint64_t spikes =
        sender_.spikes_per_hour * static_cast<std::uint64_t>(sender_.interval_us) / 3'600'000'000U;
    serial::Nanos at = end + 300'000'000;
    for (std::uint64_t i = 0; i < spikes; ++i) {
      at += random(static_cast<std::uint64_t>(interval) / (spikes + 1));
      const serial::Nanos length = 20'000 + random(400'000);
      if (at + length + 20'000'000 > piece.end) break;
      piece.wave.add_level(false, at, at + length);
      piece.wave.add_level(true, at + length, at + length + 1000);
    }
    return piece;
  }

  UartSender sender_;
  std::map<std::uint64_t, Piece> pieces_;
};

class SimulatedUart final : public serial::Port {
 public:
  SimulatedUart(SimulatedLine& line, const serial::LineSettings& settings, const UartReader& reader)
      : line_(line), settings_(settings), reader_(reader) {}

  tl::expected<serial::Progress, serial::Trouble> open() override {
    opened_ = line_.now_us * 1000;
    next_piece_ = line_.piece_at(opened_);
    sampled_to_ = opened_;
    if (reader_.glitches) {
      for (const int byte : {0xff, 0x00, 0x00}) {
        escaped_.push_back({static_cast<std::uint8_t>(byte), opened_ + 1'000'000});
      }
    }
    return serial::Progress::opened;
  }
  pollfd waits_for() const override { return {-1, POLLIN, 0}; }
  tl::expected<std::size_t, serial::Trouble> read(std::span<std::uint8_t> to) override {
    sample_until(line_.now_us * 1000);
    std::size_t count = 0;
    while (count < to.size() && at_ < escaped_.size() &&
           ready_us(escaped_[at_].end) <= line_.now_us) {
      to[count++] = escaped_[at_++].byte;
    }
    if (at_ == escaped_.size()) {
      escaped_.clear();
      at_ = 0;
    }
    return count;
  }
  void close() override {}
  const std::string& name() const override { return name_; }
  std::string source() const override { return "sim"; }
  bool marks_errors() const override { return true; }
  bool checks_parity() const override { return reader_.checks_parity; }
  bool is_pseudo() const override { return reader_.is_pseudo; }

  // Moves the clock: to the next bytes, or by the time.
  void wait(std::int64_t timeout_us) {
    const std::int64_t until = line_.now_us + timeout_us;
    while (at_ == escaped_.size() && !line_.is_dead() && sampled_to_ / 1000 <= until) {
      sample_piece();
    }
    line_.now_us = at_ == escaped_.size()
                       ? until
                       : std::min(until, std::max(line_.now_us, ready_us(escaped_[at_].end)));
  }

 private:
  struct Escaped {
    std::uint8_t byte;
    serial::Nanos end;  // of its character
  };

  // The adapter hands over what it has at each tick of its timer.
  std::int64_t ready_us(serial::Nanos end) const {
    const std::int64_t tick = std::max<std::int64_t>(1, reader_.latency_us);
    return (end / 1000 / tick + 1) * tick;
  }
  void sample_until(serial::Nanos time) {
    while (!line_.is_dead() && sampled_to_ <= time) sample_piece();
  }
  // Silence around each piece lets every receiver begin anew.
  void sample_piece() {
    const SimulatedLine::Piece& piece = line_.piece(next_piece_++);
    const serial::Nanos from = std::max(opened_, piece.begin);
    const serial::Sampled got =
        serial::sample(piece.wave, {settings_, reader_.polarity, reader_.resync}, from, piece.end);
    sampled_to_ = piece.end;
    std::size_t mark = 0;
    for (std::size_t i = 0; i < got.bytes.size(); ++i) {
      const bool is_marked = mark < got.marked.size() && got.marked[mark] == i;
      if (is_marked) ++mark;
      if (is_marked && reader_.checks_parity) {
        escaped_.push_back({0xff, got.ends[i]});
        escaped_.push_back({0x00, got.ends[i]});
      } else if (got.bytes[i] == 0xff) {
        escaped_.push_back({0xff, got.ends[i]});
      }
      escaped_.push_back({got.bytes[i], got.ends[i]});
    }
  }

  SimulatedLine& line_;
  serial::LineSettings settings_;
  UartReader reader_;
  std::string name_ = "sim";
  serial::Nanos opened_ = 0;
  serial::Nanos sampled_to_ = 0;
  std::uint64_t next_piece_ = 0;
  std::vector<Escaped> escaped_;
  std::size_t at_ = 0;
};

}  // namespace meterpipe::test
