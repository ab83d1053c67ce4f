// Standard output of a program that must not wait for its reader: records queue up and go out as
// the reader takes them (record_queue.hpp says what goes when it does not).
#pragma once

#include <poll.h>

#include "io/record_queue.hpp"

namespace meterpipe::io {

class LiveOutput {
 public:
  static constexpr std::size_t kLimit = std::size_t{1} << 20;

  explicit LiveOutput(RecordQueue::Overrun overrun, int fd = 1);

  // Queues a record and writes what can be written without waiting.
  void add(std::string_view record, std::string_view ts);
  // For poll: asks for POLLOUT while something waits; a pipe tells at any time that its reader has
  // gone. Pass the answer to handle().
  pollfd waits_for() const;
  void handle(short revents);
  // Waits until all is written; once a signal has come, 2 s more at most. False: something is left.
  bool drain();
  // At the end of a run: drain(), then closes and checks; says how many records are left.
  void finish();
  const RecordQueue& queue() const { return queue_; }

 private:
  bool write_some();

  RecordQueue queue_;
  int fd_;
  bool is_pipe_ = false;
  bool always_ready_ = false;
  bool hung_up_ = false;
};

}  // namespace meterpipe::io
