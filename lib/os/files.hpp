// Whole files: read at once, written at once, replaced at once. Streams are lib/io's.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace meterpipe::os {

// Holds a descriptor and closes it, but for standard input. -1: none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// "ttyUSB0" of /dev/ttyUSB0; "/dev/" of it, "./" where no folder is named.
std::string base_name(const std::string& path);
std::string folder_of(const std::string& path);

// For reading. Throws a file_error of `path`.
int open_file(const std::string& path);
// The same of what is polled before it is read: a FIFO without a writer is not waited for.
int open_at_once(const std::string& path);

// All that comes until the end, up to `most` bytes; where more comes, one byte more than that, for
// the caller to refuse in its own words. Throws a file_error of `name`. No copy of what was read is
// left in memory but the result: it may be a key.
std::string read_all(int fd, const std::string& name, std::size_t most);

// Of a file that a program keeps for itself or for others to collect (spool, counters, metrics):
// nobody else decides what stands in it. A Fatal where it belongs to another user, or everybody may
// write it, and where in a folder that others may write its name is a link of somebody else's or
// one that leads nowhere. root may look after the files of others, never the other way round. What
// is not there, and what is no file, is none of its business.
void check_own_file(const std::string& path);

// 0, or an errno. Signals are waited out.
int write_all(int fd, std::string_view text);

// Writes a file beside its name, PATH.tmp, which is always made anew, and renames it, so that there
// is always a whole one. It has `mode` under any umask. Throws a Fatal: 66 no such folder, 77 no
// permission, 74 else, and where the path is there and no file: onto a device or a pipe nothing is
// renamed.
void replace_file(const std::string& path, std::string_view text, mode_t mode);

}  // namespace meterpipe::os
