// A simulated bus, its port and its clock: a wait moves the clock and takes nothing else.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "base/time.hpp"
#include "poll/bus.hpp"
#include "sim/bus_line.hpp"

namespace meterpipe::poll {

// What may be sent at all, by a reading of EN 13757 of its own: SND_NKE and REQ_UD2 to 0…250 or FD,
// a selection; and the new address where a test allows it.
inline bool is_of_table(Bytes request, bool may_write) {
  std::uint8_t sum = 0;
  const std::size_t head = request.size() == 5 ? 1 : 4;
  if (request.size() < 5) return false;
  for (std::size_t i = head; i + 2 < request.size(); ++i) {
    sum = static_cast<std::uint8_t>(sum + request[i]);
  }
  if (request[request.size() - 2] != sum || request.back() != 0x16) return false;
  const auto is_somebody = [](std::uint8_t a) { return a <= 250 || a == 0xfd; };
  if (request.size() == 5) {
    const std::uint8_t c = request[1];
    return request[0] == 0x10 && (c == 0x40 || c == 0x5b || c == 0x7b) && is_somebody(request[2]);
  }
  const std::string hex = to_hex(request);
  if (request.size() == 17) return hex.starts_with("680b0b6873fd52");
  return may_write && request.size() == 12 && hex.starts_with("6806066853") &&
         hex.substr(12, 6) == "51017a" && is_somebody(request[5]) && request[9] <= 250;
}

struct BusWorld {
  explicit BusWorld(std::string_view slaves, std::uint64_t seed = 1)
      : line(*sim::parse_bus(slaves, seed)) {}
  explicit BusWorld(const sim::BusSettings& settings) : line(settings) {}

  class FakePort final : public serial::Port {
   public:
    FakePort(BusWorld& world, const serial::LineSettings& line) : world_(world), line_(line) {}
    tl::expected<serial::Progress, serial::Trouble> open() override {
      ++world_.openings;
      world_.rates.insert(line_.baud);
      if (world_.refuses > 0 || world_.is_gone()) {
        world_.refuses = std::max(0, world_.refuses - 1);
        return serial::trouble(serial::Trouble::Kind::missing, "fake: not there");
      }
      return proceed();
    }
    tl::expected<serial::Progress, serial::Trouble> proceed() override {
      if (world_.now_us < world_.connects_at_us) return serial::Progress::pending;
      world_.has_port = true;
      return serial::Progress::opened;
    }
    pollfd waits_for() const override { return {-1, 0, 0}; }
    tl::expected<std::size_t, serial::Trouble> read(std::span<std::uint8_t> to) override {
      if (world_.is_gone()) return serial::trouble(serial::Trouble::Kind::gone, "fake: gone");
      ByteVector there = world_.stray;
      world_.stray.clear();
      append(there, world_.line.take(world_.now_us));
      std::ranges::copy(there, to.begin());
      return there.size();
    }
    tl::expected<void, serial::Trouble> write(Bytes bytes) override {
      world_.sent.push_back(to_hex(bytes));
      world_.sent_at.push_back(world_.now_us);
      if (!is_of_table(bytes, world_.may_write)) ++world_.foreign;
      const std::int64_t end_us = world_.now_us + line_.micros(bytes.size());
      if (world_.answers) {
        world_.answers(bytes, end_us);
      } else {
        world_.line.hear(bytes, end_us, line_.baud);
      }
      return {};
    }
    void close() override { world_.has_port = false; }
    const std::string& name() const override { return name_; }
    std::string source() const override { return name_; }

   private:
    BusWorld& world_;
    serial::LineSettings line_;
    std::string name_ = "fake";
  };

  bool is_gone() const { return now_us >= gone_from_us && now_us < back_at_us; }

  serial::World world() {
    serial::World made;
    made.wait = [this](serial::Port&, std::int64_t timeout_us) {
      const std::int64_t until_us = now_us + std::max<std::int64_t>(0, timeout_us);
      if (has_port && (!stray.empty() || is_gone())) return true;
      const auto due_us = has_port ? line.due_us() : connects_at_us;
      const bool is_ready = due_us && *due_us <= until_us && (has_port || connects_at_us > now_us);
      now_us = is_ready ? std::max(now_us, *due_us) : until_us;
      return is_ready;
    };
    made.now = [this] { return serial::Arrival{now_us, now_us}; };
    made.is_stopped = [this] { return now_us >= stop_at_us; };
    return made;
  }

  Bus bus(BusOptions options = {}) {
    return Bus(
        [this](const serial::LineSettings& settings) {
          return std::make_unique<FakePort>(*this, settings);
        },
        world(), options);
  }

  sim::BusLine line;
  std::int64_t now_us = 5 * kSecond;
  std::int64_t stop_at_us = std::int64_t{1} << 60;
  std::int64_t gone_from_us = stop_at_us, back_at_us = stop_at_us;
  std::int64_t connects_at_us = 0;  // a connection: it stands from then on
  int refuses = 0, openings = 0;
  bool has_port = false;  // open
  bool may_write = false;
  int foreign = 0;   // requests that nobody may send
  ByteVector stray;  // to be read at once
  std::vector<std::string> sent;
  std::vector<std::int64_t> sent_at;
  std::set<std::uint32_t> rates;
  // In place of the line.
  std::function<void(Bytes, std::int64_t)> answers;
};

// The requests as words: "nke 5", "data 5 7b", "select 12345678…", "set 5 7".
inline std::string word_of(const std::string& hex) {
  const ByteVector bytes = *from_hex(hex);
  if (bytes.size() == 5 && bytes[1] == 0x40) return "nke " + to_hex(Bytes(bytes).subspan(2, 1));
  if (bytes.size() == 5) {
    return "data " + to_hex(Bytes(bytes).subspan(2, 1)) + " " + to_hex(Bytes(bytes).subspan(1, 1));
  }
  return bytes.size() == 17 ? "select" : "set";
}
inline std::vector<std::string> words_of(const std::vector<std::string>& sent) {
  std::vector<std::string> words;
  for (const std::string& one : sent) words.push_back(word_of(one));
  return words;
}

}  // namespace meterpipe::poll
