// What a slave on M-Bus owes its master: E5 behind each whole frame that is addressed to it, as the
// meters of Netz OÖ and Linz (Siemens TD-351x) expect it of whoever reads them. EN 13757-2, 5.6.
//
// It is the one thing that mbus-read writes to a line that it listens to.
#pragma once

#include <cstdint>
#include <vector>

#include "link/framer.hpp"
#include "serial/assembler.hpp"

namespace meterpipe::serial {

class Answerer : private link::FrameSink {
 public:
  static constexpr std::uint8_t kAcknowledge = 0xe5;
  static constexpr std::uint8_t kCustomer = 0xf0;  // the customer interface's address (Netz OÖ)
  // A silence in a frame that ends it: 500 ms later the master has given it up.
  static constexpr std::int64_t kSilenceUs = 400'000;

  explicit Answerer(std::uint8_t address) : address_(address), framer_({link::Link::mbus}) {}

  // Bytes that came together; `marked` are offsets of those that came damaged. Whether an answer is
  // due: they end with a frame from a master (C has its bit 6) to this address, with a right
  // checksum and no damaged byte. Where more came behind it the master has gone on.
  bool push(Bytes bytes, const std::vector<std::size_t>& marked, const Arrival& arrival);
  // The line was opened anew.
  void forget();

 private:
  void on_frame(const link::Frame& frame) override;
  void on_skipped(const link::Skipped&) override {}

  std::uint8_t address_;
  link::Framer framer_;
  std::int64_t before_us_ = 0;         // when the bytes before came
  std::vector<std::uint64_t> marked_;  // offsets in the stream, of what is not framed yet
  std::uint64_t answered_to_ = 0;      // the end of the last frame that wants an answer
};

}  // namespace meterpipe::serial
