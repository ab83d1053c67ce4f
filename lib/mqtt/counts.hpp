// What a session has done so far, and what is still to be done.
#pragma once

#include <cstdint>
#include <optional>

#include "base/timestamp.hpp"

namespace meterpipe::mqtt {

struct Counts {
  std::uint64_t published = 0;    // messages handed over
  std::uint64_t delivered = 0;    // acknowledged (at QoS 0: written)
  std::uint64_t dropped = 0;      // there was no room for them
  std::uint64_t superseded = 0;   // not sent: the history or newer counters go in place of them
  std::uint64_t unsendable = 0;   // too large, or the broker breaks off on them
  std::uint64_t refused = 0;      // by the broker, with a reason
  std::uint64_t connections = 0;  // that came about
  bool online = false;

  // Messages in memory, without an acknowledgement.
  std::uint64_t queue_messages = 0, queue_bytes = 0, in_flight = 0;

  struct Spool {
    std::uint64_t readings = 0;  // batches: a reading, or an error
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;       // by its bounds
    std::optional<Micros> oldest{};  // when it was put there
  };
  std::optional<Spool> spool{};
};

}  // namespace meterpipe::mqtt
