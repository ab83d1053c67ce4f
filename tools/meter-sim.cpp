// meter-sim: plays a smart meter, onto standard output or a line that is a pty. meter-sim(1).
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/clock.hpp"
#include "io/keys.hpp"
#include "io/log.hpp"
#include "io/output.hpp"
#include "io/signals.hpp"
#include "io/status.hpp"
#include "record/records.hpp"
#include "record/timestamp.hpp"
#include "sim/pty.hpp"
#include "sim/simulator.hpp"
#include "sim/truth.hpp"
#include "sim/wire.hpp"

namespace {

using namespace meterpipe;

constexpr std::string_view kDefaultStart = "2026-03-02T06:00:00Z";

struct Arguments {
  std::string meter = "kaifa-salzburg";
  bool list_meters = false;
  std::optional<std::uint64_t> count;
  std::uint64_t seed = 1;
  std::string start, period = "5s", interval, security, keys, pty, truth;
  bool print_keys = false;
  bool insecure_key_file = false;
  std::string line = "2400-8E1";
  std::string output = "hex";
  cli::Common common;
};

void parse(Arguments& arguments, int argc, char** argv) {
  cli::Options options("meter-sim", "Plays a smart meter: encodes what the other tools decode.");
  options.value("--meter", arguments.meter, "NAME", "which meter to play (kaifa-salzburg)");
  options.flag("--list-meters", arguments.list_meters, "print the meters and exit");
  options.number("-n,--count", arguments.count, "N", "stop after N messages");
  options.number("--seed", arguments.seed, "N", "another house, the same one for the same N (1)");
  options.value("--start", arguments.start, "TIME",
                "simulated time of the first message, RFC 3339 or now (2026-03-02T06:00:00Z; with "
                "--pty: now)");
  options.value("--period", arguments.period, "DURATION",
                "simulated time between two messages, whole seconds (5s)");
  options.value("--interval", arguments.interval, "DURATION",
                "time between two messages (none; with --pty: the period)");
  options.value("--pty", arguments.pty, "LINK",
                "send on a pty at the rate of --line, with a symbolic link LINK to it");
  options.value("--line", arguments.line, "SETTINGS", "rate and form of the line (2400-8E1)");
  options.choice("-o,--output", arguments.output, {"hex", "json", "bin"},
                 "a message a line, bytes records with their times, or the bytes alone");
  options.value("--security", arguments.security, "BYTE",
                "security control in hex, or none (the meter's own)");
  options.value("-k,--keys", arguments.keys, "FILE", "keys to cipher with (the simulator's own)");
  options.flag("--insecure-key-file", arguments.insecure_key_file,
               "accept a key file that others can read");
  options.flag("--print-keys", arguments.print_keys,
               "print the line of a key file that a reader needs and exit");
  options.value("--truth", arguments.truth, "FILE",
                "write what each message says to FILE, as JSON lines");
  cli::add_log_options(options, arguments.common);
  options.parse(argc, argv);
  if (options.given("--pty") && options.given("--output")) {
    cli::usage_error("--pty and --output exclude each other: a line carries bytes");
  }
  cli::apply_log_options("meter-sim", arguments.common);
}

// Keys of the file for this meter: those of its title, else those of `*`, of the cipher's size.
sim::CipherKeys keys_of(const Arguments& arguments, const sim::Meter& meter, std::uint8_t control) {
  if (arguments.keys.empty()) return sim::own_keys(meter, control);
  io::forbid_core_dumps();
  const io::KeyRing ring = io::load_keys(arguments.keys, arguments.insecure_key_file);
  const std::size_t size = sim::key_length(control);
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  for (const std::string& title : {to_hex(meter.title), std::string("*")}) {
    for (const io::KeyRing::Entry& entry : ring.entries()) {
      if (entry.title != title || entry.encryption.size() != size) continue;
      if (tagged && entry.authentication.size() != size) continue;
      return {entry.encryption, entry.authentication};
    }
  }
  throw io::Fatal(io::kConfig, fmt::format("{}: no EK{} of {} bytes for {} or *", arguments.keys,
                                           tagged ? " and AK" : "", size, to_hex(meter.title)));
}

std::optional<std::uint8_t> security_of(const Arguments& arguments, const sim::Meter& meter) {
  const std::string& text = arguments.security;
  if (text.empty()) return meter.control;
  if (text == "none") return std::nullopt;
  const auto byte = from_hex(text);
  if (!byte || byte->size() != 1 || !sim::is_known_control(byte->front())) {
    cli::usage_error(fmt::format(
        "--security: '{}' is none of 10 20 30 and 11 21 31, 12 22 32 (suites 0, 1, 2), none",
        text));
  }
  return byte->front();
}

sim::Seconds start_of(const Arguments& arguments) {
  std::string text = arguments.start;
  if (text.empty()) text = arguments.pty.empty() ? std::string(kDefaultStart) : "now";
  const auto time = text == "now" ? io::wall_clock() : record::parse_timestamp(text);
  if (!time) {
    cli::usage_error(fmt::format(
        "--start: '{}' is no RFC 3339 time (2026-03-02T07:00:00+01:00) and not now", text));
  }
  const sim::Seconds seconds = *time / 1'000'000;
  if (seconds < sim::kFirstStart || seconds >= sim::kLastStart) {
    cli::usage_error(fmt::format("--start: {} lies outside 2020 to 2099", text));
  }
  return seconds;
}

std::uint32_t period_of(const Arguments& arguments) {
  const std::uint64_t ms = cli::parse_duration_ms("--period", arguments.period);
  if (ms == 0 || ms % 1000 != 0 || ms > 86'400'000) {
    cli::usage_error(
        fmt::format("--period: '{}' is not 1s to 1d in whole seconds", arguments.period));
  }
  return static_cast<std::uint32_t>(ms / 1000);
}

// Messages to where they belong.
class Player {
 public:
  Player(const Arguments& arguments, sim::Settings settings, const sim::Wire& wire)
      : arguments_(arguments), settings_(std::move(settings)), wire_(wire) {
    if (!arguments.truth.empty()) {
      truth_.open(arguments.truth, std::ios::binary | std::ios::trunc);
      if (!truth_) throw io::file_error(arguments.truth, errno);
    }
    if (!arguments.interval.empty()) {
      interval_ = cli::parse_duration_ms("--interval", arguments.interval);
    }
  }

  int run() {
    std::optional<sim::PtyLine> line;
    if (!arguments_.pty.empty()) {
      line.emplace(arguments_.pty, wire_);
      if (!interval_) interval_ = std::uint64_t{settings_.period} * 1000;
      if (!line->wait_for_reader()) return io::kOk;
      settings_.start = start_of(arguments_);
    }
    sim::Simulator simulator(settings_);
    long long due = io::monotonic_ms();
    for (std::uint64_t n = 0; !arguments_.count || n < *arguments_.count; ++n) {
      if (interval_ && !sim::sleep_until(due)) break;
      due += static_cast<long long>(interval_.value_or(0));
      if (!interval_ && n % 256 == 255) io::Signals::wait(nullptr, 0, 0);
      if (io::Signals::received() != 0) break;
      const auto message = simulator.next();
      if (!message) throw std::runtime_error("a message is too long for its link");
      if (n == 0) check_period(**message);
      if (!(line ? send(*line, **message) : print(**message))) break;
    }
    output_.close();
    close_truth();
    return io::kOk;
  }

 private:
  // Times of bytes are at stake: a meter cannot send faster than its line.
  void check_period(const sim::Message& message) const {
    if (arguments_.pty.empty() && arguments_.output != "json") return;
    std::size_t bytes = 0;
    for (const ByteVector& frame : message.frames) bytes += frame.size();
    if (wire_.micros(bytes) > std::int64_t{settings_.period} * 1'000'000) {
      cli::usage_error(fmt::format("--period: a message takes {} ms at {}",
                                   wire_.micros(bytes) / 1000, arguments_.line));
    }
  }

  bool send(sim::PtyLine& line, const sim::Message& message) {
    const std::uint64_t lost = line.lost();
    for (const ByteVector& frame : message.frames) {
      if (!line.send(frame)) return false;
    }
    if ((line.lost() != lost) != losing_) {
      losing_ = !losing_;
      io::log_info("{}: {}", arguments_.pty,
                   losing_ ? "nobody reads, bytes are lost" : "read again");
    }
    note(message, record::format_timestamp(io::wall_clock()));
    return true;
  }

  bool print(const sim::Message& message) {
    Buffer& out = output_.buffer();
    std::int64_t on_wire = 0;
    for (const ByteVector& frame : message.frames) {
      if (arguments_.output == "hex") {
        add_hex(out, frame);
      } else if (arguments_.output == "bin") {
        out.add(as_text(frame));
      } else {
        print_record(message.utc * 1'000'000 + on_wire, frame);
        on_wire += wire_.micros(frame.size());
      }
    }
    if (arguments_.output == "hex") out.add('\n');
    output_.record_done();
    if (interval_) output_.flush();
    note(message, {});
    return true;
  }

  void print_record(record::Micros at, const ByteVector& frame) {
    const std::string ts = record::format_timestamp(at);
    record_.head = {ts, settings_.meter->name, ++seq_};
    record_.ms = static_cast<std::uint64_t>(wire_.micros(frame.size() - 1) / 1000);
    record_.line = arguments_.line;
    record_.why = "frame";
    record_.bytes = frame;
    record::write(output_.buffer(), record_);
  }

  void note(const sim::Message& message, const std::string& sent) {
    if (!truth_.is_open()) return;
    truth_text_.clear();
    sim::write_truth(truth_text_, settings_, message, sent);
    truth_.write(truth_text_.data(), static_cast<std::streamsize>(truth_text_.size()));
    if (interval_) truth_.flush();
  }

  void close_truth() {
    if (!truth_.is_open()) return;
    truth_.close();
    if (!truth_) throw io::Fatal(io::kIoError, arguments_.truth + ": cannot be written");
  }

  const Arguments& arguments_;
  sim::Settings settings_;
  sim::Wire wire_;
  std::optional<std::uint64_t> interval_;
  io::Output output_;
  record::BytesRecord record_;
  std::uint64_t seq_ = 0;  // counts from 1
  std::ofstream truth_;
  Buffer truth_text_;
  bool losing_ = false;
};

int list_meters() {
  io::Output output;
  for (const sim::Meter& meter : sim::meters()) {
    output.buffer().add(fmt::format("{:<16}{}\n", meter.name, meter.description));
  }
  output.close();
  return io::kOk;
}

int print_keys(const sim::Settings& settings) {
  io::Output output;
  const std::string ak = settings.keys.ak.empty() ? "" : " ak=" + to_hex(settings.keys.ak);
  output.buffer().add(fmt::format("title={} ek={}{} label={}\n", to_hex(settings.meter->title),
                                  to_hex(settings.keys.ek), ak, settings.meter->name));
  output.close();
  return io::kOk;
}

int run(int argc, char** argv) {
  Arguments arguments;
  parse(arguments, argc, argv);
  if (arguments.list_meters) return list_meters();
  sim::Settings settings;
  settings.meter = sim::find_meter(arguments.meter);
  if (settings.meter == nullptr) {
    cli::usage_error(fmt::format("--meter: '{}' is none of --list-meters", arguments.meter));
  }
  const auto wire = sim::parse_wire(arguments.line);
  if (!wire) {
    cli::usage_error(fmt::format("--line: '{}' is no line (2400-8E1)", arguments.line));
  }
  settings.seed = arguments.seed;
  settings.start = start_of(arguments);
  settings.period = period_of(arguments);
  settings.control = security_of(arguments, *settings.meter);
  settings.keys = keys_of(arguments, *settings.meter, settings.control.value_or(0));
  if (arguments.print_keys) return print_keys(settings);
  return Player(arguments, std::move(settings), *wire).run();
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool("meter-sim", [&] { return run(argc, argv); });
}
