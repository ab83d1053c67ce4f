#include "serial/listen.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "os/clock.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "serial/parmrk.hpp"

namespace meterpipe::serial {
namespace {

// True: poll says that there is something to do before `until`.
bool wait(Port& port, long long until) {
  pollfd fd = port.waits_for();
  const long long left = std::clamp(until - os::monotonic_ms(), 0LL, 3'600'000LL);
  const int n = os::Signals::wait(&fd, 1, static_cast<int>(left));
  if (n < 0 && errno != EINTR) {
    throw os::Fatal(os::kIoError, std::string("poll: ") + std::strerror(errno));
  }
  return n > 0;
}

void open(Port& port) {
  auto progress = port.open();
  const long long until = os::monotonic_ms() + kOpenMs;
  while (progress && *progress == Progress::pending) {
    if (os::Signals::received() != 0) return;
    if (wait(port, until)) {
      progress = port.proceed();
    } else if (os::monotonic_ms() >= until) {
      throw os::Fatal(os::kNoInput, port.name() + ": no answer within 10 s");
    }
  }
  if (!progress) throw fatal(progress.error());
}

}  // namespace

void listen(Port& port, const ListenOptions& options, const std::function<void(const Burst&)>& give,
            const std::function<bool()>& enough) {
  open(port);
  bool done = false;
  Assembler assembler(
      [&](const Burst& burst) {
        give(burst);
        done = done || enough();
      },
      options.link);
  Unmarker unmarker;
  ByteVector bytes;
  std::vector<std::size_t> marked;
  std::uint8_t room[kMostAtOnce];
  const int gap = gap_ms(options.line, port.slack_ms());
  const long long end = os::monotonic_ms() + static_cast<long long>(options.for_ms);
  long long last_byte = 0;
  while (!done && os::Signals::received() == 0 && os::monotonic_ms() < end) {
    if (!port.has_early_bytes()) {
      const bool pending = assembler.pending() != 0;
      const bool ready = wait(port, pending ? std::min(end, last_byte + gap) : end);
      if (!ready) {
        if (pending && os::monotonic_ms() >= last_byte + gap) assembler.gap();
        continue;
      }
    }
    const Arrival arrival{os::wall_clock(), os::monotonic_us()};
    const auto n = port.read(room);
    if (!n) {
      if (n.error().kind == Trouble::Kind::ended) break;
      throw fatal(n.error());
    }
    if (*n == 0) continue;
    last_byte = arrival.steady_us / 1000;
    bytes.clear();
    marked.clear();
    if (port.marks_errors()) {
      unmarker.push(Bytes(room, *n), bytes, marked);
    } else {
      append(bytes, Bytes(room, *n));
    }
    assembler.push(bytes, marked, arrival);
  }
  if (!done) assembler.end();
  port.close();
}

}  // namespace meterpipe::serial
