// held PID HEX…: where the memory of a process holds these bytes, as they are or as hex: two
// numbers for all of them, in memory that is locked and left out of dumps, and elsewhere, and a
// line on stderr for each elsewhere. Ends with 1 where the process cannot be looked into.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"

namespace {

struct Mapping {
  std::uint64_t from, to;
  std::string name;
  bool is_locked = false, is_readable = false;
};

// From /proc/PID/smaps: a head for each mapping, and behind it its VmFlags (lo: locked, dd: not in
// a dump).
std::vector<Mapping> mappings_of(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/smaps");
  std::vector<Mapping> all;
  for (std::string line; std::getline(in, line);) {
    std::uint64_t from = 0, to = 0;
    char rights[8] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) == 3) {
      all.push_back({from, to, line, false, rights[0] == 'r'});
    } else if (line.starts_with("VmFlags:") && !all.empty()) {
      const std::string flags = line + ' ';
      all.back().is_locked =
          flags.find(" lo ") != std::string::npos && flags.find(" dd ") != std::string::npos;
    }
  }
  return all;
}

std::size_t times_in(std::string_view memory, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = memory.find(what); at != std::string_view::npos;
       at = memory.find(what, at + 1)) {
    ++n;
  }
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  std::vector<std::string> wanted;
  for (int i = 2; i < argc; ++i) {
    const auto bytes = meterpipe::from_hex(argv[i]);
    if (!bytes) return 64;
    wanted.emplace_back(bytes->begin(), bytes->end());
    wanted.emplace_back(argv[i]);
  }
  const std::string pid = argv[1];
  std::ifstream memory("/proc/" + pid + "/mem", std::ios::binary);
  const auto mappings = mappings_of(pid);
  if (!memory || mappings.empty()) return 1;
  std::size_t locked = 0, elsewhere = 0;
  for (const Mapping& one : mappings) {
    if (!one.is_readable || one.name.find("[v") != std::string::npos) continue;
    std::string text(one.to - one.from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(one.from));
    if (!memory.read(text.data(), static_cast<std::streamsize>(text.size()))) continue;
    std::size_t n = 0;
    for (const std::string& what : wanted) n += times_in(text, what);
    (one.is_locked ? locked : elsewhere) += n;
    if (n != 0 && !one.is_locked) std::fprintf(stderr, "%zu in %s\n", n, one.name.c_str());
  }
  std::printf("%zu %zu\n", locked, elsewhere);
  return 0;
}
