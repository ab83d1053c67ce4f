#include "serial/live.hpp"

#include <algorithm>
#include <utility>

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
      assembler_([this](const Burst& burst) { give(burst); }, options.link),
      reception_(port, world(), *this, " (--wait goes on trying)") {
  if (options_.answer) answerer_.emplace(*options_.answer);
}

void LiveReader::run() {
  reception_.open();
  reception_.run();
  finish();
}

// As the real one, but the output is waited for as well, and it holds up a port that may wait.
World LiveReader::world() {
  World world = real_world();
  world.wait = [this](Port& port, std::int64_t timeout_us) {
    pollfd fds[2] = {output_.waits_for(), {-1, 0, 0}};
    if (port.is_live() || output_.queue().empty()) fds[1] = port.waits_for();
    const int n = wait_for(fds, 2, timeout_us);
    output_events_ = n > 0 ? fds[0].revents : short{0};
    return n > 0 && fds[1].revents != 0;
  };
  return world;
}

// What is unfinished goes out; the reader of a pipe may take its time unless a signal came.
void LiveReader::finish() {
  if (!done_) assembler_.end();
  reception_.close();
  if (counts_.marked != 0) {
    os::log_info("{}: {} of {} bytes came with a parity or framing error", port_.name(),
                 counts_.marked, counts_.bytes);
  }
  output_.finish();
}

std::int64_t LiveReader::due_us() const {
  std::int64_t at = kNever;
  const auto sooner = [&at](long long other) { at = std::min<std::int64_t>(at, other * 1000); };
  if (reception_.state() == Reception::State::closed) sooner(retry_at_);
  if (assembler_.pending() != 0) sooner(last_byte_at_ + gap_ms_);
  if (reception_.state() == Reception::State::open) {
    if (options_.silence_ms != 0) {
      sooner(quiet_since_ + static_cast<long long>(options_.silence_ms));
    }
    if (lost_) sooner(opened_at_ + kSettledMs);
  }
  return at;
}

void LiveReader::on_time(std::int64_t now_us) {
  if (os::Signals::received() != 0) return;
  if (output_events_ != 0) output_.handle(std::exchange(output_events_, short{0}));
  if (done_) return;
  const long long now = now_us / 1000;
  if (assembler_.pending() != 0 && now >= last_byte_at_ + gap_ms_) assembler_.gap();
  if (done_) return;
  if (reception_.state() == Reception::State::closed && now >= retry_at_) return reception_.open();
  if (reception_.state() != Reception::State::open) return;
  if (lost_ && now >= opened_at_ + kSettledMs) {
    retry_ms_ = 0;
    say_found("back");
  }
  if (options_.silence_ms != 0 &&
      now >= quiet_since_ + static_cast<long long>(options_.silence_ms)) {
    silent();
  }
}

void LiveReader::on_open() {
  opened_at_ = quiet_since_ = os::monotonic_ms();
  counts_.is_away = false;
  if (answerer_) answerer_->forget();
  said_.reset();
  if (!was_open_ && lost_) say_found("there");  // it was waited for
  if (was_open_) ++counts_.reopenings;
  was_open_ = true;
  os::log_debug("{}: open, line {}", port_.name(), to_string(line_));
}

void LiveReader::say_found(std::string_view where) {
  lost_ = false;
  os::log_info("{}: {} after {:.1f} s", port_.name(), where, seconds(opened_at_ - lost_at_));
}

void LiveReader::on_not_opened(const Trouble& trouble) {
  const bool may_wait = options_.wait && trouble.kind == Trouble::Kind::missing;
  if (!was_open_ && !lost_ && !may_wait) throw fatal_unless_waited_for(trouble);
  const long long now = os::monotonic_ms();
  if (!was_open_ && !lost_) {
    lost_ = counts_.is_away = true;
    lost_at_ = now;
    said_ = trouble.kind;
    os::log_info("{}: not there yet, waiting for it", port_.name());
  } else if (!lost_) {  // while it was reopened after a silence
    return gone(trouble.text);
  } else if (said_ != trouble.kind && trouble.kind != Trouble::Kind::missing) {
    said_ = trouble.kind;
    os::log_warning("{} (trying on)", trouble.text);
  }
  retry_later(now);
}

void LiveReader::on_lost(const Trouble& trouble) {
  if (trouble.kind != Trouble::Kind::ended) return gone(trouble.text);
  if (!done_) assembler_.end();
  done_ = true;
}

void LiveReader::gone(const std::string& why) {
  if (!done_) assembler_.end();
  if (done_) return;
  if (!options_.reconnect || !port_.can_reopen()) {
    output_.drain();
    throw os::Fatal(os::kIoError, why);
  }
  const long long now = os::monotonic_ms();
  if (!lost_) {
    lost_ = counts_.is_away = true;
    lost_at_ = now;
    said_ = Trouble::Kind::missing;
    os::log_warning("{}: waiting for it to come back", why);
  }
  retry_later(now);
}

void LiveReader::retry_later(long long now) {
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
    reception_.close();
    reception_.open();
  }
}

void LiveReader::on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                          const Arrival& arrival) {
  if (answerer_) answer(bytes, marked, arrival);  // first: the master does not wait for long
  const long long now = arrival.steady_us / 1000;
  if (silent_) {
    silent_ = false;
    os::log_info("{}: bytes again after {:.1f} s", port_.name(), seconds(now - silent_since_));
  }
  if (lost_) say_found("back");
  retry_ms_ = 0;
  last_byte_at_ = quiet_since_ = now;

  bool last = false;
  marked_ = marked;
  if (options_.max_bytes && bytes.size() >= *options_.max_bytes - counts_.bytes) {
    bytes = bytes.first(static_cast<std::size_t>(*options_.max_bytes - counts_.bytes));
    while (!marked_.empty() && marked_.back() >= bytes.size()) marked_.pop_back();
    last = true;
  }
  if (counts_.marked == 0 && !marked_.empty()) {
    os::log_warning(
        "{}: bytes come with parity or framing errors on line {}: baud rate, parity or cable? "
        "(marked in the records)",
        port_.name(), to_string(line_));
  }
  counts_.bytes += bytes.size();
  counts_.marked += marked_.size();
  assembler_.push(bytes, marked_, arrival);
  if (last && !done_) {
    assembler_.end();
    done_ = true;
  }
}

void LiveReader::answer(Bytes bytes, const std::vector<std::size_t>& marked,
                        const Arrival& arrival) {
  if (!answerer_->push(bytes, marked, arrival)) return;
  if (const auto written = port_.write({&Answerer::kAcknowledge, 1}); written) {
    ++counts_.answers;
  } else if (!said_unanswered_) {
    said_unanswered_ = true;
    os::log_warning("{}: the meter gets no answer, and will stop sending", written.error().text);
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
