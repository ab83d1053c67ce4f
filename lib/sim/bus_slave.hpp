// A wired M-Bus meter that is asked (EN 13757-2, -3): what it answers to a request, and what it
// remembers between two of them. A fault makes it one of those that are met.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::sim {

enum class SlaveFault : std::uint8_t {
  none,
  late,   // answers 1.2 s behind the request (Wehrle, Modularis)
  deaf,   // hears every third request to it only
  twin,   // "collision": a second meter has the same primary address
  stuck,  // "wrong-fcb": sends its first telegram for ever
};

struct SlaveSettings {
  std::uint8_t primary = 0;
  std::array<std::uint8_t, 4> id{};  // BCD, low byte first
  std::uint16_t manufacturer = 0;
  std::uint8_t version = 0;
  std::uint8_t medium = 0;
  unsigned telegrams = 1;
  std::uint32_t baud = 2400;
  SlaveFault fault = SlaveFault::none;
};

class BusSlave {
 public:
  explicit BusSlave(const SlaveSettings& settings) : settings_(settings) {}

  // What it says to a whole frame from the master.
  std::optional<ByteVector> hear(Bytes frame);
  // From the end of the request to the begin of the answer.
  std::int64_t delay_us() const;
  const SlaveSettings& settings() const { return settings_; }
  // How often data were given: what its battery feels.
  std::uint64_t answered() const { return answered_; }
  // The data of a telegram, behind CI 72, as it would be sent now.
  ByteVector telegram(unsigned index) const;

 private:
  bool is_selected_by(Bytes address) const;
  std::optional<ByteVector> hear_short(std::uint8_t c, std::uint8_t a);
  std::optional<ByteVector> hear_long(Bytes fields);
  ByteVector give(bool fcb);

  SlaveSettings settings_;
  bool selected_ = false;
  bool fcb_ = false;        // of the last request for data
  bool has_given_ = false;  // since it began anew
  unsigned next_ = 0;
  unsigned last_ = 0;
  std::uint8_t access_ = 0;
  std::uint64_t heard_ = 0, answered_ = 0;
};

}  // namespace meterpipe::sim
