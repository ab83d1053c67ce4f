// Runs a shell command with a file as its input and gives what it printed.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace meterpipe::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Ran {
  int status;
  std::string out;
};

inline Ran run(const std::string& command) {
  Ran ran{-1, {}};
  FILE* pipe = popen(("bash -o pipefail -c \"" + command + "\"").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  char chunk[65536];
  for (std::size_t n; (n = fread(chunk, 1, sizeof chunk, pipe)) != 0;) ran.out.append(chunk, n);
  const int status = pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace meterpipe::test
