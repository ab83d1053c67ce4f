// Faults of the meter itself and of its keys: what it says, how it ciphers, how it counts. The
// bytes that come out are right as far as links and checksums go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/faults.hpp"
#include "sim/message.hpp"

namespace meterpipe::sim {

class MeterFaults {
 public:
  // `control`: none for a meter that does not cipher. The faults apply to it, see fault_check.hpp.
  MeterFaults(const Faults& faults, const Meter& meter, std::optional<std::uint8_t> control,
              const CipherKeys& keys, std::uint64_t seed);

  // Decides whether anything is done to the message; `number` counts the messages.
  void begin(Message& message);
  void set_counter(Message& message);
  void set_clock(Message& message);
  void set_values(Message& message);
  // The meter whose body the message has.
  const Meter& meter_of(Message& message);
  // `body`: where the Data of the plaintext begin.
  void damage_plain(Message& message, std::size_t body);
  // Whether the message is ciphered with other keys.
  bool notes_of_keys(Message& message) const;
  // The one to cipher with; nullptr: the meter's own.
  Cipherer* cipherer_of(Message& message);
  void damage_apdu(Message& message);

 private:
  const FaultChoice* active(const Message& message, FaultKind kind) const {
    return message.touched ? faults_.find(kind) : nullptr;
  }
  // Whether it is done to the message; then the message's note has it.
  bool notes(Message& message, FaultKind kind) const {
    const bool is_done = active(message, kind) != nullptr;
    if (is_done) message.fault.add(kind);
    return is_done;
  }
  void change_layout(const Meter& meter);

  Faults faults_;
  std::uint64_t seed_;
  std::uint64_t number_ = 0;
  std::optional<std::uint32_t> last_counter_;
  Meter changed_;            // by the layout fault
  std::vector<Item> items_;  // of it
  SystemTitle title_{};      // that is sent in place of the right one
  std::unique_ptr<Cipherer> cipherer_;
};

// The keys that the meter really ciphers with, where a reader has `keys`.
CipherKeys faulty_keys(const Faults& faults, const CipherKeys& keys, std::uint8_t control,
                       std::uint64_t seed);
// The values of the list alone, by place, in another order; fewer than two: it has none for that.
std::vector<Item> items_by_place(const Meter& meter);

}  // namespace meterpipe::sim
