#include "transport/receiver.hpp"

namespace meterpipe::transport {

void Receiver::on_frame(const link::Frame& frame) {
  sink_.on_frame(frame);
  if (frame.kind != link::Kind::mbus_long || frame.length <= 3) return;  // link control only
  if (is_segment(frame)) return segments_.push(frame, *this);
  if (const auto answer = link::read_rsp_ud(frame)) return sink_.on_rsp_ud(frame, *answer);
  sink_.on_error(Error{Fault::foreign_frame, 0, frame.c, *frame.ci}, frame.offset, frame.bytes);
}

void Receiver::on_skipped(const link::Skipped& skipped) {
  sink_.on_error(skipped.why, skipped.offset, skipped.bytes);
}

void Receiver::on_lost(const Message& message, const Error& error) {
  sink_.on_error(error, message.offset, message.bytes);
}

}  // namespace meterpipe::transport
