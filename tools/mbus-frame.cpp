// mbus-frame: bytes of a line in, APDUs out. Link and transport: frames in noise, segments.

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <span>

#include <fmt/format.h>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "cli/filter.hpp"
#include "io/log.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "record/records.hpp"
#include "record/stream_times.hpp"
#include "record/timestamp.hpp"
#include "transport/receiver.hpp"

namespace meterpipe {
namespace {

struct Settings {
  cli::Common common;
  std::string output = "json";
  bool json = true, hex = false;  // output, taken apart
  bool frames = false;
  std::string gap = "2s";
  record::Micros gap_us = 0;
};

class MbusFrame;

// One source: its bytes, its times, its count.
class Source final : public transport::ReceiverSink {
 public:
  Source(MbusFrame& tool, std::string name) : tool_(tool), name_(std::move(name)) {}

  struct Arrival {
    std::optional<record::Micros> ts;
    std::uint64_t ms = 0;
    std::string_view why;
    std::span<const std::uint32_t> marked;  // offsets of bytes with a parity or framing error
  };
  void push(Bytes bytes, const Arrival& arrival);
  // A whole APDU that came without link and transport.
  void bare(Bytes apdu, std::string_view ts);
  // A bare APDU whose end is missing.
  void cut(const Error& error, Bytes apdu);
  void finish() { receiver_.end_of_message(); }
  bool in_frame() const { return receiver_.pending() != 0; }

 private:
  void on_frame(const link::Frame& frame) override;
  void on_message(const transport::Message& message) override;
  void on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) override;
  void on_error(const Error& error, std::uint64_t offset, Bytes bytes) override;

  record::Head head(std::uint64_t offset);

  MbusFrame& tool_;
  std::string name_;
  std::string ts_;
  transport::Receiver receiver_{*this};
  record::StreamTimes times_;
  std::optional<record::Micros> last_byte_;
  std::deque<std::uint64_t> marked_;  // in the stream, the latest ones
  std::uint64_t seq_ = 1;             // of the APDU at hand
};

class MbusFrame final : public cli::Filter {
 public:
  explicit MbusFrame(const Settings& settings)
      : Filter("mbus-frame", settings.common), settings_(settings) {}

  const Settings& settings() const { return settings_; }
  bool json() const { return settings_.json; }

  void give_apdu(const record::ApduRecord& record) {
    if (json()) {
      record::write(buffer(), record);
    } else if (settings_.hex) {
      record::write_hex_line(buffer(), record.head, nullptr, record.bytes);
    } else {
      buffer().add(as_text(record.bytes));
    }
    output().record_done();
    count_one();
  }
  void give_frame(const record::FrameRecord& record) {
    if (!settings_.frames || !json()) return;
    record::write(buffer(), record);
    output().record_done();
  }
  void give_mbus(const record::MbusRecord& record) {
    if (!json()) return;
    record::write(buffer(), record);
    output().record_done();
  }
  void give(const record::ErrorRecord& record) { give_error(record); }

 private:
  bool passes_records() const override { return json(); }

  Source& source(std::string_view name) {
    auto found = sources_.find(name);
    if (found == sources_.end()) {
      found = sources_.emplace(name, std::make_unique<Source>(*this, std::string(name))).first;
    }
    return *found->second;
  }

  Result<bool> handle(record::Line& line) override {
    if (line.type() != record::Type::bytes) return false;
    if (auto read = record::read(line, bytes_); !read) return tl::unexpected(read.error());
    source(bytes_.head.src)
        .push(bytes_.bytes,
              {record::parse_timestamp(bytes_.head.ts), bytes_.ms, bytes_.why, bytes_.marked});
    if (bytes_.head.ts.empty() && !said_no_ts_) {
      said_no_ts_ = true;
      io::log_warning("records without ts: no silence can be seen in them, --gap is off");
    }
    return true;
  }

  void handle_piece(const record::Piece& piece, const record::Head& head) override {
    Source& from = source(head.src);
    const bool alone = piece.kind != record::Piece::Kind::stream;
    if (alone && is_bare_apdu(piece.bytes)) return from.bare(piece.bytes, head.ts);
    if (alone && !from.in_frame()) {
      if (const auto cut = cut_apdu(piece.bytes)) return from.cut(*cut, piece.bytes);
    }
    from.push(piece.bytes, {record::parse_timestamp(head.ts), 0, {}, {}});
  }

  // A line of its own that is an APDU from its first to its last byte. Frames may span lines, so
  // only what is complete can be told.
  bool is_bare_apdu(Bytes bytes) {
    if (apdu::is_ciphered(bytes)) return apdu::parse_ciphered(bytes).has_value();
    return apdu::is_plausible(bytes);
  }

  // A line that begins as a ciphered APDU and is shorter than its length field says. A
  // service-specific one begins with too little to tell it from half a frame.
  std::optional<Error> cut_apdu(Bytes bytes) {
    if (!apdu::is_ciphered(bytes) || bytes[0] < apdu::kGeneralGloCiphering) return std::nullopt;
    const auto parsed = apdu::parse_ciphered(bytes);
    if (parsed || parsed.error().fault != Fault::truncated_apdu || bytes.size() < 12) {
      return std::nullopt;
    }
    return parsed.error();
  }

  void end_of_source() override {
    for (auto& [name, one] : sources_) one->finish();  // its count goes on if it comes again
  }

  const Settings& settings_;
  std::map<std::string, std::unique_ptr<Source>, std::less<>> sources_;
  record::BytesRecord bytes_;
  bool said_no_ts_ = false;
};

void Source::push(Bytes bytes, const Arrival& arrival) {
  constexpr std::size_t kMostMarks = 4096;
  const auto& [ts, ms, why, marked] = arrival;
  if (ts && last_byte_ && *ts - *last_byte_ > tool_.settings().gap_us) receiver_.end_of_message();
  if (ts) last_byte_ = *ts + static_cast<record::Micros>(ms) * 1000;
  times_.add(receiver_.position(), bytes.size(), ts, ms);
  for (const std::uint32_t offset : marked) {
    marked_.push_back(receiver_.position() + offset);
    if (marked_.size() > kMostMarks) marked_.pop_front();
  }
  receiver_.push(bytes);
  if (why == "gap" || why == "eof") receiver_.end_of_frame();
}

record::Head Source::head(std::uint64_t offset) {
  ts_.clear();
  if (const auto ts = times_.at(offset)) ts_ = record::format_timestamp(*ts);
  return {ts_, name_, seq_};
}

void Source::bare(Bytes apdu, std::string_view ts) {
  receiver_.end_of_message();
  record::ApduRecord record;
  record.head = {ts, name_, seq_++};
  record.link = "none";
  record.bytes.assign(apdu.begin(), apdu.end());
  tool_.give_apdu(record);
}

void Source::cut(const Error& error, Bytes apdu) {
  receiver_.end_of_message();
  tool_.give(record::error_record({{}, name_, seq_}, "mbus-frame", error, apdu));
}

void Source::on_frame(const link::Frame& frame) {
  if (!tool_.settings().frames) return;
  record::FrameRecord record;
  record.head = head(frame.offset);
  record.head.seq.reset();
  record.link = "mbus";
  record.bytes = frame.bytes;
  if (frame.kind != link::Kind::mbus_ack) {
    record.c = frame.c;
    record.a = frame.a;
  }
  record.ci = frame.ci;
  if (frame.kind == link::Kind::mbus_long) record.l = frame.length;
  if (transport::is_segment(frame) && frame.data.size() >= 2) {
    record.stsap = frame.data[0];
    record.dtsap = frame.data[1];
  }
  tool_.give_frame(record);
}

void Source::on_message(const transport::Message& message) {
  record::ApduRecord record;
  record.head = head(message.offset);
  record.link = "mbus";
  const std::string frames = std::to_string(message.frames);
  record.frames = frames;
  if (message.length_overflow && message.repeated_segment) {
    record.quirks = R"(["l-overflow","repeated-segment"])";
  } else if (message.length_overflow) {
    record.quirks = R"(["l-overflow"])";
  } else if (message.repeated_segment) {
    record.quirks = R"(["repeated-segment"])";
  }
  if (apdu::find_apdu_tag(message.bytes.empty() ? 0 : message.bytes[0]) == nullptr) {
    const Error error{Fault::not_dlms, 0, 0,
                      message.bytes.empty() ? std::uint8_t{0} : message.bytes[0]};
    return tool_.give(record::error_record(record.head, "mbus-frame", error, message.bytes));
  }
  record.bytes = message.bytes;
  ++seq_;
  tool_.give_apdu(record);
}

void Source::on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) {
  record::MbusRecord record;
  record.head = head(frame.offset);
  record.head.seq.reset();
  record.has_header = answer.has_header;
  record.id = answer.id;
  record.manufacturer = answer.manufacturer;
  record.version = answer.version;
  record.medium = answer.medium;
  record.access = answer.access;
  record.status = answer.status;
  record.bytes = frame.bytes;
  tool_.give_mbus(record);
}

void Source::on_error(const Error& error, std::uint64_t offset, Bytes bytes) {
  record::ErrorRecord record = record::error_record(head(offset), "mbus-frame", error, bytes);
  const auto marks = std::count_if(marked_.begin(), marked_.end(), [&](std::uint64_t at) {
    return at >= offset && at < offset + bytes.size();
  });
  if (marks != 0) {  // then the line is to blame, not the frame
    record.text += fmt::format(
        "; {} of its bytes came with a parity or framing error: see parity, baud rate and cable",
        marks);
  }
  tool_.give(record);
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("mbus-frame",
                       "Find M-Bus frames in the bytes of a line and put their segments together: "
                       "one APDU per record.");
  cli::add_filter_options(options, settings.common, "APDUs");
  options.choice("-o,--output", settings.output, {"json", "hex", "bin"},
                 "json: records (default); hex: the APDU alone; bin: its bytes");
  options.flag("--frames", settings.frames, "also a record for each frame");
  options.value("--gap", settings.gap, "TIME",
                "silence that ends an unfinished message (default 2s; by the records' ts)");
  options.parse(argc, argv);
  settings.json = settings.output == "json";
  settings.hex = settings.output == "hex";
  if (settings.frames && !settings.json) cli::usage_error("--frames: only with -o json");
  cli::apply_log_options("mbus-frame", settings.common);
  settings.gap_us =
      static_cast<record::Micros>(cli::parse_duration_ms("--gap", settings.gap)) * 1000;
  return MbusFrame(settings).run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("mbus-frame", [&] { return meterpipe::run(argc, argv); });
}
