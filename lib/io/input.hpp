// Standard input or files, chunk by chunk. Before a read that would block the output is flushed.
//
// A followed file that is replaced (logrotate) is read to its end before the new one is begun, and
// the new one is begun when something is in it: as long as nothing is, whoever writes may still
// have the old one open.
#pragma once

#include <poll.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/output.hpp"
#include "io/position.hpp"

namespace meterpipe::io {

class Input {
 public:
  // No path, or "-": standard input. `follow` waits for more at the end of the last file, as
  // `tail -F` does: a file that was truncated or replaced is read from its start.
  Input(std::vector<std::string> paths, bool follow);
  ~Input();

  struct Chunk {
    std::string_view text;
    bool ends_source = false;  // behind this chunk the present file ends
    bool ends_file = false;    // the same, and another goes on under its name
  };
  // nullopt: no more input, or a signal came and 2 s (none on a terminal) have passed since.
  std::optional<Chunk> read(Output& output);

  // Goes on where an earlier run has left its input, see io/rotated.hpp; what is done is said in
  // one line. Files named before that one are left out. Before the first read.
  void resume(const Position& position);
  // Where the next byte stands when `taken` of all bytes that read() gave are done with
  // (record::InputSplitter::taken). nullopt: a pipe, or no file any more.
  std::optional<Position> position(std::uint64_t taken) const;

  // What to do while there is nothing to read: a function like Signals::wait, which it is by
  // default. A program that has other descriptors to look after sets its own.
  using Wait = std::function<int(pollfd* fds, nfds_t count, int timeout_ms)>;
  void wait_with(Wait wait) { wait_ = std::move(wait); }

  // The present input is a regular file: what is not read now can be read later.
  bool is_file() const { return is_file_; }
  // The present input: "stdin", or the file's name without folders.
  const std::string& name() const { return name_; }

 private:
  struct Source {
    int fd = -1;
    std::string path;          // as named on the command line
    std::uint64_t start = 0;   // of the file: its first byte that was read
    std::uint64_t before = 0;  // bytes that read() had given before it
  };

  bool open_next();
  void change_to(Source next);
  bool wait(Output& output);
  void look_for_successor();
  // At the end of a file: true, it has changed to the next one, or to its own start.
  bool changed();

  std::vector<std::string> paths_;
  std::size_t next_ = 0;
  bool follow_;
  Source now_, before_;      // before_: its end may not be done with
  std::deque<Source> then_;  // goes on under the same name
  std::uint64_t given_ = 0;
  bool is_file_ = false;  // the present input
  bool ended_ = false;    // the end of the source has been told
  bool at_end_ = false;   // the last read found nothing
  std::string name_ = "stdin";
  std::unique_ptr<char[]> chunk_;
  Wait wait_;
  long long give_up_at_ = -1;  // monotonic milliseconds, once a signal has come
};

}  // namespace meterpipe::io
