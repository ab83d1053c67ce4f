#include "transport/receiver.hpp"

#include "link/hdlc.hpp"

namespace meterpipe::transport {
namespace {

Message message_of(const link::Frame& frame, bool trace) {
  Message message;
  message.bytes.assign(frame.data.begin(), frame.data.end());
  message.frames = 1;
  message.offset = frame.offset;
  message.link = link::link_name(frame.kind);
  if (trace) message.pieces.push_back({frame.offset_of(frame.data), 0, frame.data.size()});
  const auto port = [](std::uint16_t number) {
    return std::array{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  };
  message.sender = Sender(message.link, port(frame.destination_port), port(frame.source_port));
  return message;
}

}  // namespace

void Receiver::on_frame(const link::Frame& frame) {
  if (frame.kind == link::FrameKind::hdlc_fill) return;
  sink_.on_frame(frame);
  switch (frame.kind) {
    case link::FrameKind::mbus_long: return on_mbus(frame);
    case link::FrameKind::hdlc: return hdlc_.push(frame, *this);
    case link::FrameKind::wrapper:
    case link::FrameKind::p1:
    case link::FrameKind::sml:
    case link::FrameKind::llc:
    case link::FrameKind::bare: return on_message(message_of(frame, trace_));
    default: return;  // link control only
  }
}

void Receiver::on_mbus(const link::Frame& frame) {
  if (frame.length <= 3) {
    // Link control only; but that it cannot, or has an alarm, a meter may say without a byte more.
    const auto answer = link::read_rsp_ud(frame);
    if (answer && answer->is_trouble) sink_.on_rsp_ud(frame, *answer);
    return;
  }
  if (is_segment(frame)) {
    // An HDLC frame as it is, behind STSAP and DTSAP.
    if (frame.data.size() > 2) {
      const Bytes inner = frame.data.subspan(2);
      std::vector<MessagePiece> inside;
      if (trace_) inside.push_back({frame.offset_of(inner), 0, inner.size()});
      if (push_inner_hdlc(inner, frame.offset, inside, false)) return;
    }
    return mbus_.push(frame, *this);
  }
  if (const auto answer = link::read_rsp_ud(frame)) return sink_.on_rsp_ud(frame, *answer);
  sink_.on_error(Error{Fault::foreign_frame, 0, frame.c, *frame.ci}, frame.offset, frame.bytes);
}

void Receiver::on_skipped(const link::Skipped& skipped) {
  mbus_.disturb(skipped.bytes.size());
  hdlc_.disturb(skipped.bytes, skipped.why.fault);
  sink_.on_skipped(skipped.why, skipped.offset, skipped.bytes);
}

// False: the bytes are no HDLC frame from their first to their last, nor a damaged one if they are
// the `whole` of a message.
bool Receiver::push_inner_hdlc(Bytes bytes, std::uint64_t offset,
                               const std::vector<MessagePiece>& inside, bool whole) {
  if (bytes.empty() || bytes[0] != 0x7e) return false;
  link::Probe inner = link::probe_hdlc(bytes, false, settings_.check_fcs, true);
  if (inner.answer == link::Probe::Answer::bad && inner.why && whole) {
    hdlc_.disturb(bytes, inner.why->fault);
    sink_.on_error(*inner.why, offset, bytes);
    return true;
  }
  if (inner.answer != link::Probe::Answer::found || inner.frame.bytes.size() != bytes.size()) {
    return false;
  }
  inner.frame.offset = offset;
  sink_.on_inner_frame(inner.frame, inside);
  hdlc_.push(inner.frame, *this, &inside);
  return true;
}

void Receiver::on_message(const Message& message) {
  if (message.link == "mbus" &&
      push_inner_hdlc(message.bytes, message.offset, message.pieces, true)) {
    return;
  }
  if (BlockTransfer::is_block(message.bytes)) return blocks_.push(message, finished_);
  sink_.on_message(message);
}

void Receiver::on_lost(const Message& message, const Error& error) {
  sink_.on_error(error, message.offset, message.bytes);
}

}  // namespace meterpipe::transport
