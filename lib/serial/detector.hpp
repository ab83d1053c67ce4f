// Tries a port's settings until it is known what its line is set to: opens it for each, listens,
// lets detect.hpp decide. All that it needs of the world is handed in, so that a simulated line and
// clock do as well.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "serial/detect.hpp"
#include "serial/port.hpp"
#include "serial/reception.hpp"

namespace meterpipe::serial {

struct DetectOptions {
  link::LinkSettings link;
  std::int64_t listen_us = 12'000'000;  // to a line that may be dead, at each rate; 10 s are usual
  std::optional<LineSettings> first;    // tried before all others
};

struct Surroundings {
  World world;
  std::function<std::unique_ptr<Port>(const LineSettings&)> port;
  // A port is open and listened to, for so long if nothing comes. May be empty.
  std::function<void(const LineSettings&, std::int64_t patience_us)> trying;
  std::function<void(const Trial&)> tried;
};

// Throws os::Fatal where the port cannot be opened, fails, or takes none of the settings. Once it
// is stopped: what is known by then.
Conclusion detect(const DetectOptions& options, const Surroundings& surroundings);

}  // namespace meterpipe::serial
