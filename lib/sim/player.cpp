#include "sim/player.hpp"

#include <deque>
#include <stdexcept>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "os/clock.hpp"
#include "os/log.hpp"
#include "os/sandbox.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "record/stats.hpp"
#include "sim/amis_line.hpp"
#include "sim/partner_player.hpp"
#include "sim/readout_line.hpp"
#include "sim/truth.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint64_t kMessagesBetweenLooks = 256;  // at the signals, where nothing waits

// On its line: the master has it, or it waits for the sign-on.
bool wants_answers(const Meter& meter) {
  return meter.oms || meter.read_out == ReadOut::asked || meter.read_out == ReadOut::brief;
}

}  // namespace

Player::Player(Play play)
    : play_(std::move(play)),
      line_(play_.settings.faults, play_.line, play_.settings.seed),
      line_text_(to_string(line_.reader())) {
  if (play_.settings.faults.any()) {
    assembler_.emplace([this](const serial::Burst& burst) {
      print_record(burst.first.wall, burst.ms, burst.why, burst.bytes, burst.marked);
    });
  }
  if (!play_.truth.empty()) truth_.emplace(play_.truth);
}

int Player::run() {
  std::optional<os::PtyLine> line;
  if (!play_.pty.empty()) {
    line.emplace(play_.pty, line_.reader().baud,
                 static_cast<std::uint32_t>(play_.line.bits_per_character()));
    // Landlock would hide who reads the line, whom it waits for at the end.
    os::contain({os::Calls::pty, {.all = true}});
    if (!play_.interval_ms) play_.interval_ms = std::uint64_t{play_.settings.period} * 1000;
    if (!line->wait_for_reader()) return os::kOk;
  }
  if (play_.start_now) {
    play_.settings.start = os::wall_clock() / kSecond;
    if (play_.settings.start < kFirstStart || play_.settings.start >= kLastStart) {
      throw os::Fatal(os::kUsage, "the clock of this machine is not in 2020 to 2099: use --start");
    }
  }
  if (line && wants_answers(*play_.settings.meter)) return converse(*line);
  const io::Stats stats(play_.stats, record::stats_line([&](json::Writer& json) {
                          json.member_number("messages", messages_);
                          json.member_number("frames", frames_);
                          json.member_number("bytes", bytes_);
                          json.member_number("bytes_lost", line ? line->lost() : 0);
                        }));
  os::contain({os::Calls::pipe, {}});
  struct Sender {
    Simulator simulator;
    std::uint64_t seq = 0;
  };
  std::deque<Sender> senders;
  senders.push_back({Simulator(play_.settings)});
  for (SimSettings& other : play_.others) {
    other.start = play_.settings.start;
    senders.push_back({Simulator(other)});
  }
  long long due = os::monotonic_ms();
  for (std::uint64_t n = 0; !play_.count || n < *play_.count; ++n) {
    if (play_.interval_ms && !os::sleep_until(due)) break;
    due += static_cast<long long>(play_.interval_ms.value_or(0));
    if (!play_.interval_ms && n % kMessagesBetweenLooks == 0) os::Signals::wait(nullptr, 0, 0);
    if (os::Signals::received() != 0) break;
    Sender& sender = senders[n % senders.size()];
    settings_ = &sender.simulator.settings();
    seq_ = &sender.seq;
    const auto message = sender.simulator.next();
    if (!message) throw std::runtime_error("a message is too long for its link");
    if (n == 0) check_period(**message);
    transmit(**message);
    const long long began_us = play_.says_times ? os::monotonic_us() : 0;
    if (!line) {
      print(**message);
    } else if (!send(*line, **message)) {
      break;
    }
    sent(began_us);
  }
  output_.close();
  if (truth_) truth_->close();
  return os::kOk;
}

int Player::converse(os::PtyLine& line) {
  const Meter& meter = *play_.settings.meter;
  settings_ = &play_.settings;
  Simulator simulator(play_.settings);
  std::uint64_t made = 0;
  const auto next = [&]() -> std::optional<ByteVector> {
    if (play_.count && made >= *play_.count) return std::nullopt;
    ++made;
    const auto message = simulator.next();
    if (!message) throw std::runtime_error("a message is too long for its link");
    transmit(**message);
    note(**message, format_timestamp(os::wall_clock()));
    ByteVector bytes;
    for (const Burst& burst : bursts_) append(bytes, burst.bytes);
    return bytes;
  };
  if (meter.oms) {
    AmisLine amis(next, os::monotonic_us(), static_cast<std::int64_t>(*play_.interval_ms) * 1000,
                  play_.line.micros(1));
    PartnerPlayer(amis, play_.line.baud, play_.stats).run(line, [&] { return amis.is_over(); });
  } else {
    ReadOutLine asked(next, std::string(meter.serial));
    PartnerPlayer(asked, ReadOutLine::kFirstBaud, play_.stats).run(line, [&] {
      return asked.is_over() || (play_.count && made >= *play_.count && !asked.due_us());
    });
  }
  if (truth_) truth_->close();
  return os::kOk;
}

// Where times of bytes are at stake, a meter cannot send faster than its line.
void Player::check_period(const Message& message) const {
  if (play_.pty.empty() && play_.form != Form::json) return;
  std::size_t bytes = 0;
  for (const ByteVector& frame : message.frames) bytes += frame.size();
  const std::int64_t takes = play_.line.micros(bytes);
  if (takes <= std::int64_t{play_.settings.period} * 1'000'000) return;
  throw os::Fatal(os::kUsage, "--period: {} s are too short, a message takes {} ms at {}",
                  play_.settings.period, takes / 1000, to_string(play_.line));
}

void Player::transmit(const Message& message) {
  const LinkForm& link = settings_->link ? *settings_->link : settings_->meter->link;
  note_ = message.fault;
  line_.send(message, has_check(link, message), note_, bursts_);
}

bool Player::send(os::PtyLine& line, const Message& message) {
  const std::uint64_t lost = line.lost();
  for (const Burst& burst : bursts_) {
    if (!line.send(burst.bytes)) return false;
  }
  if ((line.lost() != lost) != losing_) {
    losing_ = !losing_;
    os::log_info("{}: {}", play_.pty, losing_ ? "nobody reads, bytes are lost" : "read again");
  }
  note(message, format_timestamp(os::wall_clock()));
  return true;
}

void Player::print(const Message& message) {
  Buffer& out = output_.buffer();
  for (const Burst& burst : bursts_) {
    switch (play_.form) {
      case Form::hex: add_hex(out, burst.bytes); break;
      case Form::bin: out.add(as_text(burst.bytes)); break;
      case Form::json:
        if (assembler_) break;
        print_record(message.sent * 1'000'000 + burst.begin,
                     static_cast<std::uint64_t>(burst.lasts / 1000), "frame", burst.bytes, {});
        break;
    }
  }
  if (play_.form == Form::json && assembler_) assemble(message);
  if (play_.form == Form::hex && !bursts_.empty()) out.add('\n');
  output_.record_done();
  if (play_.interval_ms) output_.flush();
  note(message, {});
}

void Player::assemble(const Message& message) {
  for (const Burst& burst : bursts_) {
    std::size_t mark = 0;
    for (std::size_t i = 0; i < burst.bytes.size(); ++i) {
      const Micros at = message.sent * 1'000'000 + burst.time_of(i);
      const bool is_marked = mark < burst.marked.size() && burst.marked[mark] == i;
      if (is_marked) ++mark;
      assembler_->push(Bytes(burst.bytes).subspan(i, 1),
                       is_marked ? std::vector<std::size_t>{0} : std::vector<std::size_t>{},
                       {at, at});
    }
  }
  assembler_->gap();
}

void Player::print_record(Micros at, std::uint64_t ms, std::string_view why, Bytes bytes,
                          const std::vector<std::uint32_t>& marked) {
  const std::string ts = format_timestamp(at);
  record_.head = {ts, settings_->meter->name, ++*seq_};
  record_.ms = ms;
  record_.line = line_text_;
  record_.marked = marked;
  record_.why = why;
  record_.bytes.assign(bytes.begin(), bytes.end());
  record::write(output_.buffer(), record_);
}

void Player::sent(long long began_us) {
  ++messages_;
  frames_ += bursts_.size();
  std::size_t bytes = 0;
  for (const Burst& burst : bursts_) bytes += burst.bytes.size();
  bytes_ += bytes;
  if (play_.says_times) {
    os::log_debug("message {}: {} bytes, sent in {} ms", messages_, bytes,
                  record::thousandths(os::monotonic_us() - began_us));
  }
}

void Player::note(const Message& message, std::string_view sent) {
  if (!truth_) return;
  write_truth(truth_->buffer(), *settings_, message, sent, note_);
  truth_->record_done(play_.interval_ms.has_value());
}

}  // namespace meterpipe::sim
