#include "mbus-poll/scanning.hpp"

#include <unistd.h>
#include <string>

#include <fmt/format.h>

#include "io/output.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "poll/scan.hpp"

namespace meterpipe::tool {
namespace {

// One line that is written over again.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (is_there_) fmt::print(stderr, "\r\x1b[K");
  }
  void show(const poll::ScanProgress& progress) {
    constexpr long long kEveryMs = 100;
    const long long now_ms = os::monotonic_ms();
    if (!is_terminal_ || (is_there_ && now_ms - shown_ms_ < kEveryMs)) return;
    is_there_ = true;
    shown_ms_ = now_ms;
    const std::string percent =
        progress.percent != 0 ? fmt::format(" ({} %)", progress.percent) : std::string();
    fmt::print(stderr, "\r{}{}, {} found\x1b[K", progress.at, percent, progress.found);
    std::fflush(stderr);
  }

 private:
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1 && os::Log::enabled(os::Level::info);
  bool is_there_ = false;
  long long shown_ms_ = 0;
};

std::string table_of(const std::vector<poll::FoundMeter>& found) {
  std::string table = fmt::format("{:<8} {:<21} {}\n", "PRIMARY", "METER", "NOTE");
  for (const poll::FoundMeter& meter : found) {
    std::string note;
    if (meter.is_several) {
      note = meter.primary ? "several meters: --scan secondary tells them apart"
                           : "several meters that are the same in all";
    } else if (meter.is_late) {
      note = "answered late: a longer --timeout";
    }
    std::string row =
        fmt::format("{:<8} {:<21} {}", meter.primary ? std::to_string(*meter.primary) : "-",
                    meter.identity ? to_string(*meter.identity) : "-", note);
    row.erase(row.find_last_not_of(' ') + 1);
    table += row + "\n";
  }
  return table;
}

}  // namespace

int run_scan(poll::Bus& bus, ScanBy by, std::int64_t answer_us) {
  if (const auto opened = bus.open({}); !opened) throw serial::fatal(opened.error());
  bool is_done = false;
  ProgressLine line;
  poll::Scan scan(bus, answer_us == 0 ? bus.standard_timeout_us() : answer_us,
                  [&line](const poll::ScanProgress& progress) { line.show(progress); });
  is_done = by == ScanBy::primary ? scan.primary() : scan.secondary();
  if (!scan.found().empty()) {
    io::Output output;
    output.buffer().add(table_of(scan.found()));
    output.close();
  }
  if (!bus.is_open()) throw serial::fatal(bus.trouble());
  if (scan.is_disturbed()) {
    os::log_error(
        "given up: parts of answers came whatever was asked: wrong rate or parity, a disturbed "
        "line, or a meter that answers to all");
  } else if (!is_done) {
    os::log_warning("stopped before its end: there may be more meters");
  } else if (scan.found().empty()) {
    os::log_warning(
        "no meter found: is there 24 to 36 V between the wires, is the rate that of the meters "
        "(--line), is a longer --timeout needed?");
  }
  os::log_info("{} meters found; {} readings were asked of them", scan.found().size(),
               scan.readings());
  return is_done && !scan.found().empty() ? os::kOk : os::kNo;
}

}  // namespace meterpipe::tool
