// What programs cost, as the kernel counts it; for scripts/bench.
//
//   cost pipe OUT PROGRAM ARGUMENT… '|' PROGRAM ARGUMENT… '|' …
//       runs them as a pipe and writes a line to OUT:
//       wall and CPU of all in µs, then of each program its CPU in µs and its peak RSS in KiB
//   cost first OUT RUNS PROGRAM ARGUMENT… '|' PROGRAM ARGUMENT… '|' …
//       runs each by itself, in turn, RUNS times, its input from the beginning each time; writes to
//       OUT the medians of the µs from its start to its first byte of output
//
// Input is standard input, a file; the output of a pipe is standard output. Ends with 1 where a
// program could not be run or was ended by a signal; how it ended otherwise is not its cost.
//
// The resident memory that Linux reports of a program has that of its parent in it, as far as it
// was before exec(): so nothing is used here but the C library.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

constexpr int kMost = 8;        // programs
constexpr int kMostRuns = 999;  // of each
constexpr int kNotFound = 127;  // as a shell ends

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "cost: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int check(int result, const char* what) {
  if (result < 0) give_up(what);
  return result;
}

double now_us() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double us(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

pid_t start(char** program, int in, int out) {
  const pid_t pid = check(fork(), "fork");
  if (pid != 0) return pid;
  if (in != STDIN_FILENO) check(dup2(in, STDIN_FILENO), "dup2");
  if (out != STDOUT_FILENO) check(dup2(out, STDOUT_FILENO), "dup2");
  execvp(program[0], program);
  std::fprintf(stderr, "cost: %s: %s\n", program[0], std::strerror(errno));
  _exit(kNotFound);
}

struct Cost {
  double cpu_us;
  long peak_kib;
};

Cost wait_for(pid_t pid) {
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) give_up("wait4");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) == kNotFound) {
    std::fprintf(stderr, "cost: a program could not be run or was ended by a signal (%d)\n",
                 status);
    std::exit(1);
  }
  return {us(usage.ru_utime) + us(usage.ru_stime), usage.ru_maxrss};
}

// Cuts the words at each `|`.
int split(char** words, char*** programs) {
  int count = 0;
  for (bool begins = true; *words != nullptr; ++words) {
    if (std::strcmp(*words, "|") == 0) {
      *words = nullptr;
      begins = true;
    } else if (begins) {
      if (count == kMost) {
        errno = E2BIG;
        give_up("programs");
      }
      programs[count++] = words;
      begins = false;
    }
  }
  return count;
}

void run_pipe(std::FILE* out, char*** programs, int count) {
  pid_t pids[kMost];
  int in = STDIN_FILENO;
  const double began = now_us();
  for (int i = 0; i < count; ++i) {
    int ends[2] = {-1, STDOUT_FILENO};
    if (i + 1 < count) check(pipe2(ends, O_CLOEXEC), "pipe");
    pids[i] = start(programs[i], in, ends[1]);
    if (in != STDIN_FILENO) close(in);
    if (i + 1 < count) close(ends[1]);
    in = ends[0];
  }
  Cost costs[kMost];
  double cpu_us = 0;
  for (int i = 0; i < count; ++i) {
    costs[i] = wait_for(pids[i]);
    cpu_us += costs[i].cpu_us;
  }
  std::fprintf(out, "%.0f %.0f", now_us() - began, cpu_us);
  for (int i = 0; i < count; ++i) {
    std::fprintf(out, " %.0f %ld", costs[i].cpu_us, costs[i].peak_kib);
  }
  std::fputc('\n', out);
}

double first_byte_us(char** program) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe");
  check(static_cast<int>(lseek(STDIN_FILENO, 0, SEEK_SET)), "the input is no file");
  const double began = now_us();
  const pid_t pid = start(program, STDIN_FILENO, ends[1]);
  close(ends[1]);
  char bytes[65536];
  const bool came = read(ends[0], bytes, 1) == 1;
  const double took = now_us() - began;
  while (read(ends[0], bytes, sizeof bytes) > 0) {
  }
  close(ends[0]);
  wait_for(pid);
  if (!came) {
    std::fprintf(stderr, "cost: %s wrote nothing\n", program[0]);
    std::exit(1);
  }
  return took;
}

int by_size(const void* a, const void* b) {
  const double x = *static_cast<const double*>(a), y = *static_cast<const double*>(b);
  return (x > y) - (x < y);
}

void time_first(std::FILE* out, int runs, char*** programs, int count) {
  static double took[kMost][kMostRuns];
  for (int run = 0; run < runs; ++run) {
    for (int i = 0; i < count; ++i) took[i][run] = first_byte_us(programs[i]);
  }
  for (int i = 0; i < count; ++i) {
    std::qsort(took[i], static_cast<std::size_t>(runs), sizeof(double), by_size);
    std::fprintf(out, "%s%.0f", i == 0 ? "" : " ", took[i][runs / 2]);
  }
  std::fputc('\n', out);
}

}  // namespace

int main(int argc, char** argv) {
  const bool first = argc > 4 && std::strcmp(argv[1], "first") == 0;
  const bool pipe = argc > 3 && std::strcmp(argv[1], "pipe") == 0;
  const int runs = first ? std::atoi(argv[3]) : 1;
  if ((!first && !pipe) || runs < 1 || runs > kMostRuns) {
    std::fprintf(stderr, "usage: cost pipe OUT PROGRAM... | cost first OUT RUNS PROGRAM...\n");
    return 64;
  }
  std::FILE* out = std::fopen(argv[2], "ae");
  if (out == nullptr) give_up(argv[2]);
  char** programs[kMost];
  const int count = split(argv + (first ? 4 : 3), programs);
  if (first) {
    time_first(out, runs, programs, count);
  } else {
    run_pipe(out, programs, count);
  }
  return std::fclose(out) == 0 ? 0 : 1;
}
