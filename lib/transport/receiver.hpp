// One source's way from bytes to APDUs: framer, then segments, then blocks. What comes out stands
// in the order of the stream.
#pragma once

#include "link/framer.hpp"
#include "link/rsp_ud.hpp"
#include "transport/block_transfer.hpp"
#include "transport/hdlc_segments.hpp"
#include "transport/mbus_segments.hpp"

namespace meterpipe::transport {

class ReceiverSink {
 public:
  virtual ~ReceiverSink() = default;
  virtual void on_frame(const link::Frame& frame) = 0;
  virtual void on_message(const Message& message) = 0;
  // An HDLC frame inside one M-Bus segment or several. `pieces`: where its bytes stand, if traced.
  virtual void on_inner_frame(const link::Frame& /*frame*/,
                              const std::vector<MessagePiece>& /*pieces*/) {}
  virtual void on_rsp_ud(const link::Frame& frame, const link::RspUd& answer) = 0;
  // `offset` in the stream of the first of `bytes`.
  virtual void on_error(const Error& error, std::uint64_t offset, Bytes bytes) = 0;
  // Bytes that are in no frame.
  virtual void on_skipped(const Error& why, std::uint64_t offset, Bytes bytes) {
    on_error(why, offset, bytes);
  }
};

class Receiver final : private link::FrameSink, private MessageSink {
 public:
  // `trace`: messages say where their bytes stand in the stream (Message::pieces).
  explicit Receiver(ReceiverSink& sink, const link::LinkSettings& settings = {}, bool trace = false)
      : sink_(sink),
        settings_(settings),
        trace_(trace),
        framer_(settings),
        finished_(sink),
        mbus_(trace),
        hdlc_(trace) {}

  void push(Bytes bytes) { framer_.push(bytes, *this); }
  // A record or a line ends here and another one begins.
  void mark() { framer_.mark(*this); }
  // Silence: an unfinished frame never was one.
  void end_of_frame() { framer_.gap(*this); }
  // Long silence, or the end: an unfinished message is lost.
  void end_of_message() {
    framer_.gap(*this);
    mbus_.gap(*this);
    hdlc_.gap(*this);
    blocks_.gap(finished_);
  }
  std::uint64_t position() const { return framer_.position(); }
  std::size_t pending() const { return framer_.pending(); }
  bool awaits_apdu(bool llc) const { return framer_.awaits_apdu(llc); }
  bool awaits_content(std::size_t size) const { return framer_.awaits_content(size); }
  // Bytes that it holds, about.
  std::size_t memory() const {
    return framer_.memory() + mbus_.memory() + hdlc_.memory() + blocks_.memory();
  }
  bool has_checked() const { return framer_.has_checked(); }

 private:
  // What has gone through all transports, or is lost.
  struct Finished final : MessageSink {
    explicit Finished(ReceiverSink& to) : sink(to) {}
    void on_message(const Message& message) override { sink.on_message(message); }
    void on_lost(const Message& message, const Error& error) override {
      sink.on_error(error, message.offset, message.bytes);
    }
    ReceiverSink& sink;
  };

  void on_frame(const link::Frame& frame) override;
  void on_mbus(const link::Frame& frame);
  bool push_inner_hdlc(Bytes bytes, std::uint64_t offset, const std::vector<MessagePiece>& inside,
                       bool whole);
  void on_skipped(const link::Skipped& skipped) override;
  void on_message(const Message& message) override;
  void on_lost(const Message& message, const Error& error) override;

  ReceiverSink& sink_;
  link::LinkSettings settings_;
  bool trace_;
  link::Framer framer_;
  Finished finished_;
  MbusSegments mbus_;
  HdlcSegments hdlc_;
  BlockTransfer blocks_;
};

}  // namespace meterpipe::transport
