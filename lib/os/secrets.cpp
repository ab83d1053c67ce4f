#include "os/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include "os/status.hpp"

namespace meterpipe::os {
namespace {

void check_keys(const struct stat& status, const std::string& name, Guarded guarded) {
  if (S_ISDIR(status.st_mode)) throw Fatal(kConfig, name + ": a folder, no key file");
  if (guarded == Guarded::by_user) return;
  if (S_ISFIFO(status.st_mode) && status.st_uid != ::geteuid() && status.st_uid != 0) {
    throw Fatal(kNoPermission, name + ": a pipe of another user, who may read the keys as well");
  }
  if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0 && guarded == Guarded::no) {
    throw Fatal(kNoPermission,
                "{}: others may read the keys (mode {:04o}): chmod 600 it, or use "
                "--insecure-key-file",
                name, status.st_mode & 07777u);
  }
}

void check_password(const struct stat& status, const std::string& name, Guarded guarded) {
  if (S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0 && guarded == Guarded::no) {
    throw Fatal(kNoPermission, "{}: everybody can read this password (chmod o-r it)", name);
  }
}

}  // namespace

void check_secret(Secret secret, int fd, const std::string& name, Guarded guarded) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw file_error(name, errno);
  secret == Secret::keys ? check_keys(status, name, guarded)
                         : check_password(status, name, guarded);
}

}  // namespace meterpipe::os
