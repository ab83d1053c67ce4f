#include "serial/live.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "record/stats.hpp"

namespace meterpipe::serial {
namespace {

constexpr long long kFirstRetryMs = 100;
constexpr long long kLastRetryMs = 2000;
constexpr long long kSettledMs = 1000;  // a port that stays open this long is back

Arrival now_on_both_clocks() { return {os::wall_clock(), os::monotonic_us()}; }

double seconds(long long ms) { return static_cast<double>(ms) / 1000; }

}  // namespace

LiveReader::LiveReader(Port& port, const LineSettings& line, const LiveOptions& options,
                       BurstWriter& writer, io::LiveOutput& output)
    : port_(port),
      line_(line),
      options_(options),
      writer_(writer),
      output_(output),
      gap_ms_(gap_ms(line, port.slack_ms())),
      assembler_([this](const Burst& burst) { give(burst); }, options.link) {}

void LiveReader::run() {
  start_open();
  while (!done_ && os::Signals::received() == 0) {
    pollfd fds[2] = {output_.waits_for(), {-1, 0, 0}};
    const bool reads = port_.is_live() || output_.queue().empty();
    if (state_ != State::waiting && reads) fds[1] = port_.waits_for();
    const int n = os::Signals::wait(fds, 2, timeout(os::monotonic_ms()));
    const Arrival arrival = now_on_both_clocks();
    if (n < 0) {
      if (errno == EINTR) continue;
      throw os::Fatal(os::kIoError, std::string("poll: ") + std::strerror(errno));
    }
    if (n > 0 && fds[1].revents != 0) {
      if (state_ == State::open) {
        read_port(arrival);
      } else if (const auto progress = port_.proceed(); !progress) {
        not_opened(progress.error());
      } else if (*progress == Progress::opened) {
        opened();
      }
    }
    if (n > 0) output_.handle(fds[0].revents);
    if (!done_) look_at_clock(arrival.steady_us / 1000);
  }
  finish();
}

// What is unfinished goes out; the reader of a pipe may take its time unless a signal came.
void LiveReader::finish() {
  if (!done_) assembler_.end();
  port_.close();
  if (counts_.marked != 0) {
    os::log_info("{}: {} of {} bytes came with a parity or framing error", port_.name(),
                 counts_.marked, counts_.bytes);
  }
  if (!output_.drain()) {
    os::log_error("{} records not written: the next program in the pipe does not take them",
                  output_.queue().size());
    return;
  }
  output_.close();
}

int LiveReader::timeout(long long now) const {
  long long at = -1;
  const auto sooner = [&at](long long other) { at = at < 0 ? other : std::min(at, other); };
  if (state_ == State::waiting) sooner(retry_at_);
  if (state_ == State::opening) sooner(give_up_at_);
  if (assembler_.pending() != 0) sooner(last_byte_at_ + gap_ms_);
  if (state_ == State::open) {
    if (options_.silence_ms != 0) {
      sooner(quiet_since_ + static_cast<long long>(options_.silence_ms));
    }
    if (lost_) sooner(opened_at_ + kSettledMs);
  }
  if (at < 0) return -1;
  return static_cast<int>(std::clamp(at - now, 0LL, 3'600'000LL));
}

void LiveReader::look_at_clock(long long now) {
  if (assembler_.pending() != 0 && now >= last_byte_at_ + gap_ms_) assembler_.gap();
  if (done_) return;
  if (state_ == State::waiting && now >= retry_at_) return start_open();
  if (state_ == State::opening && now >= give_up_at_) {
    return not_opened(
        {Trouble::Kind::missing, fmt::format("{}: no answer within {} s (--wait goes on trying)",
                                             port_.name(), kOpenMs / 1000)});
  }
  if (state_ != State::open) return;
  if (lost_ && now >= opened_at_ + kSettledMs) {
    lost_ = false;
    retry_ms_ = 0;
    os::log_info("{}: back after {:.1f} s", port_.name(), seconds(opened_at_ - lost_at_));
  }
  if (options_.silence_ms != 0 &&
      now >= quiet_since_ + static_cast<long long>(options_.silence_ms)) {
    silent();
  }
}

void LiveReader::start_open() {
  state_ = State::opening;
  give_up_at_ = os::monotonic_ms() + kOpenMs;
  const auto progress = port_.open();
  if (!progress) return not_opened(progress.error());
  if (*progress == Progress::opened) opened();
}

void LiveReader::opened() {
  state_ = State::open;
  opened_at_ = quiet_since_ = os::monotonic_ms();
  unmarker_ = {};
  said_.reset();
  if (!was_open_ && lost_) {  // it was waited for
    lost_ = false;
    os::log_info("{}: there after {:.1f} s", port_.name(), seconds(opened_at_ - lost_at_));
  }
  if (was_open_) ++counts_.reopenings;
  was_open_ = true;
  os::log_debug("{}: open, line {}", port_.name(), to_string(line_));
  while (!done_ && state_ == State::open && port_.has_early_bytes()) {
    read_port(now_on_both_clocks());
  }
}

void LiveReader::not_opened(const Trouble& trouble) {
  port_.close();
  const bool may_wait = options_.wait && trouble.kind == Trouble::Kind::missing;
  if (!was_open_ && !lost_ && !may_wait) {
    throw fatal(trouble);
  }
  const long long now = os::monotonic_ms();
  if (!was_open_ && !lost_) {
    lost_ = true;
    lost_at_ = now;
    said_ = trouble.kind;
    os::log_info("{}: not there yet, waiting for it", port_.name());
  } else if (!lost_) {  // while it was reopened after a silence
    lost({Trouble::Kind::gone, trouble.text});
    return;
  } else if (said_ != trouble.kind && trouble.kind != Trouble::Kind::missing) {
    said_ = trouble.kind;
    os::log_warning("{} (trying on)", trouble.text);
  }
  state_ = State::waiting;
  retry_ms_ = std::clamp(retry_ms_ * 2, kFirstRetryMs, kLastRetryMs);
  retry_at_ = now + retry_ms_;
}

void LiveReader::lost(const Trouble& trouble) {
  bytes_.clear();
  unmarker_.finish(bytes_);
  if (!bytes_.empty()) assembler_.push(bytes_, {}, now_on_both_clocks());
  if (!done_) assembler_.end();
  port_.close();
  if (trouble.kind == Trouble::Kind::ended || done_) {
    done_ = true;
    return;
  }
  if (!options_.reconnect || !port_.can_reopen()) {
    output_.drain();
    throw os::Fatal(os::kIoError, trouble.text);
  }
  const long long now = os::monotonic_ms();
  if (!lost_) {
    lost_ = true;
    lost_at_ = now;
    said_ = Trouble::Kind::missing;
    os::log_warning("{}: waiting for it to come back", trouble.text);
  }
  state_ = State::waiting;
  retry_ms_ = std::clamp(retry_ms_ * 2, kFirstRetryMs, kLastRetryMs);
  retry_at_ = now + retry_ms_;
}

void LiveReader::silent() {
  const long long now = os::monotonic_ms();
  if (!silent_) {
    silent_ = true;
    silent_since_ = quiet_since_;
    ++counts_.silences;
    os::log_warning(
        "{}: nothing has come for {:g} s: is the meter's interface activated and the adapter "
        "wired?{}",
        port_.name(), seconds(static_cast<long long>(options_.silence_ms)),
        port_.can_reopen() ? " opening it anew" : "");
  }
  quiet_since_ = now;
  if (port_.can_reopen()) {
    port_.close();
    start_open();
  }
}

void LiveReader::read_port(const Arrival& arrival) {
  std::uint8_t room[kMostAtOnce];
  const auto n = port_.read(room);
  if (!n) return lost(n.error());
  if (*n == 0) return;
  const long long now = arrival.steady_us / 1000;
  if (silent_) {
    silent_ = false;
    os::log_info("{}: bytes again after {:.1f} s", port_.name(), seconds(now - silent_since_));
  }
  if (lost_) {
    lost_ = false;
    os::log_info("{}: back after {:.1f} s", port_.name(), seconds(opened_at_ - lost_at_));
  }
  retry_ms_ = 0;
  last_byte_at_ = quiet_since_ = now;

  const Bytes raw(room, *n);
  bytes_.clear();
  marked_.clear();
  if (port_.marks_errors()) {
    unmarker_.push(raw, bytes_, marked_);
  } else {
    append(bytes_, raw);
  }
  bool last = false;
  if (options_.max_bytes && bytes_.size() >= *options_.max_bytes - counts_.bytes) {
    bytes_.resize(static_cast<std::size_t>(*options_.max_bytes - counts_.bytes));
    while (!marked_.empty() && marked_.back() >= bytes_.size()) marked_.pop_back();
    last = true;
  }
  if (counts_.marked == 0 && !marked_.empty()) {
    os::log_warning(
        "{}: bytes come with parity or framing errors on line {}: baud rate, parity or cable? "
        "(marked in the records)",
        port_.name(), to_string(line_));
  }
  counts_.bytes += bytes_.size();
  counts_.marked += marked_.size();
  assembler_.push(bytes_, marked_, arrival);
  if (last && !done_) {
    assembler_.end();
    done_ = true;
  }
}

// What the next program does not take at once waits in the queue: that is not in it.
void LiveReader::take_times(const Burst& burst) {
  const Micros age = os::wall_clock() - burst.first.wall;
  counts_.ages.add(age);
  if (!options_.says_times) return;
  os::log_debug("{} {}: {} bytes in {} ms, {} ms since its first byte, {} ms since its last byte",
                port_.name(), counts_.records + 1, burst.bytes.size(), burst.ms,
                record::thousandths(age),
                record::thousandths(age - static_cast<Micros>(burst.ms) * 1000));
}

void LiveReader::give(const Burst& burst) {
  if (done_) return;
  const std::string ts = format_timestamp(burst.first.wall);
  record_.clear();
  writer_.write(record_, burst, ts);
  output_.add(record_.view(), ts);
  if (options_.times) take_times(burst);
  ++counts_.records;
  if (options_.count && counts_.records >= *options_.count) done_ = true;
}

}  // namespace meterpipe::serial
