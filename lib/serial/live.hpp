// Reads a port for as long as it is wanted: opens and reopens it, stamps and cuts its bytes, hands
// the records to an output that never makes it wait. Everything waits in one place, a poll on the
// port and the output; signals are let in there.
#pragma once

#include <cstdint>
#include <optional>

#include "base/histogram.hpp"
#include "io/live_output.hpp"
#include "serial/answerer.hpp"
#include "serial/assembler.hpp"
#include "serial/burst_writer.hpp"
#include "serial/port.hpp"
#include "serial/reception.hpp"

namespace meterpipe::serial {

struct LiveOptions {
  link::LinkSettings link;                 // what ends a record
  bool wait = false;                       // for a port that is not there yet
  bool reconnect = true;                   // when it has gone
  std::uint64_t silence_ms = 0;            // 0: never mind
  std::optional<std::uint8_t> answer;      // to frames to this address, with E5
  std::optional<std::uint64_t> count;      // records
  std::optional<std::uint64_t> max_bytes;  // of the line
  bool times = false;                      // take the age of each record
  bool says_times = false;                 // and say it
};

struct ReadCounts {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0, marked = 0;  // marked: came with a parity or framing error
  std::uint64_t reopenings = 0;         // of a port that had gone or was silent
  std::uint64_t silences = 0;
  std::uint64_t answers = 0;  // E5 that went out
  bool is_away = false;       // it is not there, and waited for
  Histogram ages;             // microseconds from the first byte to the output, if they are wanted
};

class LiveReader : private Receiver {
 public:
  LiveReader(Port& port, const LineSettings& line, const LiveOptions& options, BurstWriter& writer,
             io::LiveOutput& output);

  // Until the count is reached, the input ends or a signal comes; os::Fatal when it cannot go on.
  void run();
  const ReadCounts& counts() const { return counts_; }

 private:
  void on_open() override;
  void on_not_opened(const Trouble& trouble) override;
  void on_lost(const Trouble& trouble) override;
  void on_bytes(Bytes bytes, const std::vector<std::size_t>& marked,
                const Arrival& arrival) override;
  void on_time(std::int64_t now_us) override;
  std::int64_t due_us() const override;
  bool is_done() const override { return done_; }

  World world();
  void gone(const std::string& why);
  void retry_later(long long now);
  void say_found(std::string_view where);
  void silent();
  void answer(Bytes bytes, const std::vector<std::size_t>& marked, const Arrival& arrival);
  void give(const Burst& burst);
  void take_times(const Burst& burst);
  void finish();

  Port& port_;
  LineSettings line_;
  LiveOptions options_;
  BurstWriter& writer_;
  io::LiveOutput& output_;
  int gap_ms_;
  std::optional<Answerer> answerer_;
  bool said_unanswered_ = false;
  Assembler assembler_;
  Reception reception_;
  Buffer record_;
  std::vector<std::size_t> marked_;

  short output_events_ = 0;  // what poll said of the output, not yet looked at
  bool done_ = false;
  bool was_open_ = false;
  bool lost_ = false;                  // said so, and not yet said that it is back
  bool silent_ = false;                // said so
  std::optional<Trouble::Kind> said_;  // last reason given for not opening
  long long lost_at_ = 0;
  long long retry_at_ = 0;  // closed
  long long retry_ms_ = 0;
  long long opened_at_ = 0;
  long long last_byte_at_ = 0;  // the gap counts from here, whatever becomes of the port
  long long quiet_since_ = 0;   // the last byte, reopening or silence: the next silence counts
  long long silent_since_ = 0;
  ReadCounts counts_;
};

}  // namespace meterpipe::serial
