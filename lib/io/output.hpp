// Records on their way out: gathered in a buffer, written before a read that would block or at
// 64 KiB (flow: meter-records(5)). Closed and checked at the end. A reader that has gone ends the
// process as SIGPIPE would; any other failure is Fatal 74.
#pragma once

#include "base/buffer.hpp"

namespace meterpipe::io {

// Fatal 74.
[[noreturn]] void fail_write(int error);

class Output {
 public:
  explicit Output(int fd = 1) : fd_(fd) {}

  Buffer& buffer() { return buffer_; }
  bool pending() const { return !buffer_.empty(); }
  // To be called after each record: writes when the buffer has grown to 64 KiB.
  void record_done() {
    if (buffer_.size() >= kFlushAt) flush();
  }
  void flush();
  void close();
  int fd() const { return fd_; }
  // The descriptor that tells by POLLERR that its reader has gone, or -1: only a pipe does, and
  // only a program that lives for its output ends with it.
  int watched_fd() const { return watched_ ? fd_ : -1; }
  void watch_reader();

 private:
  bool room_in_time();

  static constexpr std::size_t kFlushAt = 64 * 1024;
  int fd_;
  bool watched_ = false;
  Buffer buffer_;
  long long give_up_at_ = -1;  // monotonic milliseconds, once a signal has come
};

}  // namespace meterpipe::io
