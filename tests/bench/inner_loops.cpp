// The inner loops by themselves, over what a Kaifa MA309M sends: for whoever works on one of them.
//
//   cmake --build build --target inner-loops && build/tests/bench/inner-loops
//   --benchmark_filter=hex
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "axdr/tree.hpp"
#include "base/buffer.hpp"
#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "decode/reading_maker.hpp"
#include "link/framer.hpp"
#include "record/records.hpp"
#include "sim/simulator.hpp"
#include "support/links.hpp"
#include "views/reading_json.hpp"
#include "views/reading_plan.hpp"

namespace meterpipe {
namespace {

constexpr int kMessages = 64;  // of a stream

// The one meter, ciphering as it does.
sim::Simulator simulator(const char* name = "kaifa-salzburg") {
  sim::SimSettings settings;
  settings.meter = sim::find_meter(name);
  if (settings.meter == nullptr) throw std::invalid_argument(name);
  settings.start = sim::kFirstStart;
  settings.control = settings.meter->control;
  settings.keys = sim::own_keys(*settings.meter, settings.control.value_or(0));
  return sim::Simulator(settings);
}

const sim::Message& message() {
  static sim::Simulator meter = simulator();
  static const sim::Message& first = **meter.next();
  return first;
}

ByteVector stream_of(const char* name) {
  sim::Simulator meter = simulator(name);
  ByteVector stream;
  for (int i = 0; i < kMessages; ++i) {
    for (const ByteVector& frame : (*meter.next())->frames) append(stream, frame);
  }
  return stream;
}

void count_bytes(benchmark::State& state, std::size_t of_each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(of_each) *
                          static_cast<std::int64_t>(state.iterations()));
}

void write_hex_digits(benchmark::State& state) {
  const ByteVector& bytes = message().apdu;
  std::string digits(2 * bytes.size(), '0');
  for (auto _ : state) benchmark::DoNotOptimize(write_hex(digits.data(), bytes));
  count_bytes(state, bytes.size());
}
BENCHMARK(write_hex_digits)->Name("bytes to hex");

void read_hex_digits(benchmark::State& state) {
  const std::string digits = to_hex(message().apdu);
  ByteVector bytes;
  for (auto _ : state) {
    bytes.clear();
    benchmark::DoNotOptimize(append_hex(bytes, digits));
  }
  count_bytes(state, bytes.size());
}
BENCHMARK(read_hex_digits)->Name("hex to bytes");

void x25(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(crc16_x25(message().apdu));
  count_bytes(state, message().apdu.size());
}
BENCHMARK(x25)->Name("FCS of HDLC");

void arc(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(crc16_arc(message().apdu));
  count_bytes(state, message().apdu.size());
}
BENCHMARK(arc)->Name("CRC of P1");

class Counter final : public link::FrameSink {
 public:
  void on_frame(const link::Frame&) override { ++frames; }
  void on_skipped(const link::Skipped&) override { ++skipped; }
  std::size_t frames = 0, skipped = 0;
};

// A stream of whole messages, in the pieces that a read() gives.
void frame(benchmark::State& state, const char* meter) {
  constexpr std::size_t kPiece = 4096;
  const ByteVector stream = stream_of(meter);
  Counter counter;
  for (auto _ : state) {
    link::Framer framer;
    for (Bytes rest = stream; !rest.empty();) {
      const Bytes piece = rest.first(std::min(kPiece, rest.size()));
      framer.push(piece, counter);
      rest = rest.subspan(piece.size());
    }
    framer.gap(counter);
  }
  if (counter.frames == 0 || counter.skipped != 0) state.SkipWithError("the stream is damaged");
  count_bytes(state, stream.size());
}
BENCHMARK_CAPTURE(frame, mbus, "kaifa-salzburg")->Name("frames of M-Bus, 64 messages");
BENCHMARK_CAPTURE(frame, hdlc, "am550-wien")->Name("frames of HDLC, 64 messages");

void parse_data(benchmark::State& state) {
  const ByteVector& plain = message().plain;
  axdr::Nodes nodes;
  for (auto _ : state) {
    if (!apdu::parse_notification(plain, nodes)) state.SkipWithError("no notification");
  }
  count_bytes(state, plain.size());
}
BENCHMARK(parse_data)->Name("A-XDR of a message");

void open_message(benchmark::State& state, const char* meter_name) {
  sim::Simulator meter = simulator(meter_name);
  const sim::Message& sent = **meter.next();
  const sim::CipherKeys& keys = meter.settings().keys;
  apdu::Key key(keys.ek, keys.ak, {}, "key");
  apdu::Key* const one[] = {&key};
  ByteVector plain;
  for (auto _ : state) {
    const auto ciphered = apdu::parse_ciphered(sent.apdu);
    if (!ciphered) return state.SkipWithError("not ciphered");
    apdu::Security security = apdu::security_of(*ciphered);
    if (!apdu::decipher(*ciphered, one, apdu::AuthMode::check, security, plain)) {
      return state.SkipWithError("the key does not fit");
    }
  }
  count_bytes(state, sent.apdu.size());
}
BENCHMARK_CAPTURE(open_message, untagged, "kaifa-salzburg")->Name("AES-GCM of a message, no tag");
BENCHMARK_CAPTURE(open_message, tagged, "e450-burgenland")
    ->Name("AES-GCM of a message, with a tag");

std::string line_of(const sim::Message& sent) {
  record::ApduRecord record;
  record.head = {"2026-03-02T06:00:00.000000Z", "tty0", 1};
  record.link = "mbus";
  record.frames = "2";
  record.bytes = sent.plain;
  Buffer text;
  record::write(text, record);
  return std::string(text.view().substr(0, text.size() - 1));
}

void parse_line(benchmark::State& state) {
  const std::string text = line_of(message());
  record::Line line;
  record::ApduRecord record;
  for (auto _ : state) {
    if (!line.parse(text) || !record::read(line, record)) state.SkipWithError("no record");
  }
  count_bytes(state, text.size());
}
BENCHMARK(parse_line)->Name("JSON line to record");

// A plain APDU to its JSON line as cosem-decode does it: in the general way, and by the plan that
// is made from messages before.
class Decoder {
 public:
  // False: the message gives no reading.
  bool write_general(const std::string& text) {
    if (!line_.parse(text) || !record::read(line_, record_)) return false;
    out_.clear();
    const auto reading = maker_.make(record_, kAuth);
    if (!reading) return false;
    json_.write(out_, **reading);
    return true;
  }
  bool write_by_plan(const std::string& text) {
    out_.clear();
    return plans_.write(text, out_).has_value();
  }
  void learn(const std::string& text) {
    if (!line_.parse(text) || !record::read(line_, record_) || !plans_.may_learn()) return;
    out_.clear();
    spots_.clear();
    const auto reading = maker_.make(record_, kAuth);
    if (!reading) return;
    json_.write(out_, **reading, &spots_);
    const std::string written(out_.view());
    plans_.learn(line_, **reading, written, spots_, [this](Bytes other, Buffer& out) {
      record_.bytes.assign(other.begin(), other.end());
      const auto made = maker_.make(record_, kAuth);
      if (!made || (*made)->depends_on_more) return false;
      json_.write(out, **made);
      return true;
    });
  }

 private:
  static constexpr apdu::Auth kAuth = apdu::Auth::plain;
  decode::ReadingMaker maker_{readings::ProfileSet(), {}};
  views::ReadingJson json_{cosem::NameFormat()};
  views::ReadingPlans plans_;
  views::Spots spots_;
  record::Line line_;
  record::ApduRecord record_;
  Buffer out_;
};

void decode(benchmark::State& state, bool by_plan) {
  sim::Simulator meter = simulator();
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (int i = 0; i < kMessages; ++i) {
    lines.push_back(line_of(**meter.next()));
    bytes += lines.back().size();
  }
  Decoder decoder;
  if (by_plan) decoder.learn(lines[0]);
  for (auto _ : state) {
    for (const std::string& line : lines) {
      if (!(by_plan ? decoder.write_by_plan(line) : decoder.write_general(line))) {
        return state.SkipWithError("no reading");
      }
    }
  }
  count_bytes(state, bytes);
}
BENCHMARK_CAPTURE(decode, general, false)->Name("64 readings, the general way");
BENCHMARK_CAPTURE(decode, plan, true)->Name("64 readings, by a plan");

}  // namespace
}  // namespace meterpipe

BENCHMARK_MAIN();
