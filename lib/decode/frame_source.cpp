#include "decode/frame_source.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "apdu/ciphered.hpp"
#include "apdu/extent.hpp"
#include "apdu/llc.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "decode/reading.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::decode {
namespace {

constexpr std::size_t kMostMarks = 4096;
constexpr std::size_t kLongestStart = 4096;  // what is left of a message that began before

// JSON array of what was against the book.
std::string quirks_of(const transport::Message& message) {
  std::string text;
  const auto add = [&text](bool there, std::string_view name) {
    if (there) text += fmt::format("{}\"{}\"", text.empty() ? "[" : ",", name);
  };
  add(message.length_overflow, "l-overflow");
  add(message.no_saps, "no-tsap");
  add(message.repeated_segment, "repeated-segment");
  add(message.repeated_block, "repeated-block");
  return text.empty() ? text : text + "]";
}

// Whether what was lost had no first segment or block; a message that had one and did not end is a
// loss like any other.
bool lacks_beginning(const Error& error) {
  switch (error.fault) {
    case Fault::segment_out_of_turn: return error.expected == 0;
    case Fault::block_out_of_turn: return error.expected == 1;
    default: return false;
  }
}

}  // namespace

std::uint64_t FrameCounts::frames_of(std::string_view link) const {
  std::uint64_t sum = 0;
  for (std::size_t kind = 0; kind < frames.size(); ++kind) {
    if (link::link_name(static_cast<link::FrameKind>(kind)) == link) sum += frames[kind];
  }
  return sum;
}

void FrameSource::push(Bytes bytes, const Arrival& arrival) {
  counts_->bytes += bytes.size();
  const auto& [ts, ms, why, marked, line] = arrival;
  if (line != line_) line_ = line;
  if (ts && last_byte_ && *ts - *last_byte_ > settings_.gap_us) receiver_.end_of_message();
  if (ts) last_byte_ = *ts + static_cast<Micros>(ms) * 1000;
  times_.add(receiver_.position(), bytes.size(), ts, ms);
  for (const std::uint32_t offset : marked) {
    marked_.push_back(receiver_.position() + offset);
    if (marked_.size() > kMostMarks) marked_.pop_front();
  }
  if (!why.empty() && why != "size" && is_body_alone(bytes, settings_.link.link, receiver_)) {
    return give_alone(bytes, bytes, ts ? format_timestamp(*ts) : std::string());
  }
  receiver_.push(bytes);
  end_piece(receiver_, why);
}

std::size_t FrameSource::memory() const {
  return sizeof *this + name_.capacity() + ts_.capacity() + line_.capacity() + receiver_.memory() +
         times_.memory() + marked_.size() * sizeof marked_[0];
}

void end_piece(transport::Receiver& receiver, std::string_view why) {
  if (why == "gap" || why == "eof") return receiver.end_of_frame();
  if (why == "frame" || why == kLine) receiver.mark();
}

void FrameSource::push_alone(Bytes bytes, std::string_view ts) {
  const Bytes apdu = apdu_of_line(bytes, settings_.link.link, receiver_);
  if (apdu.empty()) {
    receiver_.mark();
    return push(bytes, {parse_timestamp(ts), 0, kLine, {}});
  }
  counts_->bytes += bytes.size();
  give_alone(bytes, apdu, ts);
}

// `bytes` are an APDU with or without its LLC header, or the body of one.
void FrameSource::give_alone(Bytes bytes, Bytes apdu, std::string_view ts) {
  receiver_.end_of_message();
  has_frame_ = has_message_ = true;
  link::Frame frame{};
  frame.kind = apdu.size() == bytes.size() ? link::FrameKind::bare : link::FrameKind::llc;
  frame.bytes = bytes;
  frame.data = apdu;
  sink_.seen(frame);
  record::ApduRecord record;
  record.head = {ts, name_, seq_++};
  record.link = link_of_line(bytes, apdu);
  record.bytes.assign(apdu.begin(), apdu.end());
  const std::string quirks = fmt::format("[\"{}\"]", kNoHead);
  if (apdu::is_headless_body(apdu)) record.quirks = quirks;
  sink_.give(record);
}

// A whole record or line that is the body of a push: it begins as nothing else does, and nothing
// stands before it that it could belong to.
bool is_body_alone(Bytes bytes, link::Link link, const transport::Receiver& receiver) {
  return (link == link::Link::automatic || link == link::Link::none) && !receiver.has_checked() &&
         receiver.pending() == 0 && apdu::is_headless_body(bytes);
}

// Frames may span lines, so only a line that is complete by itself can be told.
Bytes apdu_of_line(Bytes line, link::Link link, const transport::Receiver& receiver) {
  // It may be what is left of a frame, or what one holds whose head was the line before.
  if (receiver.has_checked() || receiver.awaits_apdu(apdu::has_llc(line)) ||
      receiver.awaits_content(line.size())) {
    return {};
  }
  if (is_body_alone(line, link, receiver)) return line;
  const bool may_be_bare = link == link::Link::automatic || link == link::Link::none ||
                           (link == link::Link::llc && apdu::has_llc(line));
  if (!may_be_bare) return {};
  const bool with_llc = apdu::has_llc(line) && link != link::Link::none;
  const Bytes apdu = with_llc ? line.subspan(apdu::kLlcSize) : line;
  if (apdu.empty() || transport::BlockTransfer::is_block(apdu)) return {};
  // What says little about itself may be the middle of a frame.
  const bool is_told = with_llc || apdu::tells_itself(apdu[0]);
  const bool is_whole = apdu::is_ciphered(apdu)
                            ? apdu::parse_ciphered(apdu).has_value()
                            : apdu::is_whole(apdu) || (is_told && apdu::is_plausible(apdu));
  return is_whole && (is_told || receiver.pending() == 0) ? apdu : Bytes();
}

record::Head FrameSource::head(std::uint64_t offset) {
  ts_.clear();
  if (const auto ts = times_.at(offset)) ts_ = format_timestamp(*ts);
  return {ts_, name_, seq_};
}

void FrameSource::on_frame(const link::Frame& frame) {
  sink_.seen(frame);
  has_frame_ |= frame.kind != link::FrameKind::hdlc_fill && frame.kind != link::FrameKind::mbus_ack;
  ++counts_->frames[static_cast<std::size_t>(frame.kind)];
  if (!settings_.frames) return;
  record::FrameRecord record;
  record.head = head(frame.offset);
  record.head.seq.reset();
  record.link = link::link_name(frame.kind);
  record.bytes = frame.bytes;
  const auto port = [](std::uint16_t number) {
    return std::array{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  };
  const auto destination = port(frame.destination_port), source = port(frame.source_port);
  switch (frame.kind) {
    case link::FrameKind::mbus_long:
      record.l = frame.length;
      record.ci = frame.ci;
      if (transport::is_segment(frame) && frame.data.size() >= 2) {
        record.stsap = frame.data[0];
        record.dtsap = frame.data[1];
      }
      [[fallthrough]];
    case link::FrameKind::mbus_short:
      record.c = frame.c;
      record.a = frame.a;
      break;
    case link::FrameKind::hdlc:
      record.l = frame.length;
      record.destination = frame.destination;
      record.source = frame.source;
      record.control = frame.c;
      record.segmented = frame.segmented;
      break;
    case link::FrameKind::wrapper:
      record.l = frame.length;
      record.destination = destination;
      record.source = source;
      break;
    default: break;
  }
  sink_.give(record);
}

void FrameSource::on_message(const transport::Message& message) {
  has_message_ = true;
  record::ApduRecord record;
  record.head = head(message.offset);
  record.link = message.link;
  record.line = line_;
  const std::string frames = std::to_string(message.frames);
  const std::string quirks = quirks_of(message);
  record.frames = frames;
  record.quirks = quirks;
  const std::uint8_t first = message.bytes.empty() ? std::uint8_t{0} : message.bytes[0];
  // Besides the tags: a ciphered APDU whose DB was left out, and a P1 telegram in another link.
  if (message.link != "sml" && apdu::find_apdu_tag(first) == nullptr && first != '/' &&
      !apdu::is_ciphered(message.bytes)) {
    const Error error{Fault::not_dlms, 0, 0, first};
    return sink_.give(error_record(record.head, by_, error, message.bytes));
  }
  record.bytes = message.bytes;
  ++seq_;
  sink_.give(record);
}

void FrameSource::on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) {
  sink_.seen(frame, answer);
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
  sink_.give(record);
}

void FrameSource::on_error(const Error& error, std::uint64_t offset, Bytes bytes) {
  sink_.lost(error, offset, bytes);
  // Once: the frames that come first may be the later ones of a message.
  const bool is_start =
      !has_message_ && !std::exchange(lost_first_, true) && lacks_beginning(error);
  complain(error, offset, bytes, is_start);
}

void FrameSource::on_skipped(const Error& why, std::uint64_t offset, Bytes bytes) {
  sink_.skipped(why, offset, bytes);
  counts_->skipped.add(record::code_of(why.fault), bytes.size());
  const bool is_start =
      !has_frame_ && why.fault == Fault::noise && offset + bytes.size() <= kLongestStart;
  complain(why, offset, bytes, is_start);
}

void FrameSource::complain(const Error& error, std::uint64_t offset, Bytes bytes, bool is_start) {
  record::ErrorRecord record = error_record(head(offset), by_, error, bytes);
  record.start = is_start;
  const auto marks = std::ranges::count_if(
      marked_, [&](std::uint64_t at) { return at >= offset && at < offset + bytes.size(); });
  if (marks != 0) {  // then the line is to blame, not the frame
    record.text += fmt::format(
        "; {} of its bytes came with a parity or framing error: see parity, baud rate and cable",
        marks);
  }
  sink_.give(record);
}

}  // namespace meterpipe::decode
