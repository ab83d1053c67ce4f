// Standard input or files, chunk by chunk. Before a read that would block the output is flushed.
#pragma once

#include <poll.h>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/output.hpp"

namespace meterpipe::io {

class Input {
 public:
  // No path, or "-": standard input. `follow` waits for more at the end of the last file, as
  // `tail -F` does: a file that was truncated or replaced is read from its start.
  Input(std::vector<std::string> paths, bool follow);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  struct Chunk {
    std::string_view text;
    bool ends_source = false;  // behind this chunk the present file ends
  };
  // nullopt: no more input, or a signal came and 2 s (none on a terminal) have passed since.
  std::optional<Chunk> read(Output& output);

  // What to do while there is nothing to read: a function like Signals::wait, which it is by
  // default. A program that has other descriptors to look after sets its own.
  using Wait = std::function<int(pollfd* fds, nfds_t count, int timeout_ms)>;
  void wait_with(Wait wait) { wait_ = std::move(wait); }

  // The present input is a regular file: what is not read now can be read later.
  bool is_file() const;
  // The present input: "stdin", or the file's name without folders.
  const std::string& name() const { return name_; }

 private:
  bool open_next();
  bool wait(Output& output);
  bool reopened();

  std::vector<std::string> paths_;
  std::size_t next_ = 0;
  bool follow_;
  int fd_ = -1;
  bool ended_ = false;
  std::string path_;
  std::string name_ = "stdin";
  std::unique_ptr<char[]> chunk_;
  Wait wait_;
  long long give_up_at_ = -1;  // monotonic milliseconds, once a signal has come
};

}  // namespace meterpipe::io
