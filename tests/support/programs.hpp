// Runs programs, a pipe of them, without a shell between, and gives what the last one printed.
#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/folder.hpp"

namespace meterpipe::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The words of a command; none of them may be empty.
using Words = std::vector<std::string>;

struct Ran {
  int status = 0;  // of the last program that did not end with 0; 128 + N behind signal N
  std::string out;
};

// The files that the first program reads and to which all of them write their errors.
struct Streams {
  std::string in = "/dev/null", err = "/dev/null";
};

inline Ran run(const std::vector<Words>& pipe, const Streams& streams = {}) {
  const auto must = [](int error, const std::string& what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
  };
  std::vector<pid_t> children;
  int from = ::open(streams.in.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) must(errno, streams.in);
  const int err = ::open(streams.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (err < 0) must(errno, streams.err);
  for (const Words& words : pipe) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) must(errno, "pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, from, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    must(::posix_spawnp(&children.emplace_back(), arguments[0], &files, nullptr, arguments.data(),
                        environ),
         words[0]);
    posix_spawn_file_actions_destroy(&files);
    ::close(from);
    ::close(ends[1]);
    from = ends[0];
  }
  ::close(err);
  Ran ran;
  char chunk[65536];
  for (ssize_t n = 0; (n = ::read(from, chunk, sizeof chunk)) > 0;) {
    ran.out.append(chunk, static_cast<std::size_t>(n));
  }
  ::close(from);
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    const int is = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (is != 0) ran.status = is;
  }
  return ran;
}

}  // namespace meterpipe::test
