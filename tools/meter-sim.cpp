// meter-sim: plays a smart meter, onto standard output or a line that is a pty. meter-sim(1).
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apdu/security.hpp"
#include "base/hex.hpp"
#include "base/nearest.hpp"
#include "base/secret.hpp"
#include "base/table.hpp"
#include "base/timestamp.hpp"
#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/output.hpp"
#include "keys/keys.hpp"
#include "meter-sim/fault_options.hpp"
#include "os/pty.hpp"
#include "os/sandbox.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"
#include "sim/bus_line.hpp"
#include "sim/numbered.hpp"
#include "sim/partner_player.hpp"
#include "sim/player.hpp"

namespace {

using namespace meterpipe;

constexpr std::string_view kDefaultStart = "2026-03-02T06:00:00Z";

struct Arguments {
  std::string meter = "kaifa-salzburg";
  bool list_by_operator = false, list_meters = false;
  std::optional<std::uint64_t> count;
  std::uint64_t seed = 1;
  std::string number = "0";
  std::string start, period = "5s", interval, security, keys, pty, truth;
  bool print_keys = false;
  bool insecure_key_file = false;
  std::string line, link, bus;
  std::optional<std::uint64_t> blocks, segment;
  std::string output = "hex";
  tool::FaultOptions faults;
  cli::Common common;
};

void parse(cli::Options& options, Arguments& arguments, int argc, char** argv) {
  options.value("--meter", arguments.meter, "NAME", "which meter to play (kaifa-salzburg)");
  options.flag("--list", arguments.list_by_operator,
               "print the meters by operator, with line and keys needed, and exit");
  options.flag("--list-meters", arguments.list_meters, "the same without operators, for scripts");
  options.number("-n,--count", arguments.count, "N", "stop after N messages");
  options.number("--seed", arguments.seed, "N", "another house, the same one for the same N (1)");
  options.value("--number", arguments.number, "N[-M]",
                "another meter of the make, with a number, title and keys of its own; up to M: "
                "several, which send in turn (0)");
  options.value("--start", arguments.start, "TIME",
                "simulated time of the first message, RFC 3339 or now (2026-03-02T06:00:00Z; with "
                "--pty: now)");
  options.value("--period", arguments.period, "DURATION",
                "simulated time between two messages, whole seconds (5s)");
  options.value("--interval", arguments.interval, "DURATION",
                "time between two messages (none; with --pty: the period)");
  options.value("--pty", arguments.pty, "LINK",
                "send on a pty at the rate of --line, with a symbolic link LINK to it");
  options.value("--line", arguments.line, "SETTINGS",
                "rate and form of the line (the meter's own)");
  options.value("--bus", arguments.bus, "METERS",
                "wired M-Bus meters that mbus-poll asks, on --pty: how many, or the address of "
                "each (1,2/late,3/deaf, 4/collision, 5/wrong-fcb, 6@300, echo, noise)");
  options.choice("-o,--output", arguments.output, {"hex", "json", "bin"},
                 "a message a line, bytes records with their times, or the bytes alone");
  options.value("--link", arguments.link, "LINK",
                "mbus, hdlc, wrapper or none: another link (the meter's own)");
  options.number("--blocks", arguments.blocks, "N",
                 "block transfer of N bytes a block, 0 for none (the meter's own)");
  options.number("--segment", arguments.segment, "N",
                 "L of a full M-Bus segment, or bytes of information in an HDLC frame");
  options.value("--security", arguments.security, "BYTE",
                "security control in hex, or none (the meter's own)");
  options.value("-k,--keys", arguments.keys, "FILE", "keys to cipher with (the simulator's own)");
  options.flag("--insecure-key-file", arguments.insecure_key_file,
               "accept a key file that others can read");
  options.flag("--print-keys", arguments.print_keys,
               "print the line of a key file that a reader needs and exit");
  options.value("--truth", arguments.truth, "FILE",
                "write what each message says to FILE, as JSON lines");
  options.excludes("--pty", {"--output"});  // a line carries bytes
  options.needs("--bus", {"--pty"});
  options.needs("--fault-share", {"--fault"});
  options.excludes("--bus", {"--meter", "--count", "--number", "--start", "--period", "--interval",
                             "--line", "--link", "--blocks", "--segment", "--security", "--keys",
                             "--print-keys", "--truth", "--fault"});
  tool::add_fault_options(options, arguments.faults);
  cli::add_stats_option(options, arguments.common);
  cli::add_log_options(options, arguments.common);
  options.parse(argc, argv);
  cli::apply_log_options("meter-sim", arguments.common);
}

std::optional<keys::KeyRing> ring_of(const Arguments& arguments) {
  if (arguments.keys.empty()) return std::nullopt;
  os::forbid_core_dumps();
  return keys::load_keys(arguments.keys, arguments.insecure_key_file);
}

// Keys of the file for this meter: those of its title, else those of `*`, of the cipher's size.
sim::CipherKeys keys_of(const std::optional<keys::KeyRing>& ring, const std::string& file,
                        const sim::Meter& meter, std::uint8_t control) {
  if (!ring || (sim::is_wired(meter) && !meter.oms)) return sim::own_keys(meter, control);
  const std::size_t size = sim::key_length(control);
  const bool tagged = (control & apdu::kAuthenticated) != 0;
  const bool broadcast = (control & apdu::kBroadcast) != 0;
  for (const std::string& title : {to_hex(meter.title), std::string("*")}) {
    for (const keys::KeyRing::Entry& entry : ring->entries()) {
      if (entry.title != title || entry.encryption.size() != size) continue;
      if (tagged && entry.authentication.size() != size) continue;
      if (broadcast && entry.broadcast.size() != size) continue;
      return {not_secret(entry.encryption), not_secret(entry.authentication),
              not_secret(entry.broadcast)};
    }
  }
  throw os::Fatal(os::kConfig, "{}: no EK{}{} of {} bytes for {} or *", file,
                  tagged ? " and AK" : "", broadcast ? " and broadcast key" : "", size,
                  to_hex(meter.title));
}

std::optional<std::uint8_t> security_of(const Arguments& arguments, const sim::Meter& meter) {
  const std::string& text = arguments.security;
  if (text.empty()) return meter.control;
  if (text == "none") return std::nullopt;
  const auto byte = from_hex(text);
  if (!byte || byte->size() != 1 || !sim::is_known_control(byte->front())) {
    cli::usage_error(
        "--security: '{}' is none of 10 20 30 and 11 21 31, 12 22 32 (suites 0, 1, 2), the same "
        "and 40 (broadcast key), none",
        text);
  }
  return byte->front();
}

bool starts_now(const Arguments& arguments) {
  return arguments.start == "now" || (arguments.start.empty() && !arguments.pty.empty());
}

sim::Seconds start_of(const Arguments& arguments) {
  const std::string text = arguments.start.empty() ? std::string(kDefaultStart) : arguments.start;
  const auto time = parse_timestamp(text);
  if (!time) {
    cli::usage_error("--start: '{}' is no RFC 3339 time (2026-03-02T07:00:00+01:00) and not now",
                     text);
  }
  const sim::Seconds seconds = *time / kSecond;
  if (seconds < sim::kFirstStart || seconds >= sim::kLastStart) {
    cli::usage_error("--start: {} lies outside 2020 to 2099", text);
  }
  return seconds;
}

std::uint32_t period_of(const Arguments& arguments) {
  const std::uint64_t ms = cli::parse_duration_ms("--period", arguments.period);
  if (ms == 0 || ms % 1000 != 0 || ms > 86'400'000) {
    cli::usage_error("--period: '{}' is not 1s to 1d in whole seconds", arguments.period);
  }
  return static_cast<std::uint32_t>(ms / 1000);
}

std::string_view keys_needed(const sim::Meter& meter) {
  if (meter.oms) return "EK";
  if (!meter.control) return "no key";
  return (*meter.control & apdu::kAuthenticated) != 0 ? "EK and AK" : "EK";
}

std::string row_of(const sim::Meter& meter) {
  return fmt::format("{:<18}{} ({}, {})\n", meter.name, meter.description, meter.line,
                     keys_needed(meter));
}

std::vector<const sim::Meter*> all_meters() {
  std::vector<const sim::Meter*> all;
  for (const auto& some : {sim::meters(), sim::wired_meters()}) {
    for (const sim::Meter& meter : some) all.push_back(&meter);
  }
  return all;
}

int list_meters(bool by_operator) {
  io::Output output;
  std::vector<std::string_view> seen;
  const std::vector<const sim::Meter*> all = all_meters();
  for (const sim::Meter* const first : all) {
    if (!by_operator) {
      output.buffer().add(row_of(*first));
      continue;
    }
    if (std::ranges::find(seen, first->operators) != seen.end()) continue;
    seen.push_back(first->operators);
    output.buffer().add(fmt::format("{}{}\n", seen.size() > 1 ? "\n" : "", first->operators));
    for (const sim::Meter* const meter : all) {
      if (meter->operators == first->operators) output.buffer().add("  " + row_of(*meter));
    }
  }
  output.close();
  return os::kOk;
}

// An operator whose meters send no tag gives out no AK. `with_ak`: it is printed all the same.
std::string key_line(const sim::SimSettings& settings, bool with_ak) {
  const sim::CipherKeys& keys = settings.keys;
  const std::uint8_t control = settings.control.value_or(0);
  const bool has_ak = !keys.ak.empty() && (with_ak || (control & apdu::kAuthenticated) != 0);
  const std::string ak = has_ak ? " ak=" + to_hex(keys.ak) : "";
  const bool broadcast = (control & apdu::kBroadcast) != 0;
  const std::string more = broadcast ? " broadcast=" + to_hex(keys.broadcast) : "";
  return fmt::format("title={} ek={}{}{} label={}\n", to_hex(settings.meter->title),
                     to_hex(keys.ek), ak, more, settings.meter->name);
}

int print_keys(const sim::Play& play, bool with_ak) {
  io::Output output;
  output.buffer().add(key_line(play.settings, with_ak));
  for (const sim::SimSettings& other : play.others) output.buffer().add(key_line(other, with_ak));
  output.close();
  return os::kOk;
}

// --number: the first and the last one.
std::pair<std::uint64_t, std::uint64_t> numbers_of(const std::string& text) {
  constexpr std::uint64_t kHighest = 999'999, kMost = 100'000;
  const char* const end = text.data() + text.size();
  std::uint64_t first = 0, last = 0;
  auto read = std::from_chars(text.data(), end, first);
  last = first;
  bool good = read.ec == std::errc();
  if (good && read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, last);
    good = read.ec == std::errc();
  }
  if (!good || read.ptr != end || last < first || last > kHighest || last - first >= kMost) {
    cli::usage_error("--number: '{}' is no number up to {} and no range of at most {}, as 1-1000",
                     text, kHighest, kMost);
  }
  return {first, last};
}

// The meter's own link, or what was asked for in its place.
std::optional<sim::LinkForm> link_of(const Arguments& arguments, const sim::Meter& meter) {
  if (arguments.link.empty() && !arguments.blocks && !arguments.segment) return std::nullopt;
  sim::LinkForm form = meter.link;
  if (!arguments.link.empty()) {
    constexpr std::array<std::string_view, 4> kNames{"mbus", "hdlc", "wrapper", "none"};
    const auto link = named<sim::Link>(kNames, arguments.link);
    if (!link)
      cli::usage_error("--link: '{}' is none of {}", arguments.link, fmt::join(kNames, ", "));
    form.link = *link;
  }
  if (arguments.blocks) {
    if (*arguments.blocks > 0xffff) {
      cli::usage_error("--blocks: {} is no 0 to 65535", *arguments.blocks);
    }
    form.blocks.size = static_cast<std::uint32_t>(*arguments.blocks);
    form.blocks.less_in_first = form.blocks.free_behind = 0;
  }
  if (arguments.segment) {
    const std::uint64_t n = *arguments.segment;
    if (form.link == sim::Link::mbus && n >= 6 && n <= 258) {
      form.mbus.length = static_cast<std::uint32_t>(n);
    } else if (form.link == sim::Link::hdlc && form.blocks.size == 0 && n >= 4 &&
               n <= sim::longest_information(form.hdlc)) {
      form.hdlc.room = static_cast<std::uint32_t>(n);
    } else {
      cli::usage_error(
          "--segment: {} is no length of a segment on this link: 6 to 258 "
          "(mbus), 4 to {} (hdlc without blocks)",
          n, sim::longest_information(form.hdlc));
    }
  }
  return form;
}

// What is of DLMS alone.
void refuse_dlms_options(const Arguments& arguments) {
  const char* const given = !arguments.link.empty()       ? "--link"
                            : arguments.blocks            ? "--blocks"
                            : arguments.segment           ? "--segment"
                            : !arguments.security.empty() ? "--security"
                                                          : nullptr;
  if (given != nullptr) {
    cli::usage_error("{}: {} does not speak DLMS", given, arguments.meter);
  }
}

std::vector<std::string_view> meter_names() {
  std::vector<std::string_view> names;
  for (const sim::Meter* const meter : all_meters()) names.push_back(meter->name);
  return names;
}

sim::Play play_of(const Arguments& arguments) {
  sim::Play play;
  sim::SimSettings& settings = play.settings;
  settings.meter = sim::find_meter(arguments.meter);
  if (settings.meter == nullptr) {
    cli::usage_error("--meter: '{}' is none of --list-meters{}", arguments.meter,
                     did_you_mean(arguments.meter, meter_names()));
  }
  if (sim::is_wired(*settings.meter)) refuse_dlms_options(arguments);
  const std::string line =
      arguments.line.empty() ? std::string(settings.meter->line) : arguments.line;
  const auto parsed = serial::parse_line_settings(line);
  if (!parsed) cli::usage_error("--line: " + parsed.error());
  const auto [first, last] = numbers_of(arguments.number);
  for (std::uint64_t number = first; number <= last; ++number) {
    play.meters.emplace_back(*settings.meter, number);
  }
  settings.meter = &play.meters.front().meter();
  settings.seed = arguments.seed + first;
  play.start_now = starts_now(arguments);
  if (!play.start_now) settings.start = start_of(arguments);
  settings.period = period_of(arguments);
  settings.control = security_of(arguments, *settings.meter);
  const std::optional<keys::KeyRing> ring = ring_of(arguments);
  settings.keys = keys_of(ring, arguments.keys, *settings.meter, settings.control.value_or(0));
  settings.link = link_of(arguments, *settings.meter);
  play.count = arguments.count;
  if (!arguments.interval.empty()) {
    play.interval_ms = cli::parse_duration_ms("--interval", arguments.interval);
  }
  play.line = *parsed;
  play.pty = arguments.pty;
  play.form = arguments.output == "json"  ? sim::Form::json
              : arguments.output == "bin" ? sim::Form::bin
                                          : sim::Form::hex;
  play.truth = arguments.truth;
  tool::apply_faults(arguments.faults, play);
  if (last > first && (settings.faults.any() || !play.pty.empty())) {
    cli::usage_error("--number: several meters have no fault and no pty: name one");
  }
  for (std::uint64_t number = first + 1; number <= last; ++number) {
    sim::SimSettings& other = play.others.emplace_back(settings);
    other.meter = &play.meters[number - first].meter();
    other.seed = arguments.seed + number;
    other.keys = keys_of(ring, arguments.keys, *other.meter, settings.control.value_or(0));
  }
  play.stats = arguments.common.stats;
  play.says_times = arguments.common.says_times();
  return play;
}

int play_bus(const Arguments& arguments) {
  const auto bus = sim::parse_bus(arguments.bus, arguments.seed);
  if (!bus) cli::usage_error("--bus: " + bus.error());
  constexpr std::uint32_t kBaud = 2400, kBitsOfByte = 11;
  sim::BusLine meters(*bus);
  os::PtyLine line(arguments.pty, kBaud, kBitsOfByte);
  os::contain({os::Calls::pty, {.all = true}});
  return sim::PartnerPlayer(meters, kBaud, arguments.common.stats).run(line);
}

int run(int argc, char** argv) {
  Arguments arguments;
  cli::Options options("meter-sim", "Plays a smart meter: encodes what the other tools decode.");
  parse(options, arguments, argc, argv);
  if (arguments.list_by_operator || arguments.list_meters) {
    return list_meters(arguments.list_by_operator);
  }
  if (arguments.faults.list) return tool::list_faults();
  if (!arguments.bus.empty()) return play_bus(arguments);
  sim::Play play = play_of(arguments);
  if (arguments.print_keys) return print_keys(play, !arguments.faults.faults.empty());
  return sim::Player(std::move(play)).run();
}

}  // namespace

int main(int argc, char** argv) {
  return cli::run_tool("meter-sim", [&] { return run(argc, argv); });
}
