// mbus-frame: bytes of a line in, APDUs out. Link and transport: frames in noise, segments, blocks.

#include <map>
#include <memory>

#include "cli/filter.hpp"
#include "decode/frame_sources.hpp"
#include "os/log.hpp"
#include "record/hex_line.hpp"

namespace meterpipe {
namespace {

struct Settings {
  cli::Common common;
  cli::OutputForm output = cli::OutputForm::json;
  cli::LinkOptions link;
  std::string gap = "2s";
  decode::FrameSettings frame;
  std::string expected_link;  // empty: any
};

class MbusFrame final : public cli::Filter, public decode::FrameRecordSink {
 public:
  explicit MbusFrame(const Settings& settings)
      : Filter("mbus-frame", settings.common), settings_(settings) {}

 private:
  // A piece of input may hold more than are wanted.
  void give(const record::ApduRecord& record) override {
    if (done()) [[unlikely]]
      return;
    if (settings_.output == cli::OutputForm::json) {
      record::write(buffer(), record);
    } else if (settings_.output == cli::OutputForm::hex) {
      record::write_hex_line(buffer(), record.head, nullptr, record.bytes);
    } else {
      buffer().add(as_text(record.bytes));
    }
    output().record_done();
    count_one(record.head);
    if (!settings_.expected_link.empty() && record.link != settings_.expected_link) [[unlikely]] {
      say_unexpected(record);
    }
    if (!starts_.empty()) say_start(record.head.src);
  }
  void give(const record::FrameRecord& record) override {
    if (!done()) give_json(record);
  }
  void give(const record::MbusRecord& record) override {
    if (done()) return;
    ++rsp_ud_;
    give_json(record);
    count_one(record.head, "RSP_UD");
  }
  void give(const record::ErrorRecord& record) override {
    if (done()) return;
    if (record.start) starts_[std::string(record.head.src)] += record.bytes.size();
    give_error(record);
  }

  // What the line shows goes before what was said of it.
  void say_unexpected(const record::ApduRecord& record) {
    if (said_unexpected_) return;
    said_unexpected_ = true;
    os::log_warning("{}: the link is {}, where {} was expected: read as it is", record.head.src,
                    record.link, settings_.expected_link);
  }

  // Errors that stand before the first message are no errors.
  void say_start(std::string_view source) {
    const auto start = starts_.find(source);
    if (start == starts_.end()) return;
    os::log_info("{}: begins inside a message: {} bytes before the first whole one", source,
                 start->second);
    starts_.erase(start);
  }

  template <class Record>
  void give_json(const Record& record) {
    if (settings_.output != cli::OutputForm::json) return;
    record::write(buffer(), record);
    output().record_done();
  }

  bool passes_records() const override { return settings_.output == cli::OutputForm::json; }

  Result<bool> handle(record::Line& line) override {
    if (line.type() != record::Type::bytes) return false;
    if (auto read = record::read(line, bytes_); !read) return tl::unexpected(read.error());
    ++records_;
    const auto ts = parse_timestamp(bytes_.head.ts);
    last_byte_ = ts ? std::optional(*ts + static_cast<Micros>(bytes_.ms) * 1000) : ts;
    sources_.push(bytes_.head.src, bytes_.bytes,
                  {ts, bytes_.ms, bytes_.why, bytes_.marked, bytes_.line});
    last_byte_.reset();
    if (bytes_.head.ts.empty() && !said_no_ts_) {
      said_no_ts_ = true;
      os::log_warning("records without ts: no silence can be seen in them, --gap is off");
    }
    return true;
  }

  void add_stats(json::Writer& json) const override {
    json.member_number("records", records_);
    json.member_number("bytes", counts_.bytes);
    json.begin_object("frames");
    for (const std::string_view link : {"mbus", "hdlc", "wrapper", "p1", "llc", "sml", "none"}) {
      json.member_number(link, counts_.frames_of(link));
    }
    json.end_object();
    json.member_number("apdus", counted() - rsp_ud_);
    json.member_number("rsp_ud", rsp_ud_);
    json.begin_object("skipped");
    for (const std::string_view code : {"noise", "bad-checksum", "bad-fcs", "truncated"}) {
      json.member_number(code, counts_.skipped.of(code));
    }
    json.end_object();
    json.member_number("segments_lost", errors().of("segment-lost"));
    json.member_number("blocks_lost", errors().of("block-lost"));
  }
  std::optional<Micros> last_byte() const override { return last_byte_; }

  void handle_piece(const record::InputPiece& piece, const record::Head& head) override {
    ++records_;
    if (piece.kind != record::InputPiece::Kind::stream) {
      return sources_.push_alone(head.src, piece.bytes, head.ts);
    }
    sources_.push(head.src, piece.bytes, {parse_timestamp(head.ts), 0, {}, {}});
  }

  // What is unfinished ends as at a silence, so that no frame or APDU is made of both sides.
  void handle_missing(std::string_view src) override {
    sources_.push(src, {}, {std::nullopt, 0, "gap", {}});
  }

  void end_of_source() override { sources_.finish(); }

  const Settings& settings_;
  decode::FrameCounts counts_;
  decode::FrameSources sources_{"mbus-frame", settings_.frame, *this, &counts_};
  record::BytesRecord bytes_;
  bool said_no_ts_ = false, said_unexpected_ = false;
  std::map<std::string, std::uint64_t, std::less<>> starts_;  // of sources: bytes of their start
  std::uint64_t records_ = 0, rsp_ud_ = 0;
  std::optional<Micros> last_byte_;  // of the record at hand
};

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("mbus-frame",
                       "Find the frames in the bytes of a line and put their segments and blocks "
                       "together: one APDU per record.");
  cli::add_filter_options(options, settings.common, "APDUs and answers of wired M-Bus");
  cli::add_output_option(options, settings.output);
  cli::add_link_options(options, settings.link);
  options.choice("--expect-link", settings.expected_link,
                 {"mbus", "hdlc", "wrapper", "p1", "llc", "none"},
                 "warn once where the link is another one than this");
  options.flag("--frames", settings.frame.frames, "also a record for each frame");
  options.value("--gap", settings.gap, "TIME",
                "silence that ends an unfinished message (default 2s; by the records' ts)");
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  if (settings.frame.frames && settings.output != cli::OutputForm::json) {
    cli::usage_error("--frames: only with -o json");
  }
  cli::apply_log_options("mbus-frame", settings.common);
  settings.frame.link = settings.link.settings();
  settings.frame.link.sml = true;
  settings.frame.gap_us = static_cast<Micros>(cli::parse_duration_ms("--gap", settings.gap)) * 1000;
  options.checked();
  return MbusFrame(settings).run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("mbus-frame", [&] { return meterpipe::run(argc, argv); });
}
