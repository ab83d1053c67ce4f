// One request and what comes of it, on a port.
//
// A bus is not a dialogue: a converter may echo what was sent (exactly that is dropped, once);
// bytes come from nowhere; two meters answer at a time; an answer comes when nobody waits for it
// any more, behind the next request. So an answer is a whole frame of lib/link, from the address
// that was asked; what else came is told apart from silence and from each other, and never taken
// for the answer. Only what requests.hpp makes is written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "link/framer.hpp"
#include "link/mbus.hpp"
#include "serial/assembler.hpp"
#include "serial/line_settings.hpp"
#include "serial/parmrk.hpp"
#include "serial/port.hpp"
#include "serial/reception.hpp"

namespace meterpipe::poll {

// What stands behind CI in a long frame.
inline Bytes data_of(const ByteVector& frame) {
  return Bytes(frame).subspan(link::kMbusData, frame.size() - link::kMbusData - link::kMbusEnd);
}

struct Answer {
  enum class Kind : std::uint8_t {
    silence,      // nothing, or nothing that answers
    acknowledge,  // E5
    data,         // RSP_UD, a whole frame
    noise,        // bytes came, and no answer among them
    several,      // more than one answer
    lost,         // there is no line any more, see Bus::trouble()
    stopped,      // by a signal
  };
  Kind kind = Kind::silence;
  ByteVector bytes;  // of the frame
  std::vector<std::uint32_t> marked;
  serial::Arrival first;           // of its first byte
  std::uint64_t ms = 0;            // to its last byte
  std::size_t stray = 0;           // bytes that belong to no answer; of another master, too
  std::vector<ByteVector> others;  // whole answers of others: late, or of a meter not asked

  // More than one answer, whole or one over the other; less bytes than that are a disturbance.
  static constexpr std::size_t kLeastOfCollision = 6;
  bool is_collision() const {
    return kind == Kind::several || (kind == Kind::noise && stray >= kLeastOfCollision);
  }
  // One answer is whole, and there was another one beside it.
  bool has_company() const { return kind == Kind::data && stray >= kLeastOfCollision; }

  std::uint8_t a() const { return bytes[link::kMbusA]; }
  std::uint8_t ci() const { return bytes[link::kMbusCi]; }
  Bytes data() const { return data_of(bytes); }
};

struct BusCounts {
  std::uint64_t requests = 0, repeats = 0;
  std::uint64_t bytes = 0, echoed = 0, stray = 0;  // received; of them
  std::uint64_t late = 0;                          // answers of others
};

struct BusOptions {
  serial::LineSettings line;
  std::int64_t timeout_us = 2'000'000;  // until an answer begins
  unsigned tries = 3;
};

class Bus : private link::FrameSink {
 public:
  using MakePort = std::function<std::unique_ptr<serial::Port>(const serial::LineSettings&)>;

  Bus(MakePort make, serial::World world, const BusOptions& options);

  // Opens the port, or opens it anew at another rate; none: that of the options. Waits for it.
  tl::expected<void, serial::Trouble> open(std::optional<std::uint32_t> baud);
  void close();
  bool is_open() const { return is_open_; }
  const serial::LineSettings& line() const { return line_; }
  // Why it is not open.
  const serial::Trouble& trouble() const { return trouble_; }
  bool is_stopped() const { return world_.is_stopped(); }
  serial::Arrival now() const { return world_.now(); }

  // An acknowledgement is asked for, within `timeout_us`.
  Answer ask_acknowledge(Bytes request, std::int64_t timeout_us);
  // Data are asked for; `from`: of whom alone.
  Answer ask_data(Bytes request, std::optional<std::uint8_t> from, std::int64_t timeout_us);
  // The same up to options().tries times, as long as no answer comes. Without one: noise where it
  // came with any of them, with the bytes of the try on which the least came.
  Answer insist(const std::function<Answer()>& ask);
  // What the standard gives a meter until it answers, and the way from there.
  std::int64_t standard_timeout_us() const;

  // Waits, and throws away what comes.
  void idle_until(std::int64_t steady_us);

  const BusOptions& options() const { return options_; }
  const BusCounts& counts() const { return counts_; }

 private:
  void on_frame(const link::Frame& frame) override;
  void on_skipped(const link::Skipped& skipped) override;

  Answer ask(Bytes request, bool wants_data, std::optional<std::uint8_t> from,
             std::int64_t timeout_us);
  enum class Keeps : std::uint8_t { all, nothing };
  bool read(Keeps keeps);  // false: the line is lost
  void drop_early();       // what came before the request
  void forget();
  void take(Bytes bytes, const std::vector<std::size_t>& marked, const serial::Arrival& arrival);
  void frame_all(bool at_end);
  bool is_marked(std::size_t from, std::size_t size) const;
  std::int64_t gap_us() const;
  void lose(const serial::Trouble& trouble);

  MakePort make_;
  serial::World world_;
  BusOptions options_;
  serial::LineSettings line_;
  std::unique_ptr<serial::Port> port_;
  bool is_open_ = false;
  serial::Trouble trouble_{serial::Trouble::Kind::failed, {}};
  serial::Unmarker unmarker_;
  BusCounts counts_;

  // Of the request at hand.
  bool wants_data_ = false;
  std::optional<std::uint8_t> from_;
  ByteVector echo_;  // of it, that may still come
  bool is_asking_ = false;
  link::Framer framer_;
  ByteVector received_;  // behind the echo
  std::vector<bool> marks_;
  std::vector<serial::Arrival> arrivals_;
  std::size_t framed_ = 0;  // so many of them have gone to the framer
  std::int64_t last_us_ = 0;
  Answer answer_;
};

}  // namespace meterpipe::poll
