// meter-doctor: bytes of a port, a capture or standard input in; the first layer that is broken,
// why and what to try, out.

#include "cli/common.hpp"
#include "cli/containment.hpp"
#include "cli/key_options.hpp"
#include "cli/profile_files.hpp"
#include "doctor/examination.hpp"
#include "doctor/report.hpp"
#include "io/input.hpp"
#include "io/output.hpp"
#include "io/stats.hpp"
#include "keys/keys.hpp"
#include "meter-doctor/patient.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/stats.hpp"
#include "serial/listen.hpp"

namespace meterpipe {
namespace {

constexpr std::uint64_t kMessagesOfPort = 3;
constexpr std::uint64_t kBytesInVain = 8192;  // that make no message: more of them tell no more

struct Settings {
  cli::Common common;
  std::string port;
  std::string line_text = "2400-8E1";
  serial::LineSettings line;
  std::string time = "75s";
  cli::KeyOptions keys;
  std::vector<std::string> profiles;
  cli::LinkOptions link;
  std::string gap = "2s";
  decode::FrameSettings frame;
  bool json = false;
};

void read_input(const Settings& settings, doctor::Examination& examination) {
  io::Input input(settings.common.files, false);
  io::Output nothing(-1);
  cli::contain_reader(settings.common);
  tool::Patient patient(examination, settings.common.count);
  record::InputSplitter splitter(settings.common.form, patient);
  while (!patient.done()) {
    const auto chunk = input.read(nothing);
    if (!chunk) break;
    patient.set_source(input.name());
    if (chunk->ends_file) {
      splitter.end_line();
    } else if (!chunk->ends_source) {
      splitter.push(chunk->text);
    } else {
      splitter.finish();
      examination.end_of_source();
    }
  }
  splitter.finish();
  patient.say_bad_lines();
}

void read_port(const Settings& settings, doctor::Examination& examination) {
  auto port = serial::make_port(settings.port, settings.line);
  if (!port) cli::usage_error("--port: " + port.error());
  const std::uint64_t wanted = settings.common.count.value_or(kMessagesOfPort);
  serial::ListenOptions options{settings.frame.link, settings.line,
                                cli::parse_duration_ms("--time", settings.time)};
  if ((*port)->marks_errors()) examination.set_line(settings.line);
  os::log_info("{}: listening at {} for {} messages, {:g} s at most", (*port)->name(),
               to_string(settings.line), wanted, static_cast<double>(options.for_ms) / 1000);
  const std::string source = (*port)->source();
  bool silence = true;  // before the burst
  serial::listen(
      **port, options,
      [&](const serial::Burst& burst) {
        doctor::Arrival arrival{burst.first.wall, burst.ms, burst.marked, silence};
        silence = burst.why != "frame";
        examination.stream(burst.bytes, source, arrival, burst.why);
      },
      [&] {
        return examination.messages() >= wanted ||
               (examination.messages() == 0 && examination.bytes() >= kBytesInVain);
      });
}

void check(Settings& settings, const cli::Options& options) {
  const auto line = serial::parse_line_settings(settings.line_text);
  if (!line) cli::usage_error("--line: " + line.error());
  settings.line = *line;
  if (options.given("--port") && settings.port.empty()) {
    cli::usage_error("--port: a path, tcp://HOST:PORT or - is missing");
  }
  if (settings.common.count == 0U) cli::usage_error("--count: at least 1");
  if (!settings.port.empty() && !settings.common.files.empty()) {
    cli::usage_error("--port and FILE exclude each other");
  }
  for (const char* name : {"--line", "--time"}) {
    if (!options.given("--port") && options.given(name)) {
      cli::usage_error(std::string(name) + " needs --port: a capture has been read already");
    }
  }
  if (cli::parse_duration_ms("--time", settings.time) == 0) {
    cli::usage_error("--time: longer than 0");
  }
  // `-p -` has standard input for a line.
  settings.keys.check(options,
                      settings.port.empty() ? settings.common.reads_stdin() : settings.port == "-");
  settings.frame.link = settings.link.settings();
  settings.frame.gap_us = static_cast<Micros>(cli::parse_duration_ms("--gap", settings.gap)) * 1000;
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("meter-doctor",
                       "Name the first layer that is broken between a meter and its values, why, "
                       "and what to try.");
  options.value("-p,--port", settings.port, "PORT",
                "listen to a serial port, tcp://HOST:PORT, or - for raw bytes on standard input");
  options.value("--line", settings.line_text, "LINE",
                "of the port: baud rate, data bits, parity, stop bits (default 2400-8E1)");
  options.value("--time", settings.time, "TIME",
                "listen to the port so long at most (default 75s)");
  cli::add_input_option(options, settings.common);
  options.positional("FILE", settings.common.files,
                     "captures to read instead of standard input (-: stdin)");
  options.number("-n,--count", settings.common.count, "N",
                 "look at N messages (default: all; of a port 3)");
  settings.keys.add_to(options);
  options.list("--profile", settings.profiles, "FILE|NAME|auto|none",
               "what the places of a list without codes mean: by itself (default auto), a profile "
               "to be preferred, or none");
  cli::add_link_options(options, settings.link);
  options.value("--gap", settings.gap, "TIME",
                "silence that ends an unfinished message (default 2s; by the records' ts)");
  options.flag("--json", settings.json, "one JSON object in place of the report");
  cli::add_log_options(options, settings.common);
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  cli::apply_log_options("meter-doctor", settings.common);
  check(settings, options);
  keys::KeyRing keys;
  std::string unreadable;
  try {
    keys = settings.keys.load();
  } catch (const os::Fatal& error) {
    // What the bytes show can be said all the same.
    if (error.status() != os::kConfig) throw;
    unreadable = error.what();
    os::log_error("{}", unreadable);
  }
  doctor::Examination examination(settings.frame,
                                  {&keys, apdu::AuthMode::check, settings.keys.title(), unreadable},
                                  cli::load_profiles(settings.profiles));
  const io::Stats stats(settings.common.stats, record::stats_line([&](json::Writer& json) {
                          json.member_number("bytes", examination.bytes());
                          json.member_number("messages", examination.messages());
                        }));
  if (settings.port.empty()) {
    read_input(settings, examination);
  } else {
    read_port(settings, examination);
  }
  const doctor::Diagnosis diagnosis = examination.diagnose();
  io::Output output;
  if (settings.json) {
    write_json(output.buffer(), diagnosis);
  } else {
    write_text(output.buffer(), diagnosis);
  }
  output.close();
  if (!unreadable.empty()) return os::kConfig;
  return diagnosis.ok ? os::kOk : os::kNo;
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("meter-doctor", [&] { return meterpipe::run(argc, argv); });
}
