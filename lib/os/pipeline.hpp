// Programs joined by pipes, as a shell with pipefail would run them, but for three things: the
// first one that fails decides and is named, a program that ends takes the others with it, also
// those that wait for something that does not come, and none is left behind, whatever becomes of
// this process.
//
// They are a process group of their own, so that a key on the terminal (^C) reaches this process
// alone; it ends the first program, and the others end with what they hold.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::os {

struct Stage {
  std::string name;
  std::string path;                     // of the program; empty: `body` in a process of its own
  std::vector<std::string> words;       // behind its name
  std::function<int()> body = nullptr;  // from standard input to standard output; the status
  // Its standard error comes here line by line, without the end of line; else it is that of this
  // process.
  std::function<void(std::string_view)> said = nullptr;
};

class Pipeline {
 public:
  struct Ends {
    bool own_input = false;  // the first one reads this process's standard input
    int input = -1;          // or this, which stays the caller's; -1: /dev/null
    int output = -1;         // of the last one; -1: that of this process
    // What the last one writes comes here instead, line by line, without the end of line.
    std::function<void(std::string_view)> lines = nullptr;
  };
  // Starts them. Throws a Fatal where one cannot be started.
  Pipeline(std::vector<Stage> stages, Ends ends);
  // Ends what still runs.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  struct Outcome {
    // 0, the status of the first that failed, or 128 and the signal that ended it.
    int status = 0;
    std::string failed;      // its name; empty: none
    std::string how;         // "ended with status 66", "was ended by signal 9 (Killed)"
    bool timed_out = false;  // and was ended for that
  };
  // Until all have ended, or this process is asked to end, or `timeout_ms` are over (0: never).
  Outcome run(long long timeout_ms) { return run(timeout_ms, {}); }
  // And something to be done by the clock meanwhile.
  struct Timer {
    long long every_ms = 0;  // 0: never
    std::function<void()> run{};
  };
  Outcome run(long long timeout_ms, const Timer& timer);
  // The first one is asked to end, and the others with what they hold, as by a signal.
  void end() { is_asked_to_end_ = true; }
  // SIGUSR1 to those programs that run; what is no program, or none yet, does not mind.
  void ask();

 private:
  struct Running {
    pid_t pid = -1;
    int pidfd = -1;
    std::optional<int> status;  // of waitpid
    int sent = 0;               // the last signal that it was sent from here
  };
  // What one of them writes for somebody here.
  struct Heard {
    int fd = -1;
    std::function<void(std::string_view)> take;
    std::string rest{};  // of the line at hand
  };

  void start(std::size_t i, int input, int output, int said);
  static void listen(Heard& heard);
  bool reap(std::size_t i);
  void send(std::size_t i, int signal);
  bool all_ended() const;
  void ended(std::size_t i);
  void hurry(long long now);
  bool is_failure(std::size_t i) const;
  Outcome outcome() const;

  std::vector<Stage> stages_;
  std::vector<Running> running_;
  std::vector<Heard> heard_;
  std::vector<int> open_;  // what a child that becomes no program has to close
  pid_t group_ = 0;
  bool is_asked_to_end_ = false;
  std::optional<std::size_t> first_failed_;
  std::optional<long long> ending_since_;  // monotonic
};

}  // namespace meterpipe::os
