// mbus-read: bytes of a serial line, a TCP connection or standard input in; one record per frame,
// stamped, out. Or a log again, at its own pace.

#include <algorithm>
#include <charconv>

#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "cli/common.hpp"
#include "cli/filter.hpp"
#include "cli/output_counts.hpp"
#include "mbus-read/detection.hpp"
#include "mbus-read/reading_out.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "record/hex_line.hpp"
#include "record/stats.hpp"
#include "serial/list.hpp"
#include "serial/live.hpp"
#include "serial/pacer.hpp"

namespace meterpipe {
namespace {

struct Settings {
  cli::Common common;
  std::string port;
  std::string line_text = "2400-8E1";
  serial::LineSettings line;
  serial::OutputForm output = serial::OutputForm::json;
  cli::LinkOptions link;
  bool list = false;
  bool detect = false;
  std::string detect_time = "12s";
  bool no_reconnect = false;
  std::string silence = "5m";
  bool answer = false;
  std::string answer_address = "f0";
  bool read_out = false;
  std::string device;
  bool is_repeated = false;
  std::uint64_t every_ms = 0;
  std::string timeout = "2s";
  std::uint64_t tries = 3;
  std::string replay;
  std::string speed_text = "1";
  double speed = 1;
  serial::LiveOptions live;
};

constexpr cli::Word<serial::OutputForm> kOutputWords[]{{"json", serial::OutputForm::json},
                                                       {"hex", serial::OutputForm::hex},
                                                       {"bin", serial::OutputForm::bin}};

// queue: what waits for the next program, and what was dropped of it.
void add_counts(json::Writer& json, const serial::ReadCounts& counts,
                const io::RecordQueue* queue) {
  json.member_number("records", counts.records);
  json.member_number("bytes", counts.bytes);
  json.member_number("marked", counts.marked);
  json.member_number("overruns", queue == nullptr ? 0 : queue->dropped());
  json.member_number("reopenings", counts.reopenings);
  json.member_number("silences", counts.silences);
  json.member_number("away", counts.is_away ? 1U : 0U);
  json.member_number("answers", counts.answers);
  cli::add_queue(json, queue);
}

// A log: records pass as they are, each when its last byte came in; hex becomes one record per
// frame, at the line's pace. Nothing is dropped: a slow reader makes it wait.
class Replay final : public cli::Filter {
 public:
  explicit Replay(const Settings& settings)
      : Filter("mbus-read", settings.common),
        settings_(settings),
        pacer_(settings.speed, settings.line),
        assembler_([this](const serial::Burst& burst) { give(burst); }, settings.live.link) {}

 private:
  Result<bool> handle(record::Line& line) override {
    const auto ts = parse_timestamp(line.head().ts);
    if (line.type() != record::Type::bytes) {
      if (ts) pause(pacer_.wait_us(*ts, os::monotonic_us()));
      return stopped_;  // true: handled, that is, not passed on
    }
    if (const auto read = record::read(line, bytes_); !read) return fail_with(read.error());
    pause(ts ? pacer_.wait_us(*ts + static_cast<Micros>(bytes_.ms) * 1000, os::monotonic_us())
             : pacer_.wait_us_for(bytes_.bytes.size(), os::monotonic_us()));
    if (stopped_) return true;
    if (passes_records()) {
      buffer().add(line.text(), '\n');
    } else if (settings_.output == serial::OutputForm::hex) {
      record::write_hex_line(buffer(), bytes_.head, nullptr, bytes_.bytes);
    } else {
      buffer().add(as_text(bytes_.bytes));
    }
    output().record_done();
    counts_.marked += bytes_.marked.size();
    count(bytes_.bytes.size());
    if (ts) last_byte_ = *ts + static_cast<Micros>(bytes_.ms) * 1000;
    note_times(bytes_.head, "record");
    last_byte_.reset();
    return true;
  }

  void handle_piece(const record::InputPiece& piece, const record::Head& head) override {
    if (!writer_ || head.src != source_) {
      assembler_.end();
      source_ = head.src;
      writer_.emplace(settings_.output, source_, std::string());
    }
    const auto ts = parse_timestamp(head.ts);
    if (ts || ts_) assembler_.end();
    ts_ = ts;
    assembler_.push(piece.bytes, {}, {});
    if (ts_) assembler_.end();
  }

  void end_of_source() override { assembler_.end(); }
  bool passes_records() const override { return settings_.output == serial::OutputForm::json; }
  bool done() const override { return stopped_; }

  void give(const serial::Burst& burst) {
    if (stopped_) return;
    const std::int64_t now = os::monotonic_us();
    pause(ts_ ? pacer_.wait_us(*ts_, now) : pacer_.wait_us_for(burst.bytes.size(), now));
    if (stopped_) return;
    const std::string ts = ts_ ? format_timestamp(*ts_) : std::string();
    writer_->write(buffer(), burst, ts);
    output().record_done();
    count(burst.bytes.size());
    note_times({ts, source_, {}}, "record");
  }

  void add_stats(json::Writer& json) const override { add_counts(json, counts_, nullptr); }
  std::optional<Micros> last_byte() const override { return last_byte_; }
  std::uint64_t other_goods() const override { return counts_.records; }

  static tl::unexpected<Error> fail_with(const Error& error) {
    return tl::unexpected<Error>(error);
  }

  void count(std::size_t bytes) {
    ++counts_.records;
    counts_.bytes += bytes;
    const serial::LiveOptions& live = settings_.live;
    if (live.count && counts_.records >= *live.count) stopped_ = true;
    if (live.max_bytes && counts_.bytes >= *live.max_bytes) stopped_ = true;
  }

  // Flushes and sleeps; a signal ends the replay.
  void pause(std::int64_t us) {
    if (us > 0) output().flush();
    const std::int64_t end = os::monotonic_us() + us;
    for (std::int64_t left = us; left > 0 && !stopped_; left = end - os::monotonic_us()) {
      constexpr std::int64_t kHour = 3'600'000'000;
      os::Signals::wait(nullptr, 0, static_cast<int>((std::min(left, kHour) + 999) / 1000));
      if (os::Signals::received() != 0) stopped_ = true;
    }
  }

  const Settings& settings_;
  serial::Pacer pacer_;
  serial::Assembler assembler_;
  std::optional<serial::BurstWriter> writer_;
  std::string source_;
  std::optional<Micros> ts_;  // of the hex at hand
  record::BytesRecord bytes_;
  serial::ReadCounts counts_;
  std::optional<Micros> last_byte_;  // of the record at hand
  bool stopped_ = false;
};

int read_live(const Settings& settings, bool line_given) {
  auto port = serial::make_port(settings.port, settings.line);
  if (!port) cli::usage_error("--port: " + port.error());
  // A line that is not set by this program is named only if the user named it.
  const bool sets_line = (*port)->marks_errors() || line_given;
  serial::BurstWriter writer(settings.output, (*port)->source(),
                             sets_line ? to_string(settings.line) : std::string());
  io::LiveOutput output(
      [&writer](std::uint64_t count, std::string_view ts) { return writer.overrun(count, ts); });
  serial::LiveReader reader(**port, settings.line, settings.live, writer, output);
  const io::Stats stats(settings.common.stats, record::stats_line([&](json::Writer& json) {
                          add_counts(json, reader.counts(), &output.queue());
                          cli::add_errors(json, output.queue());
                          record::add_ages(json, "age", reader.counts().ages);
                        }));
  reader.run();
  return os::kOk;
}

int read_out(const Settings& settings, bool line_given) {
  ReadingOut plan;
  plan.port = settings.port;
  plan.form = settings.output;
  if (line_given) plan.options.line = settings.line;
  plan.options.address = settings.device;
  plan.options.timeout_us = cli::parse_duration_us("--timeout", settings.timeout);
  if (plan.options.timeout_us == 0) cli::usage_error("--timeout: longer than 0");
  plan.options.tries = static_cast<unsigned>(settings.tries);
  if (settings.is_repeated) {
    constexpr std::uint64_t kUsualEveryMs = 15 * 60'000;
    plan.every_ms = settings.every_ms == 0 ? kUsualEveryMs : settings.every_ms;
  }
  plan.count = settings.live.count;
  plan.wait = settings.live.wait;
  plan.common = settings.common;
  return run_reading_out(plan);
}

int detect(const Settings& settings, bool line_given) {
  serial::DetectOptions options;
  options.link = settings.live.link;
  options.listen_us =
      static_cast<std::int64_t>(cli::parse_duration_ms("--detect-time", settings.detect_time)) *
      1000;
  if (options.listen_us == 0) cli::usage_error("--detect-time: longer than 0");
  if (line_given) options.first = settings.line;
  return run_detection(settings.port, options);
}

int list() {
  const auto ports = serial::list_ports();
  if (ports.empty()) {
    os::log_info("no serial port found: is the adapter plugged in? (dmesg shows what it became)");
  }
  io::Output output;
  output.buffer().add(serial::format_list(ports));
  output.close();
  return os::kOk;
}

void check(Settings& settings, const cli::Options& options) {
  const auto line = serial::parse_line_settings(settings.line_text);
  if (!line) cli::usage_error("--line: " + line.error());
  settings.line = *line;
  settings.live.link = settings.link.settings();
  settings.live.times = settings.common.wants_times();
  settings.live.says_times = settings.common.says_times();
  settings.live.reconnect = !settings.no_reconnect;
  settings.live.silence_ms = cli::parse_duration_ms("--silence", settings.silence);
  if (settings.live.count == 0U) cli::usage_error("--count: at least 1");
  if (settings.live.max_bytes == 0U) cli::usage_error("--max-bytes: at least 1");
  if (settings.speed_text == "max") {
    settings.speed = 0;
  } else {
    const std::string& text = settings.speed_text;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), settings.speed);
    if (error != std::errc() || end != text.data() + text.size() || !(settings.speed > 0)) {
      cli::usage_error("--speed: '{}' is no factor such as 1 or 10, nor max", text);
    }
  }
  if (options.given("--speed") && settings.replay.empty()) {
    cli::usage_error("--speed needs --replay FILE: a line has its own pace");
  }
  const auto address = from_hex(settings.answer_address);
  if (!address || address->size() != 1) {
    cli::usage_error("--answer-address: '{}' are not two hex digits", settings.answer_address);
  }
  if (settings.answer) settings.live.answer = address->front();
  if (options.given("--answer-address") && !settings.answer) {
    cli::usage_error("--answer-address needs --answer");
  }
  if (settings.answer && (settings.port.empty() || settings.port == "-" || settings.detect)) {
    cli::usage_error(
        "--answer needs --port PATH or --port tcp://HOST:PORT: there is nobody to answer");
  }
  if (settings.read_out) {
    check_reading_out(options, settings.port, settings.device, settings.tries);
  } else if (options.given("--device") || options.given("--every") || options.given("--timeout") ||
             options.given("--tries")) {
    cli::usage_error("--device, --every, --timeout and --tries need --readout");
  }
  if (options.given("--detect-time") && !settings.detect) {
    cli::usage_error("--detect-time needs --detect");
  }
  if (settings.detect) return check_detection(options, settings.port);
  const int sources =
      (settings.list ? 1 : 0) + (settings.port.empty() ? 0 : 1) + (settings.replay.empty() ? 0 : 1);
  if (sources == 0) {
    cli::usage_error(
        "nothing to read: give --port PATH (--list shows them), --port tcp://HOST:PORT, --port - "
        "or --replay FILE");
  }
  if (sources > 1) cli::usage_error("--port, --replay and --list exclude each other");
  if (settings.port.empty()) return;
  if (const auto port = serial::make_port(settings.port, settings.line); !port) {
    cli::usage_error("--port: " + port.error());
  }
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("mbus-read",
                       "Read a meter's serial line: one record per frame, stamped when its first "
                       "byte arrives.");
  options.value("-p,--port", settings.port, "PORT",
                "a serial port's path, tcp://HOST:PORT (ser2net), or - for standard input");
  options.value("--line", settings.line_text, "LINE",
                "baud rate, data bits, parity (N, E, O), stop bits (default 2400-8E1)");
  options.flag("--detect", settings.detect,
               "find out what the line is set to: a table of what was tried, then LINE=...");
  options.value("--detect-time", settings.detect_time, "TIME",
                "how long to listen to a line on which nothing comes, at each rate (default 12s)");
  options.flag("--list", settings.list, "show the serial ports there are, and exit");
  options.choice("-o,--output", settings.output, kOutputWords,
                 "json: records (default); hex: a line per frame; bin: the bytes as they came");
  options.number("-n,--count", settings.live.count, "N", "stop after N records of bytes");
  options.number("--max-bytes", settings.live.max_bytes, "N", "stop after N bytes of the line");
  options.flag("--wait", settings.live.wait, "wait for a port that is not there yet");
  options.flag("--no-reconnect", settings.no_reconnect,
               "end with status 74 when the port goes away, instead of waiting for it");
  options.value(
      "--silence", settings.silence, "TIME",
      "warn when nothing comes for so long, and open the port anew (default 5m, 0: never)");
  options.flag("--answer", settings.answer,
               "answer E5 to each whole M-Bus frame to --answer-address, as the meters of Netz OÖ "
               "want it; nothing else is ever written to a line");
  options.value("--answer-address", settings.answer_address, "ADDRESS",
                "two hex digits (default f0)");
  options.flag("--readout", settings.read_out,
               "ask a meter for its read-out at its infrared interface (IEC 62056-21): sign-on at "
               "300-7E1, or at --line, and at the speed that it offers");
  options.value("--device", settings.device, "ADDRESS",
                "of --readout: the device's address, where several hear");
  options.flag_or_time("--every", settings.is_repeated, settings.every_ms,
                       "of --readout: for ever, every so often (without a TIME 15m), instead of "
                       "once");
  options.value("--timeout", settings.timeout, "TIME",
                "of --readout: how long an answer is waited for (default 2s)");
  options.number("--tries", settings.tries, "N", "of --readout: how often it signs on (default 3)");
  options.value("--replay", settings.replay, "FILE",
                "give out a log (records or hex, -: stdin) at the pace of its own times");
  options.value("--speed", settings.speed_text, "FACTOR",
                "of a replay: 1 (default), 10, any other factor, or max");
  cli::add_link_options(options, settings.link);
  cli::add_log_options(options, settings.common);
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  cli::apply_log_options("mbus-read", settings.common);
  check(settings, options);
  options.checked();
  if (settings.list) return list();
  if (settings.detect) return detect(settings, options.given("--line"));
  if (settings.read_out) return read_out(settings, options.given("--line"));
  if (settings.replay.empty()) return read_live(settings, options.given("--line"));
  settings.common.files = {settings.replay};
  return Replay(settings).run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("mbus-read", [&] { return meterpipe::run(argc, argv); });
}
