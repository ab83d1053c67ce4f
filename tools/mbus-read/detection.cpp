#include "mbus-read/detection.hpp"

#include "io/output.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "serial/detect_table.hpp"

namespace meterpipe {
void check_detection(const cli::Options& options, const std::string& port) {
  if (port.empty())
    cli::usage_error("--detect needs a serial port: --port PATH (--list shows them)");
  for (const char* other : {"--replay", "--list", "--output", "--count", "--max-bytes", "--wait",
                            "--no-reconnect", "--silence", "--speed", "--no-fcs", "--stats"}) {
    if (options.given(other)) {
      cli::usage_error("--detect prints a table and ends: it does not go with {}", other);
    }
  }
  if (port == "-") {
    cli::usage_error("--detect: standard input has no baud rate to set; give the port's path");
  }
  if (port.find("://") != std::string::npos) {
    cli::usage_error(
        "--detect: the line behind a connection is set at its other end: try the settings there "
        "(ser2net.yaml), or run mbus-read --detect on that machine");
  }
}

int run_detection(const std::string& port, const serial::DetectOptions& options) {
  io::Output output;
  const auto print = [&output](const std::string& text) {
    output.buffer().add(text);
    output.flush();
  };
  bool has_head = false;
  std::int64_t patience = 0, listened_us = 0;
  serial::Surroundings surroundings;
  surroundings.world = serial::real_world();
  surroundings.port = [&port](const serial::LineSettings& line) {
    auto made = serial::make_port(port, line, serial::Refusals::kept);
    if (!made) cli::usage_error("--port: " + made.error());
    return std::move(*made);
  };
  surroundings.trying = [&](const serial::LineSettings& line, std::int64_t patience_us) {
    if (!has_head) print(serial::detect_head());
    has_head = true;
    patience = patience_us;
    os::log_debug("{}: listening at {} for {} s", port, to_string(line), patience_us / 1'000'000);
  };
  surroundings.tried = [&](const serial::Trial& trial) {
    if (trial.verdict != serial::Verdict::refused) listened_us += patience;
    print(serial::detect_row(trial));
  };
  const serial::Conclusion end = serial::detect(options, surroundings);
  print(serial::detect_end(end, port, surroundings.world.is_stopped(), listened_us));
  output.close();
  return end.line ? os::kOk : os::kNo;
}

}  // namespace meterpipe
