#include "io/position.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <climits>

#include <fmt/format.h>

#include "base/fnv.hpp"

namespace meterpipe::io {
namespace {

constexpr std::uint64_t kLooked = 256;        // bytes at each end
constexpr std::uint64_t kEnoughToTell = 128;  // bytes that are no coincidence

// False: the bytes are not all there.
bool hash(int fd, std::uint64_t from, std::uint64_t size, std::uint64_t& sum) {
  std::array<char, kLooked> bytes{};
  const ssize_t n = ::pread(fd, bytes.data(), size, static_cast<off_t>(from));
  if (n < 0 || static_cast<std::uint64_t>(n) != size) return false;
  sum = fnv1a_64({bytes.data(), size});
  return true;
}

// Empty: the file is shorter than that.
std::string fingerprint(int fd, std::uint64_t offset) {
  const std::uint64_t size = std::min(offset, kLooked);
  std::uint64_t head = 0, tail = 0;
  if (!hash(fd, 0, size, head) || !hash(fd, offset - size, size, tail)) return {};
  return fmt::format("{:016x}{:016x}", head, tail);
}

}  // namespace

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char folder[PATH_MAX];
  return ::getcwd(folder, sizeof folder) == nullptr ? path : fmt::format("{}/{}", folder, path);
}

std::optional<Position> position_of(const std::string& path, int fd, std::uint64_t offset) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Position{absolute_path(path), status.st_dev, status.st_ino, offset,
                  fingerprint(fd, offset)};
}

bool holds(int fd, const Position& position, bool same_file) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (static_cast<std::uint64_t>(status.st_size) < position.offset) return false;
  // The number of a device may be another one after a start of the machine.
  if (same_file ? status.st_ino != position.inode : position.offset < kEnoughToTell) return false;
  return fingerprint(fd, position.offset) == position.fingerprint;
}

}  // namespace meterpipe::io
