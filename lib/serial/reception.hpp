// The one loop around a port: opens it, waits, reads, takes the marks out of what came, looks at
// the clock. What follows from it is for the receiver: LiveReader goes on for ever, listen() stays
// for a while, the detector tries settings.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "io/live_output.hpp"
#include "serial/assembler.hpp"
#include "serial/parmrk.hpp"
#include "serial/port.hpp"

namespace meterpipe::serial {

// What the loop needs besides the port, so that a simulated line and clock do as well.
struct World {
  // Until the port has something, the time is over, or is_stopped. False: nothing to be read.
  std::function<bool(Port&, std::int64_t timeout_us)> wait;
  std::function<Arrival()> now;
  std::function<bool()> is_stopped;
  // Gives up what the port does not need, see os/sandbox.hpp; none: nothing is given up.
  std::function<void(const Port&)> contain;
};

// poll(), both clocks, the signals. Throws os::Fatal where poll fails.
World real_world();
// The same, and standard output takes its records while the port is waited for.
World real_world(io::LiveOutput& output);

// Opens a port and waits until that is done, 10 s at most; then gives up what the port does not
// need.
tl::expected<void, Trouble> open_now(Port& port, const World& world);

// poll() for an hour at most. Throws os::Fatal where it fails, but for a signal.
int wait_for(pollfd* fds, nfds_t count, std::int64_t timeout_us);

// Appends what a port has, its marks taken out: for each bad byte its place in `bytes` to `marked`.
// How many bytes came, escapes included; 0: none yet.
tl::expected<std::size_t, Trouble> read_unmarked(Port& port, Unmarker& unmarker, ByteVector& bytes,
                                                 std::vector<std::size_t>& marked);

class Receiver {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  virtual ~Receiver() = default;
  virtual void on_open() = 0;
  // The port is closed. It may be opened again from here or later.
  virtual void on_not_opened(const Trouble& trouble) = 0;
  virtual void on_lost(const Trouble& trouble) = 0;
  // Bytes that came together, perhaps none yet of an escape; `marked` are offsets in them.
  virtual void on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                        const Arrival& arrival) = 0;
  // After each wait, at due_us() at the latest (on the steady clock of World::now).
  virtual void on_time(std::int64_t now_us) = 0;
  virtual std::int64_t due_us() const = 0;
  virtual bool is_done() const = 0;
};

class Reception {
 public:
  enum class State : std::uint8_t { closed, opening, open };

  // `unanswered`: what the message says behind "no answer within 10 s".
  Reception(Port& port, World world, Receiver& receiver, std::string unanswered = {})
      : port_(port),
        world_(std::move(world)),
        receiver_(receiver),
        unanswered_(std::move(unanswered)) {}

  // Begins to open the port, which ends what it was doing. The receiver may hear of it at once.
  void open();
  void close();
  // Until the receiver is done or it is stopped.
  void run();
  State state() const { return state_; }

 private:
  void settle(const tl::expected<Progress, Trouble>& progress);
  void not_opened(const Trouble& trouble);
  void read(const Arrival& arrival);

  Port& port_;
  World world_;
  Receiver& receiver_;
  std::string unanswered_;
  State state_ = State::closed;
  std::int64_t give_up_at_us_ = 0;  // opening
  Unmarker unmarker_;
  ByteVector bytes_;
  std::vector<std::size_t> marked_;
};

}  // namespace meterpipe::serial
