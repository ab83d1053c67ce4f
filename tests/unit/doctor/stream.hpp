// Streams for meter-doctor's lower layers: what meters send, message by message, what may happen to
// it on the way, and the judgement of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "doctor/line_evidence.hpp"
#include "serial/uart.hpp"
#include "sim/simulator.hpp"
#include "support/random.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::test {

struct Burst {
  ByteVector bytes;
  std::vector<std::uint32_t> marked = {};
};
using Bursts = std::vector<Burst>;

// Frames of `count` messages, each message's in a list; with a key of chance.
inline std::vector<std::vector<ByteVector>> frames_of(const sim::Meter& meter, int count,
                                                      Random& random) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.seed = random.bits();
  settings.start = sim::kFirstStart + static_cast<sim::Seconds>(random.below(1'000'000'000));
  settings.control = meter.control;
  if (meter.control) {
    settings.keys = sim::own_keys(meter, *meter.control);
    for (auto& byte : settings.keys.ek) byte = random.byte();
    for (auto& byte : settings.keys.ak) byte = random.byte();
  }
  sim::Simulator simulator(settings);
  std::vector<std::vector<ByteVector>> messages;
  while (count-- > 0) messages.push_back((*simulator.next())->frames);
  return messages;
}

inline Bursts bursts_of(const std::vector<std::vector<ByteVector>>& messages) {
  Bursts bursts;
  for (const auto& frames : messages) {
    Burst burst;
    for (const ByteVector& frame : frames) append(burst.bytes, frame);
    bursts.push_back(std::move(burst));
  }
  return bursts;
}

inline Bursts over_the_line(const Bursts& sent, const serial::LineSettings& sender,
                            const serial::Receiving& receiving) {
  Bursts out;
  for (const Burst& burst : sent) {
    const serial::Sampled got = serial::received(burst.bytes, sender, receiving);
    out.push_back({got.bytes, {got.marked.begin(), got.marked.end()}});
  }
  return out;
}

struct Judged {
  doctor::Finding line, framing;
  double seconds = 0;
};

// How much the reader knows besides the bytes.
struct Known {
  bool bursts = true, marks = true;
  std::optional<serial::LineSettings> line = std::nullopt;
};

class EvidenceSink final : public transport::ReceiverSink {
 public:
  explicit EvidenceSink(doctor::FrameEvidence& frames) : frames_(frames) {}
  void on_frame(const link::Frame& frame) override { frames_.good(frame); }
  void on_message(const transport::Message&) override { frames_.message(); }
  void on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) override {
    frames_.rsp_ud(frame, answer);
  }
  void on_error(const Error&, std::uint64_t, Bytes) override {}
  void on_skipped(const Error& why, std::uint64_t offset, Bytes bytes) override {
    frames_.skipped(why, offset, bytes);
  }

 private:
  doctor::FrameEvidence& frames_;
};

inline Judged judge(const Bursts& bursts, const Known& known) {
  doctor::LineEvidence line;
  doctor::FrameEvidence frames;
  EvidenceSink sink(frames);
  transport::Receiver receiver(sink);
  if (known.line) line.line = *known.line;
  for (const Burst& burst : bursts) {
    doctor::Arrival arrival;
    arrival.is_burst = known.bursts;
    if (known.marks) arrival.marked = burst.marked;
    line.add(burst.bytes, arrival);
    receiver.push(burst.bytes);
    if (known.bursts) receiver.end_of_frame();
  }
  receiver.end_of_message();
  const auto before = std::chrono::steady_clock::now();
  Judged judged{judge_line(line, frames), {}, 0};
  if (judged.line.state != doctor::State::broken) judged.framing = judge_framing(frames, line);
  judged.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  return judged;
}

// The first broken layer and its cause: "line/baud", "framing/checksum", "none".
inline std::string verdict(const Judged& judged) {
  for (const doctor::Finding* finding : {&judged.line, &judged.framing}) {
    if (finding->state == doctor::State::broken) {
      return std::string(name(layer_of(finding->cause))) + "/" +
             std::string(code_of(finding->cause));
    }
  }
  return "none";
}

// Counts hits by the case's name, and prints the misses' first ones.
class HitRate {
 public:
  void add(const std::string& name, const std::string& wanted, const Judged& judged,
           const std::string& where) {
    const std::string is = verdict(judged);
    Row& row = rows_[name];
    ++row.tried;
    slowest_ = std::max(slowest_, judged.seconds);
    const auto layer = [](const std::string& text) { return text.substr(0, text.find('/')); };
    row.layer += layer(is) == layer(wanted) ? 1 : 0;
    row.cause += is == wanted ? 1 : 0;
    if (is != wanted && misses_.size() < 4000) {
      misses_ += "\n  " + name + " " + where + ": " + is + " for " + wanted + " (" +
                 judged.line.text + " | " + judged.framing.text + ")";
    }
  }
  std::string text() const {
    std::string out = "layer, cause, tried:";
    for (const auto& [name, row] : rows_) {
      out += "\n  " + name + " " + std::to_string(row.layer) + " " + std::to_string(row.cause) +
             " " + std::to_string(row.tried);
    }
    return out + "\n  slowest " + std::to_string(slowest_) + " s" + misses_;
  }
  std::uint64_t tried() const { return sum(&Row::tried); }
  std::uint64_t layers() const { return sum(&Row::layer); }
  std::uint64_t causes() const { return sum(&Row::cause); }
  // Of the name that was hit the least, in percent.
  std::uint64_t least() const {
    std::uint64_t least = 100;
    for (const auto& [name, row] : rows_) least = std::min(least, 100 * row.cause / row.tried);
    return least;
  }

 private:
  struct Row {
    std::uint64_t tried = 0, layer = 0, cause = 0;
  };
  std::uint64_t sum(std::uint64_t Row::*which) const {
    std::uint64_t total = 0;
    for (const auto& [name, row] : rows_) total += row.*which;
    return total;
  }
  std::map<std::string, Row> rows_;
  std::string misses_;
  double slowest_ = 0;
};

}  // namespace meterpipe::test
