#include "serial/reception.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "os/clock.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"

namespace meterpipe::serial {

int wait_for(pollfd* fds, nfds_t count, std::int64_t timeout_us) {
  constexpr std::int64_t kHour = 3'600'000'000;
  const auto ms = static_cast<int>((std::clamp<std::int64_t>(timeout_us, 0, kHour) + 999) / 1000);
  const int n = os::Signals::wait(fds, count, ms);
  if (n < 0 && errno != EINTR) throw os::Fatal(os::kIoError, "poll: {}", std::strerror(errno));
  return n;
}

World real_world() {
  World world;
  world.wait = [](Port& port, std::int64_t timeout_us) {
    pollfd fd = port.waits_for();
    return wait_for(&fd, 1, timeout_us) > 0;
  };
  world.now = [] { return Arrival{os::wall_clock(), os::monotonic_us()}; };
  world.is_stopped = [] { return os::Signals::received() != 0; };
  world.contain = [](const Port& port) { os::contain(port.needs()); };
  return world;
}

World real_world(io::LiveOutput& output) {
  World world = real_world();
  world.wait = [&output](Port& port, std::int64_t timeout_us) {
    pollfd fds[2] = {output.waits_for(), port.waits_for()};
    const int n = wait_for(fds, 2, timeout_us);
    if (n > 0 && fds[0].revents != 0) output.handle(fds[0].revents);
    return n > 0 && fds[1].revents != 0;
  };
  return world;
}

namespace {

Trouble unanswered(const Port& port, std::string_view behind = {}) {
  return {Trouble::Kind::missing,
          fmt::format("{}: no answer within {} s{}", port.name(), kOpenMs / 1000, behind)};
}

}  // namespace

tl::expected<void, Trouble> open_now(Port& port, const World& world) {
  const std::int64_t end_us = world.now().steady_us + kOpenMs * 1000;
  if (world.contain && !port.looks_for_holders()) world.contain(port);
  auto progress = port.open();
  while (progress && *progress == Progress::pending) {
    const std::int64_t left_us = end_us - world.now().steady_us;
    if (left_us <= 0 || world.is_stopped()) return tl::unexpected(unanswered(port));
    if (world.wait(port, left_us)) progress = port.proceed();
  }
  if (!progress) return tl::unexpected(progress.error());
  if (world.contain) world.contain(port);
  return {};
}

void Reception::open() {
  state_ = State::opening;
  give_up_at_us_ = world_.now().steady_us + kOpenMs * 1000;
  if (world_.contain && !port_.looks_for_holders()) world_.contain(port_);
  settle(port_.open());
}

void Reception::close() {
  state_ = State::closed;
  port_.close();
}

void Reception::settle(const tl::expected<Progress, Trouble>& progress) {
  if (!progress) return not_opened(progress.error());
  if (*progress != Progress::opened) return;
  state_ = State::open;
  unmarker_ = {};
  if (world_.contain) world_.contain(port_);
  receiver_.on_open();
}

void Reception::not_opened(const Trouble& trouble) {
  close();
  receiver_.on_not_opened(trouble);
}

void Reception::run() {
  while (!receiver_.is_done() && !world_.is_stopped()) {
    bool is_ready = state_ == State::open && port_.has_early_bytes();
    if (!is_ready) {
      const std::int64_t due_us = state_ == State::opening
                                      ? std::min(receiver_.due_us(), give_up_at_us_)
                                      : receiver_.due_us();
      is_ready = world_.wait(port_, std::max<std::int64_t>(0, due_us - world_.now().steady_us));
    }
    const Arrival arrival = world_.now();
    if (is_ready && state_ == State::open) {
      read(arrival);
    } else if (is_ready && state_ == State::opening) {
      settle(port_.proceed());
    }
    if (state_ == State::opening && arrival.steady_us >= give_up_at_us_) {
      not_opened(unanswered(port_, unanswered_));
    }
    receiver_.on_time(arrival.steady_us);
  }
}

tl::expected<std::size_t, Trouble> read_unmarked(Port& port, Unmarker& unmarker, ByteVector& bytes,
                                                 std::vector<std::size_t>& marked) {
  std::uint8_t room[kMostAtOnce];
  const auto n = port.read(room);
  if (!n) return tl::unexpected(n.error());
  const Bytes raw(room, *n);
  if (port.marks_errors()) {
    unmarker.push(raw, bytes, marked);
  } else {
    append(bytes, raw);
  }
  return *n;
}

void Reception::read(const Arrival& arrival) {
  bytes_.clear();
  marked_.clear();
  const auto n = read_unmarked(port_, unmarker_, bytes_, marked_);
  if (!n) {
    unmarker_.finish(bytes_);  // half an escape was the last that came
    if (!bytes_.empty()) receiver_.on_bytes(bytes_, marked_, arrival);
    close();
    return receiver_.on_lost(n.error());
  }
  if (*n != 0) receiver_.on_bytes(bytes_, marked_, arrival);
}

}  // namespace meterpipe::serial
