#include "share/capture_map.hpp"

#include <algorithm>
#include <array>

#include "apdu/ciphered.hpp"
#include "apdu/tags.hpp"
#include "base/crc16.hpp"
#include "decode/frame_source.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::share {

// One source's stream on its way through a receiver.
class CaptureSource final : private transport::ReceiverSink {
 public:
  CaptureSource(CaptureMap& map, std::size_t index, std::string name,
                const link::LinkSettings& link)
      : map_(map), index_(index), receiver_(*this, link, true) {
    source.name = std::move(name);
  }

  void push(Bytes bytes, const CaptureUnit& unit) {
    const auto ts = parse_timestamp(unit.ts);
    constexpr Micros kGap = 2'000'000;
    if (ts && last_byte_ && *ts - *last_byte_ > kGap) receiver_.end_of_message();
    if (ts) last_byte_ = *ts + static_cast<Micros>(unit.ms) * 1000;
    append(source.stream, bytes);
    source.skipped.resize(source.stream.size());
    const bool is_alone =
        unit.kind == CaptureUnit::Kind::line || unit.kind == CaptureUnit::Kind::dump;
    if (is_alone) receiver_.mark();
    receiver_.push(bytes);
    decode::end_piece(receiver_, is_alone ? decode::kLine : std::string_view(unit.why));
  }
  void end_of_message() { receiver_.end_of_message(); }
  const transport::Receiver& receiver() const { return receiver_; }

  CaptureMap::Source source;

 private:
  void on_frame(const link::Frame& frame) override {
    const bool is_control = frame.kind == link::FrameKind::mbus_short ||
                            frame.kind == link::FrameKind::mbus_ack ||
                            (frame.kind == link::FrameKind::mbus_long && frame.length <= 3) ||
                            (frame.kind == link::FrameKind::hdlc && frame.data.empty());
    source.frames.push_back({frame.kind, frame.offset, frame.bytes.size(), is_control, is_control});
  }
  void on_inner_frame(const link::Frame& frame,
                      const std::vector<transport::MessagePiece>& pieces) override {
    source.inner.push_back({pieces, frame.bytes.size()});
  }
  void on_message(const transport::Message& message) override {
    const Bytes bytes = message.bytes;
    const std::uint8_t first = bytes.empty() ? std::uint8_t{0} : bytes[0];
    // What mbus-frame takes for no DLMS (record/frame_source.cpp).
    if (apdu::find_apdu_tag(first) == nullptr && first != '/' && !apdu::is_ciphered(bytes)) return;
    map_.messages.push_back({index_, std::nullopt, message.pieces, bytes.size(), message.link});
  }
  void on_rsp_ud(const link::Frame& frame, const link::RspUd& /*answer*/) override {
    source.answers.push_back(
        {source.frames.size() - 1, frame.offset_of(frame.data), frame.ci.value_or(0)});
  }
  void on_error(const Error& error, std::uint64_t offset, Bytes bytes) override {
    ++map_.framing[std::string(record::code_of(error.fault))];
    for (std::uint64_t at = offset; at < offset + bytes.size() && at < source.skipped.size();
         ++at) {
      source.skipped[at] = true;
    }
  }

  CaptureMap& map_;
  std::size_t index_;
  transport::Receiver receiver_;
  std::optional<Micros> last_byte_;
};

namespace {

std::string timestamp_of(std::string_view text) {
  const auto ts = parse_timestamp(text);
  return ts ? format_timestamp(*ts) : std::string();
}

template <std::size_t N>
std::string one_of(std::string_view text, const std::array<std::string_view, N>& known) {
  return std::ranges::find(known, text) == known.end() ? std::string() : std::string(text);
}
constexpr std::array<std::string_view, 4> kWhy{"frame", "gap", "size", "eof"};
constexpr std::array<std::string_view, 6> kLinks{"mbus", "hdlc", "wrapper", "p1", "llc", "none"};

// The standard's own word: that of a line goes with the line, and may be any.
std::string_view known_service(std::string_view name) {
  const auto found = std::ranges::find(apdu::kApduTags, name, &apdu::ApduTag::name);
  return found == apdu::kApduTags.end() ? std::string_view() : found->name;
}

// Names of quirks and nothing else: ["l-overflow"].
std::string known_quirks(std::string_view raw) {
  const bool plain = std::ranges::all_of(raw, [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == '"' || c == ',' || c == '[' || c == ']';
  });
  return plain ? std::string(raw) : std::string();
}

ByteVector joined(Bytes from, const std::vector<transport::MessagePiece>& pieces,
                  std::size_t size) {
  ByteVector bytes(size);
  for (const transport::MessagePiece& one : pieces) {
    overwrite(bytes, one.at, from.subspan(one.offset, one.size));
  }
  return bytes;
}

// Positions of bytes in the stream, one by one.
std::uint64_t position_of(const std::vector<transport::MessagePiece>& pieces, std::size_t at) {
  for (const transport::MessagePiece& one : pieces) {
    if (at >= one.at && at < one.at + one.size) return one.offset + (at - one.at);
  }
  return 0;
}

// FCS of the frame whose bytes are given; where it stands among them.
struct Fcs {
  std::size_t at;
  std::uint16_t value;
};
std::optional<Fcs> fcs_of(Bytes frame) {
  const std::size_t flag = !frame.empty() && frame[0] == 0x7e ? 1 : 0;
  if (frame.size() < flag + 4) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(frame[flag] & 0x07) << 8 | frame[flag + 1];
  if (length < 4 || flag + length > frame.size()) return std::nullopt;
  return Fcs{flag + length - 2, crc16_x25(frame.subspan(flag, length - 2))};
}

}  // namespace

CaptureMap::CaptureMap(record::Form form, link::Link link) : form_(form) { link_.link = link; }
CaptureMap::~CaptureMap() = default;

void CaptureMap::read(std::string_view text) {
  record::InputSplitter splitter(form_, *this);
  // Raw bytes come as mbus-frame would read them, a piece for each read.
  constexpr std::size_t kRead = 65536;
  for (std::size_t at = 0; at < text.size(); at += kRead) splitter.push(text.substr(at, kRead));
  splitter.finish();
  for (const auto& one : sources_) one->end_of_message();
}

CaptureMap::Source& CaptureMap::source(std::size_t index) { return sources_[index]->source; }

std::size_t CaptureMap::source_of(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return found->second;
  const std::size_t index = sources_.size();
  by_name_.emplace(name, index);
  sources_.push_back(std::make_unique<CaptureSource>(*this, index, std::string(name), link_));
  return index;
}

void CaptureMap::add_apdu(CaptureUnit unit, Bytes apdu) {
  unit.is_alone = true;
  messages.push_back(
      {unit.source, units.size(), {{unit.header, 0, apdu.size()}}, apdu.size(), "none"});
  units.push_back(std::move(unit));
}

void CaptureMap::push(CaptureUnit unit, Bytes bytes) {
  CaptureSource& to = *sources_[unit.source];
  unit.offset = to.source.stream.size();
  unit.size = bytes.size();
  to.push(bytes, unit);
  units.push_back(std::move(unit));
}

void CaptureMap::on_record(record::Line& line, std::uint64_t /*number*/) {
  CaptureUnit unit;
  unit.ts = timestamp_of(line.head().ts);
  unit.has_src = !line.head().src.empty();
  unit.seq = line.head().seq;
  if (line.version() > record::kVersion) {
    ++other_records;
  } else if (line.type() == record::Type::bytes) {
    if (!record::read(line, bytes_)) return void(++bad_lines);
    unit.source = source_of(line.head().src);
    unit.ms = bytes_.ms;
    if (const auto set = serial::parse_line_settings(bytes_.line)) unit.line = to_string(*set);
    unit.why = one_of(bytes_.why, kWhy);
    unit.marked = bytes_.marked;
    push(std::move(unit), bytes_.bytes);
  } else if (line.type() == record::Type::apdu) {
    if (!record::read(line, apdu_)) return void(++bad_lines);
    unit.kind = CaptureUnit::Kind::apdu_record;
    unit.source = source_of(line.head().src);
    unit.link = one_of(apdu_.link, kLinks);
    if (json::is_number(apdu_.frames)) unit.frames = apdu_.frames;
    unit.quirks = known_quirks(apdu_.quirks);
    unit.security = apdu_.security;
    if (unit.security) {
      unit.security->service = known_service(unit.security->service);
      unit.security->inside = known_service(unit.security->inside);
      unit.security->key = {};
    }
    unit.alone = apdu_.bytes;
    add_apdu(std::move(unit), apdu_.bytes);
  } else {
    ++other_records;
  }
}

void CaptureMap::on_piece(const record::InputPiece& piece) {
  using Kind = record::InputPiece::Kind;
  CaptureUnit unit;
  unit.kind = piece.kind == Kind::stream ? CaptureUnit::Kind::stream
              : piece.kind == Kind::dump ? CaptureUnit::Kind::dump
                                         : CaptureUnit::Kind::line;
  unit.source = source_of(piece.meta.src);
  unit.has_src = !piece.meta.src.empty();
  unit.ts = timestamp_of(piece.meta.ts);
  if (piece.kind == Kind::stream) return push(std::move(unit), piece.bytes);
  unit.security = record::security_of(piece.meta);
  CaptureSource& to = *sources_[unit.source];
  const Bytes apdu =
      unit.security ? piece.bytes : decode::apdu_of_line(piece.bytes, link_.link, to.receiver());
  if (apdu.empty()) return push(std::move(unit), piece.bytes);
  to.end_of_message();
  unit.link = decode::link_of_line(piece.bytes, apdu);
  unit.header = piece.bytes.size() - apdu.size();
  unit.alone.assign(piece.bytes.begin(), piece.bytes.end());
  add_apdu(std::move(unit), apdu);
}

void CaptureMap::on_bad_line(const Error& /*error*/, std::uint64_t /*number*/,
                             std::string_view /*text*/) {
  ++bad_lines;
}

ByteVector CaptureMap::bytes_of(const CaptureMessage& message) {
  // What is alone has one piece, behind its header.
  const ByteVector& from =
      message.unit ? units[*message.unit].alone : source(message.source).stream;
  return joined(from, message.pieces, message.size);
}

void CaptureMap::put_back(const CaptureMessage& message, Bytes bytes) {
  ByteVector& to = message.unit ? units[*message.unit].alone : source(message.source).stream;
  for (const transport::MessagePiece& one : message.pieces) {
    overwrite(to, one.offset, bytes.subspan(one.at, one.size));
  }
}

void CaptureMap::keep(const CaptureMessage& message) {
  if (message.unit) return;
  std::vector<CaptureFrame>& frames = source(message.source).frames;
  for (const transport::MessagePiece& one : message.pieces) {
    auto found = std::upper_bound(
        frames.begin(), frames.end(), one.offset,
        [](std::uint64_t offset, const CaptureFrame& frame) { return offset < frame.offset; });
    if (found != frames.begin()) std::prev(found)->is_kept = true;
  }
}

void CaptureMap::fix_checksums(std::size_t index) {
  Source& from = source(index);
  for (const InnerFrame& inner : from.inner) {
    if (const auto fcs = fcs_of(joined(from.stream, inner.pieces, inner.size))) {
      from.stream[position_of(inner.pieces, fcs->at)] = static_cast<std::uint8_t>(fcs->value);
      from.stream[position_of(inner.pieces, fcs->at + 1)] =
          static_cast<std::uint8_t>(fcs->value >> 8);
    }
  }
  for (const CaptureFrame& frame : from.frames) {
    std::uint8_t* bytes = from.stream.data() + frame.offset;
    if (frame.kind == link::FrameKind::mbus_long) {
      constexpr std::size_t kStart = 4, kEnd = 2;
      std::uint8_t sum = 0;
      for (std::size_t i = kStart; i + kEnd < frame.size; ++i) {
        sum = static_cast<std::uint8_t>(sum + bytes[i]);
      }
      bytes[frame.size - kEnd] = sum;
    } else if (frame.kind == link::FrameKind::hdlc) {
      if (const auto fcs = fcs_of(Bytes(bytes, frame.size))) {
        bytes[fcs->at] = static_cast<std::uint8_t>(fcs->value);
        bytes[fcs->at + 1] = static_cast<std::uint8_t>(fcs->value >> 8);
      }
    }
  }
}

}  // namespace meterpipe::share
