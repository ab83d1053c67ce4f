// What a process may have, for as long as an object here lives: what a machine refuses when it has
// no more is refused at once.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace meterpipe::test {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

// No file is opened, no pipe and no socket made.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

// No byte more in any file.
class NoFileSize {
 public:
  NoFileSize() : told_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoFileSize() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, told_);
  }
  NoFileSize(const NoFileSize&) = delete;
  NoFileSize& operator=(const NoFileSize&) = delete;

 private:
  rlimit before_{};
  void (*told_)(int);
};

// Somebody who may not do what only root may: of root's tests "nobody", of others they themselves.
class NotRoot {
 public:
  NotRoot() {
    if (was_root_) is_done_ = ::seteuid(65534) == 0;
  }
  ~NotRoot() {
    if (was_root_ && is_done_) is_done_ = ::seteuid(0) == 0;
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;
  // False where root has nobody else to be: a user namespace of one user.
  [[nodiscard]] bool is_one() const { return is_done_; }

 private:
  bool was_root_ = ::geteuid() == 0, is_done_ = true;
};

}  // namespace meterpipe::test
