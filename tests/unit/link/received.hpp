// What comes out of a receiver.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "transport/receiver.hpp"

namespace meterpipe::test {

struct Received : transport::ReceiverSink {
  std::vector<transport::Message> messages;
  std::vector<Error> errors;
  std::vector<std::uint64_t> error_offsets;
  int frames = 0, answers = 0;

  void on_frame(const link::Frame&) override { ++frames; }
  void on_message(const transport::Message& message) override { messages.push_back(message); }
  void on_rsp_ud(const link::Frame&, const link::RspUd&) override { ++answers; }
  void on_error(const Error& error, std::uint64_t offset, Bytes) override {
    errors.push_back(error);
    error_offsets.push_back(offset);
  }

  std::vector<ByteVector> apdus() const {
    std::vector<ByteVector> out;
    for (const transport::Message& one : messages) out.push_back(one.bytes);
    return out;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const transport::Message& one : messages) out.emplace_back(as_text(one.bytes));
    return out;
  }
  std::vector<Fault> faults() const {
    std::vector<Fault> out;
    for (const Error& one : errors) out.push_back(one.fault);
    return out;
  }
};

// One after the other, and then the end of the message, if there is one.
inline Received receive(const std::vector<ByteVector>& frames, bool end = true) {
  Received received;
  transport::Receiver receiver(received);
  for (const ByteVector& frame : frames) receiver.push(frame);
  if (end) receiver.end_of_message();
  return received;
}

}  // namespace meterpipe::test
