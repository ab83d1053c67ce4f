#include "io/rotated.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/whole_number.hpp"
#include "os/files.hpp"

namespace meterpipe::io {
namespace {

constexpr std::size_t kMostSiblings = 1000;

struct Sibling {
  std::string path;
  ino_t inode;
  std::int64_t changed_ns;
  std::optional<std::uint64_t> number;  // FILE.3: 3, higher is older
};

// FILE.N and FILE-DATE, as logrotate names them, not compressed.
bool is_rotated_name(std::string_view name, std::string_view of, Sibling& sibling) {
  if (!name.starts_with(of) || name.size() < of.size() + 2) return false;
  const char mark = name[of.size()];
  const std::string_view rest = name.substr(of.size() + 1);
  if (mark != '.' && mark != '-') return false;
  if (rest.find_first_not_of("0123456789-_.T:") != std::string_view::npos) return false;
  if (mark == '.' && rest.size() < 8) {  // longer: a date
    sibling.number = whole_number<std::uint64_t>(rest);
  }
  return true;
}

bool is_older(const Sibling& a, const Sibling& b) {
  if (a.number && b.number) return *a.number > *b.number;
  return a.changed_ns < b.changed_ns;
}

std::vector<Sibling> siblings_of(const std::string& path) {
  std::vector<Sibling> found;
  const std::string folder = os::folder_of(path), name = os::base_name(path);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), &::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    Sibling sibling{};
    if (found.size() == kMostSiblings || !is_rotated_name(entry->d_name, name, sibling)) continue;
    sibling.path = folder + entry->d_name;
    struct stat status {};
    if (::stat(sibling.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    sibling.inode = status.st_ino;
    sibling.changed_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
    found.push_back(std::move(sibling));
  }
  std::ranges::sort(found, is_older);
  return found;
}

// The one that was left, opened; the index in `among`.
std::optional<std::size_t> find_left(const std::vector<Sibling>& among, const Position& position,
                                     bool same_file, int& fd) {
  for (std::size_t i = among.size(); i-- > 0;) {
    if (same_file && among[i].inode != position.inode) continue;
    fd = ::open(among[i].path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (holds(fd, position, same_file)) return i;
    ::close(fd);
  }
  return std::nullopt;
}

}  // namespace

Continuation continue_at(const Position& position, const std::string& path, int fd) {
  Continuation result;
  const std::string name = os::base_name(path);
  if (holds(fd, position, true)) {
    result.offset = position.offset;
    result.said = fmt::format("{}: goes on at byte {}", name, position.offset);
    return result;
  }
  struct stat now {};
  ::fstat(fd, &now);
  std::vector<Sibling> siblings = siblings_of(path);
  if (const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &free);
      siblings.empty() && real) {
    siblings = siblings_of(real.get());
  }
  std::erase_if(siblings, [&now](const Sibling& one) { return one.inode == now.st_ino; });
  int left = -1;
  auto at = find_left(siblings, position, true, left);
  if (!at && holds(fd, position, false)) {
    result.offset = position.offset;
    result.said = fmt::format("{}: a copy of the file that was read; goes on at byte {}", name,
                              position.offset);
    return result;
  }
  if (!at) at = find_left(siblings, position, false, left);
  if (!at) {
    result.as_expected = false;
    const bool shorter =
        now.st_ino == position.inode && static_cast<std::uint64_t>(now.st_size) < position.offset;
    result.said = shorter
                      ? fmt::format(
                            "{}: was truncated, it ends before byte {}, where it was left: read "
                            "from its start",
                            name, position.offset)
                      : fmt::format(
                            "{}: another file than the one that was left at byte {}, which is "
                            "not there any more: read from its start",
                            name, position.offset);
    return result;
  }
  result.before.push_back({left, siblings[*at].path, position.offset});
  for (std::size_t i = *at + 1; i < siblings.size(); ++i) {
    const int between = ::open(siblings[i].path.c_str(), O_RDONLY | O_CLOEXEC);
    if (between >= 0) result.before.push_back({between, siblings[i].path, 0});
  }
  result.said = fmt::format(
      "{}: was rotated; goes on at byte {} of {}{}, then it is read from its start", name,
      position.offset, os::base_name(siblings[*at].path),
      result.before.size() == 1 ? "" : fmt::format(", then {} more", result.before.size() - 1));
  return result;
}

}  // namespace meterpipe::io
