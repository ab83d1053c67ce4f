// Several simulated wired meters on two wires: what a master hears of them, byte by byte in time.
// Pure: who calls has the clock. Bytes of two meters at one time are one byte that neither sent, as
// on the wires, where a 0 of anybody wins.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/bytes.hpp"
#include "sim/bus_slave.hpp"
#include "sim/chance.hpp"
#include "sim/partner.hpp"

namespace meterpipe::sim {

struct BusSettings {
  std::vector<SlaveSettings> slaves;
  bool echo = false;   // the converter gives back what it is given
  bool noise = false;  // bytes that nobody sent, now and then
  std::uint64_t seed = 1;
};

// bus = N | slave ("," slave)*     N slaves at 1 to N; or each by its address and fault
//   8        1,2/late,3/deaf,5/collision,6/wrong-fcb,7@300,echo,noise
// Every third one has three telegrams. The settings, or what is wrong with the text.
tl::expected<BusSettings, std::string> parse_bus(std::string_view text, std::uint64_t seed);

class BusLine : public Partner {
 public:
  explicit BusLine(const BusSettings& settings);

  void hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) override;
  std::optional<std::int64_t> due_us() const override;
  ByteVector take(std::int64_t now_us, std::uint32_t baud = 0) override;
  std::uint64_t requests() const override { return requests_; }
  std::uint64_t answers() const override { return answers_; }
  const std::vector<BusSlave>& slaves() const { return slaves_; }

 private:
  struct Byte {
    std::int64_t at_us;  // its end
    std::uint8_t value;
  };

  void put(Bytes bytes, std::int64_t from_us, std::uint32_t baud);
  void answer(Bytes frame, std::int64_t now_us, std::uint32_t baud);

  BusSettings settings_;
  std::vector<BusSlave> slaves_;
  ByteVector heard_;  // no whole frame yet
  std::int64_t heard_us_ = 0;
  std::deque<Byte> bytes_;  // on their way, by time
  std::uint64_t requests_ = 0, answers_ = 0;
};

}  // namespace meterpipe::sim
