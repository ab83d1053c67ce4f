#include "mbus-read/reading_out.hpp"

#include "base/timestamp.hpp"
#include "cli/output_counts.hpp"
#include "io/live_output.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/records.hpp"
#include "record/stats.hpp"

namespace meterpipe {
namespace {

constexpr std::uint64_t kMostTries = 10;
constexpr std::int64_t kRetryUs = 1'000'000;  // of a port that is not there

class Reading {
 public:
  explicit Reading(const ReadingOut& plan)
      : plan_(plan),
        output_([this](std::uint64_t count, std::string_view ts) {
          return writer_.overrun(count, ts);
        }),
        reader_(std::move(*serial::make_port(plan.port, plan.options.line)),
                serial::real_world(output_), plan.options),
        writer_(plan.form, reader_.port().source(), {}) {}

  int run() {
    const io::Stats stats(plan_.common.stats,
                          record::stats_line([this](json::Writer& json) { add_counts(json); }));
    std::int64_t due_us = reader_.now().steady_us;
    while (open()) {
      read();
      if (!plan_.every_ms || reader_.is_stopped()) break;
      if (plan_.count && records_ >= *plan_.count) break;
      // One that takes longer than the interval leaves out what it missed.
      const std::int64_t now_us = reader_.now().steady_us;
      do due_us += static_cast<std::int64_t>(*plan_.every_ms) * 1000;
      while (due_us < now_us);
      reader_.idle_until(due_us);
      if (reader_.is_stopped()) break;
    }
    reader_.close();
    output_.finish();
    return plan_.every_ms || failures_ == 0 ? os::kOk : os::kNo;
  }

 private:
  // False: a signal came. Throws os::Fatal where the port is not there at the start.
  bool open() {
    for (;;) {
      if (const auto opened = reader_.open(); opened) {
        if (is_down_) os::log_info("the port is back");
        was_open_ = true;
        is_down_ = false;
        return true;
      }
      const serial::Trouble& trouble = reader_.trouble();
      const bool may_wait = was_open_
                                ? plan_.every_ms.has_value()
                                : plan_.wait && trouble.kind == serial::Trouble::Kind::missing;
      if (!may_wait && was_open_) throw serial::fatal(trouble);
      if (!may_wait) throw serial::fatal_unless_waited_for(trouble);
      if (!is_down_) os::log_warning("{}: trying on", trouble.text);
      is_down_ = true;
      reader_.idle_until(reader_.now().steady_us + kRetryUs);
      if (reader_.is_stopped()) return false;
    }
  }

  void read() {
    using Kind = poll::ReadOutAnswer::Kind;
    const poll::ReadOutAnswer answer = reader_.read();
    switch (answer.kind) {
      case Kind::whole: return give(answer, "frame");
      case Kind::damaged:
        ++failures_;
        os::log_warning("read-out: its end or its check character is wrong, after {} sign-ons",
                        plan_.options.tries);
        return give(answer, "gap");
      case Kind::silence: return give_error(answer);
      case Kind::lost:
        if (!plan_.every_ms) throw serial::fatal(reader_.trouble());
        os::log_warning("{}: trying again with the next read-out", reader_.trouble().text);
        is_down_ = true;
        return;
      case Kind::stopped: return;
    }
  }

  void give(const poll::ReadOutAnswer& answer, std::string_view why) {
    const bool sets_line = reader_.port().sets_rate();
    writer_.set_line(sets_line ? to_string(answer.line) : std::string());
    const serial::Burst burst{answer.first, answer.ms, why, answer.bytes, answer.marked};
    const std::string ts = format_timestamp(answer.first.wall);
    record_.clear();
    writer_.write(record_, burst, ts);
    output_.add(record_.view(), ts);
    ++records_;
    marked_ += answer.marked.size();
  }

  void give_error(const poll::ReadOutAnswer& answer) {
    ++failures_;
    const std::string text = poll::text_of(answer, plan_.options);
    if (plan_.form != serial::OutputForm::json) return os::log_warning("{}", text);
    const std::string ts = format_timestamp(reader_.now().wall);
    const std::string source = reader_.port().source();
    record::ErrorRecord record = record::error_record({ts, source, {}}, "mbus-read",
                                                      poll::error_of(answer, plan_.options), {});
    record.text = text;
    record_.clear();
    record::write(record_, record);
    output_.add(record_.view(), ts);
    errors_.add(record.code);
  }

  void add_counts(json::Writer& json) const {
    const poll::ReadOutCounts& line = reader_.counts();
    json.member_number("records", records_);
    json.member_number("bytes", line.bytes);
    json.member_number("marked", marked_);
    json.member_number("requests", line.requests);
    json.member_number("repeats", line.repeats);
    json.member_number("echoed", line.echoed);
    json.member_number("stray", line.stray);
    json.member_number("away", is_down_ ? 1U : 0U);
    json.member_number("overruns", output_.queue().dropped());
    cli::add_queue(json, &output_.queue());
    cli::add_errors(json, output_.queue(), errors_);
  }

  const ReadingOut& plan_;
  io::LiveOutput output_;
  poll::ReadOut reader_;
  serial::BurstWriter writer_;
  Buffer record_;
  record::CodeCounts errors_;
  std::uint64_t records_ = 0, failures_ = 0, marked_ = 0;
  bool was_open_ = false, is_down_ = false;
};

}  // namespace

void check_reading_out(const cli::Options& options, const std::string& port,
                       const std::string& device, std::uint64_t tries) {
  if (port.empty() || port == "-") {
    cli::usage_error("--readout needs --port PATH or --port tcp://HOST:PORT: a meter is asked");
  }
  for (const char* const other : {"--answer", "--detect", "--replay", "--list", "--max-bytes"}) {
    if (options.given(other)) cli::usage_error("--readout and {} exclude each other", other);
  }
  if (!poll::is_device_address(device)) {
    cli::usage_error("--device: '{}' is no address: up to {} letters, digits and blanks", device,
                     poll::kLongestDevice);
  }
  if (tries < 1 || tries > kMostTries) cli::usage_error("--tries: 1 to {}", kMostTries);
}

int run_reading_out(const ReadingOut& plan) { return Reading(plan).run(); }

}  // namespace meterpipe
