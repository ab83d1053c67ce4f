// Lets a simulated meter run: messages in their time, to standard output or a pty, and what they
// say to a file.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/timestamp.hpp"
#include "io/output.hpp"
#include "io/side_file.hpp"
#include "io/stats.hpp"
#include "os/pty.hpp"
#include "record/records.hpp"
#include "serial/assembler.hpp"
#include "serial/line_settings.hpp"
#include "sim/fault_line.hpp"
#include "sim/numbered.hpp"
#include "sim/simulator.hpp"

namespace meterpipe::sim {

enum class Form : std::uint8_t { hex, json, bin };

struct Play {
  std::deque<NumberedMeter> meters = {};  // that the settings refer to
  SimSettings settings;
  // More meters, which send in turn with the first; with faults or on a pty there are none.
  std::vector<SimSettings> others = {};
  bool start_now = false;  // the simulated time begins with the first message
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> interval_ms;  // none: as fast as they can be written
  serial::LineSettings line;
  std::string pty;  // link to be made; empty: standard output
  Form form = Form::hex;
  std::string truth;  // file to be written, or empty
  io::StatsSettings stats;
  bool says_times = false;  // a line for each message that was sent
};

class Player {
 public:
  // Opens the truth file. Fatal where that fails.
  explicit Player(Play play);

  // Until the count is reached or a signal comes; the status.
  int run();

 private:
  // Of a meter that says nothing, or nothing more, unless it is answered.
  int converse(os::PtyLine& line);
  void check_period(const Message& message) const;
  // Fills bursts_ and note_.
  void transmit(const Message& message);
  bool send(os::PtyLine& line, const Message& message);
  void print(const Message& message);
  void print_record(Micros at, std::uint64_t ms, std::string_view why, Bytes bytes,
                    const std::vector<std::uint32_t>& marked);
  void assemble(const Message& message);
  void sent(long long began_us);
  void note(const Message& message, std::string_view sent);

  Play play_;
  FaultyLine line_;
  std::string line_text_;  // as records say it: what the reader has set
  std::vector<Burst> bursts_;
  FaultNote note_;
  // Where frames may not be whole, records are cut as mbus-read cuts them.
  std::optional<serial::Assembler> assembler_;
  io::Output output_;
  record::BytesRecord record_;
  // of whom the message at hand is
  const SimSettings* settings_ = nullptr;
  std::uint64_t* seq_ = nullptr;  // counts from 1
  std::optional<io::SideFile> truth_;
  bool losing_ = false;
  std::uint64_t messages_ = 0, frames_ = 0, bytes_ = 0;  // sent
};

}  // namespace meterpipe::sim
