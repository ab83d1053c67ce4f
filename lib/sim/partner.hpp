// Who hears what is said on a line and answers in time. Pure: who calls has the clock.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace meterpipe::sim {

class Partner {
 public:
  virtual ~Partner() = default;
  // What was sent to it, whose last byte is on the line at `now_us`; `baud`: how the other side
  // sends and listens.
  virtual void hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) = 0;
  // When there is something to be taken, if it is known.
  virtual std::optional<std::int64_t> due_us() const = 0;
  // What is there at that time.
  virtual ByteVector take(std::int64_t now_us, std::uint32_t baud) = 0;

  virtual std::uint64_t requests() const = 0;  // whole ones that came
  virtual std::uint64_t answers() const = 0;
};

// Bytes on their way, each at its time.
class Sending {
 public:
  void put(Bytes bytes, std::int64_t from_us, std::int64_t byte_us) {
    bytes_.assign(bytes.begin(), bytes.end());
    next_ = 0;
    from_us_ = from_us;
    byte_us_ = byte_us;
  }
  bool is_done() const { return next_ == bytes_.size(); }
  // The end of the next byte.
  std::int64_t due_us() const { return from_us_ + static_cast<std::int64_t>(next_ + 1) * byte_us_; }
  ByteVector take(std::int64_t now_us) {
    ByteVector there;
    while (!is_done() && due_us() <= now_us) there.push_back(bytes_[next_++]);
    return there;
  }

 private:
  ByteVector bytes_;
  std::size_t next_ = 0;
  std::int64_t from_us_ = 0, byte_us_ = 0;
};

}  // namespace meterpipe::sim
