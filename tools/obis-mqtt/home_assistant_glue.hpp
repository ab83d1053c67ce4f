// What ties the HomeAssistant stage to a running process: its clock, and where its messages go.
#pragma once

#include <poll.h>
#include <algorithm>

#include "io/clock.hpp"
#include "io/output.hpp"
#include "mqtt/home_assistant.hpp"
#include "mqtt/session.hpp"

namespace meterpipe::tool {

class Nowhere : public mqtt::Outlet {
 public:
  void put(mqtt::Batch) override {}
};

// Prints the topic of what goes on to the broker.
class Printing : public mqtt::Outlet {
 public:
  Printing(mqtt::Outlet& next, io::Output& output) : next_(next), output_(output) {}
  void put(mqtt::Batch batch) override {
    for (const mqtt::Message& message : batch.messages) {
      output_.buffer().add(message.topic());
      output_.buffer().add('\n');
      output_.record_done();
    }
    next_.put(std::move(batch));
  }

 private:
  mqtt::Outlet& next_;
  io::Output& output_;
};

// As Session::wait; the watchdogs run meanwhile. No watcher: none do.
inline int wait_and_tick(mqtt::Session& session, mqtt::HomeAssistant* watcher, pollfd* fds,
                         nfds_t count, int timeout_ms) {
  if (watcher == nullptr) return session.wait(fds, count, timeout_ms);
  const long long end = timeout_ms < 0 ? -1 : io::monotonic_ms() + timeout_ms;
  while (true) {
    const long long now = io::monotonic_ms();
    watcher->tick(now);
    int ms = end < 0 ? -1 : static_cast<int>(std::max(end - now, 0LL));
    bool whole = true;
    if (const auto next = watcher->next_tick()) {
      constexpr long long kMost = 60'000;
      const int until = static_cast<int>(std::clamp(*next - now, 1LL, kMost));
      if (ms < 0 || until < ms) ms = until, whole = false;
    }
    const int ready = session.wait(fds, count, ms);
    if (ready != 0 || whole) return ready;
  }
}

}  // namespace meterpipe::tool
