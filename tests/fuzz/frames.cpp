// From the stream to APDU records (lib/transport, lib/decode): all bytes are counted; a message's
// bytes stand in the stream where it says; cuts, and a source among others, do not matter.
#include "decode/frame_sources.hpp"

#include <map>

#include "base/hex.hpp"
#include "fuzz/fuzz.hpp"

namespace meterpipe::fuzz {

namespace {

struct Records final : decode::FrameRecordSink {
  std::vector<std::string> lines;
  std::uint64_t skipped_bytes = 0, frame_bytes = 0;

  template <class Record>
  void add(const Record& record) {
    Buffer out;
    record::write(out, record);
    lines.emplace_back(out.view());
  }
  void give(const record::ApduRecord& record) override {
    REQUIRE_FALSE(record.bytes.empty());
    add(record);
  }
  void give(const record::FrameRecord& record) override { add(record); }
  void give(const record::MbusRecord& record) override { add(record); }
  void give(const record::ErrorRecord& record) override { add(record); }
  void seen(const link::Frame& frame) override { frame_bytes += frame.bytes.size(); }
  void skipped(const Error&, std::uint64_t, Bytes bytes) override { skipped_bytes += bytes.size(); }
};

// What the messages of a stream say of where their bytes are.
struct Traced final : transport::ReceiverSink {
  explicit Traced(Bytes all) : stream(all) {}
  Bytes stream;
  void on_frame(const link::Frame&) override {}
  void on_message(const transport::Message& message) override {
    std::vector<bool> covered(message.bytes.size());
    for (const transport::MessagePiece& piece : message.pieces) {
      REQUIRE(piece.at <= message.bytes.size());
      REQUIRE(piece.size <= message.bytes.size() - piece.at);
      REQUIRE(piece.offset <= stream.size());
      REQUIRE(piece.size <= stream.size() - piece.offset);
      const Bytes there = stream.subspan(static_cast<std::size_t>(piece.offset), piece.size);
      REQUIRE(same(there, Bytes(message.bytes).subspan(piece.at, piece.size)));
      for (std::size_t i = 0; i < piece.size; ++i) covered[piece.at + i] = true;
    }
    REQUIRE(std::ranges::count(covered, false) == 0);
  }
  void on_rsp_ud(const link::Frame&, const link::RspUd&) override {}
  void on_error(const Error&, std::uint64_t offset, Bytes bytes) override {
    REQUIRE(offset <= stream.size());
    REQUIRE(bytes.size() <= stream.size());
  }
};

Records records_of(Bytes stream, const std::vector<std::size_t>& cuts, bool frames) {
  Records seen;
  decode::FrameSettings settings;
  settings.frames = frames;
  decode::FrameCounts counts;
  decode::FrameSource source("fuzz", "port", settings, seen);
  source.count_in(counts);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    source.push(stream.subspan(from, cut - from), {});
    from = cut;
  }
  source.push(stream.subspan(from), {});
  source.finish();
  REQUIRE(counts.bytes == stream.size());
  REQUIRE(seen.frame_bytes + seen.skipped_bytes <= stream.size());  // flags between are neither
  std::uint64_t skipped = 0;
  for (const auto& [code, bytes] : counts.skipped.all()) skipped += bytes;
  REQUIRE(skipped == seen.skipped_bytes);
  return seen;
}

}  // namespace

void check(Bytes input) {
  const bool frames = chance_of(input).one_in(2);
  const Records whole = records_of(input, {}, frames);
  const std::vector<std::size_t> cuts = cuts_of(input);
  REQUIRE(records_of(input, cuts, frames).lines == whole.lines);

  Traced traced(input);
  transport::Receiver receiver(traced, {}, true);
  receiver.push(input);
  receiver.end_of_message();
  REQUIRE(receiver.position() == input.size());
  REQUIRE(receiver.pending() == 0);

  // Pieces that stand alone, of sources that take turns: no crash, and it ends.
  Records alone;
  decode::FrameSettings settings;
  decode::FrameSources sources("fuzz", settings, alone, nullptr, 4096);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    sources.push_alone(cut % 3 == 0 ? "a" : "b", input.subspan(from, cut - from), {});
    from = cut;
  }
  sources.push_alone("a", input.subspan(from), {});
  sources.finish();
}

}  // namespace meterpipe::fuzz
