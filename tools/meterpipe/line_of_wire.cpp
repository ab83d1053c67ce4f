#include "meterpipe/line_of_wire.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "os/child.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"

namespace meterpipe::runner {
namespace {

constexpr std::uint64_t kSureBytes = 1024;  // several messages of most meters
constexpr long long kFindMs = 180'000, kLookMs = 500;

}  // namespace

PresetLine::PresetLine(const Configuration& configuration)
    : PresetLine(configuration.settings.value("mbus-read", "port").value_or("-"),
                 configuration.preset) {
  if (preset_ != nullptr &&
      configuration.settings.origin("mbus-read", "line") != "operator " + preset_->name) {
    preset_ = nullptr;
  }
}

PresetLine::PresetLine(const std::string& port, const config::Operator* preset) : port_(port) {
  if (port != "-" && port.find("://") == std::string::npos) preset_ = preset;
}

long long PresetLine::patience_ms() const {
  return preset_ == nullptr ? 0 : 2 * interval_ms(*preset_);
}

bool PresetLine::is_wrong(const Counts& counts, bool is_late) const {
  const std::uint64_t enough = is_late ? 1 : kSureBytes;
  return may_yield() && counts("mbus-read", "bytes") >= enough && counts.frames() == 0 &&
         counts("mbus-frame", "apdus") == 0 && counts("mbus-frame", "rsp_ud") == 0;
}

os::Pipeline::Outcome PresetLine::run(const Ways& ways) {
  const long long deadline = ways.timeout_ms > 0 ? os::monotonic_ms() + ways.timeout_ms : 0;
  const auto left = [deadline](long long most) {
    return deadline == 0 ? most : std::max(0LL, deadline - os::monotonic_ms());
  };
  while (true) {
    Attempt attempt = ways.attempt(left(0));
    if (!attempt.is_wrong || attempt.outcome.status != 0 || os::Signals::received() != 0) {
      return attempt.outcome;
    }
    const long long most = std::min(kFindMs, left(kFindMs));
    attempt.outcome.timed_out = most == 0;
    if (most == 0) return attempt.outcome;
    if (const auto found = find(most, ways)) ways.take(*found);
    attempt.outcome.timed_out = left(1) == 0;
    if (attempt.outcome.timed_out || os::Signals::received() != 0) return attempt.outcome;
  }
}

os::Pipeline::Timer PresetLine::look(os::Pipeline& pipeline, const Counts& counts,
                                     long long left_ms, bool& is_wrong) const {
  if (!may_yield()) return {};
  const long long start = os::monotonic_ms();
  const long long late = left_ms == 0 ? std::numeric_limits<long long>::max()
                                      : start + std::max(left_ms / 2, patience_ms());
  return {kLookMs, [this, &pipeline, &counts, &is_wrong, late, next = start]() mutable {
            const long long now = os::monotonic_ms();
            if (now < next || counts.frames() != 0) return;
            next = now + kLookMs;
            pipeline.ask();
            is_wrong = PresetLine::is_wrong(counts, now >= late);
            if (is_wrong) pipeline.end();
          }};
}

std::optional<std::string> PresetLine::find(long long most_ms, const Ways& ways) {
  const config::Operator* const preset = std::exchange(preset_, nullptr);
  const auto say = [&ways](os::Level level, const std::string& text) {
    if (ways.say) return ways.say(level, text);
    if (os::Log::enabled(level)) os::Log::write(level, text);
  };
  const auto search =
      fmt::format("{}: what comes is no message at {}: finding out what the line is set to", port_,
                  preset->line);
  say(os::Level::info, search);
  constexpr std::string_view kAnswer = "LINE=";
  std::string found;
  os::Pipeline pipeline({{"mbus-read",
                          os::beside_us("mbus-read"),
                          {"--detect", "--port=" + port_},
                          nullptr,
                          [](std::string_view) {}}},
                        {.lines = [&](std::string_view line) {
                          if (line.starts_with(kAnswer)) found = line.substr(kAnswer.size());
                        }});
  pipeline.run(most_ms, ways.timer);
  if (found.empty() || found == preset->line) return std::nullopt;
  const auto warning =
      fmt::format("{}: the line is {}, where operator {} has {}: read as it is (line = \"{}\")",
                  port_, found, preset->name, preset->line, found);
  say(os::Level::warning, warning);
  return found;
}

void set_line(config::Settings& settings, const std::string& line) {
  settings.forget("mbus-read", "line");
  settings.set_default("mbus-read", "line", line);
}

}  // namespace meterpipe::runner
