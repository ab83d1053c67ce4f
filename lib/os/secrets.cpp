#include "os/secrets.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
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

void check_tls_key(const struct stat& status, const std::string& name) {
  if (S_ISDIR(status.st_mode)) throw Fatal(kConfig, name + ": a folder, no private key");
  if (S_ISFIFO(status.st_mode) && status.st_uid != ::geteuid() && status.st_uid != 0) {
    throw Fatal(kNoPermission, name + ": a pipe of another user, who may read the key as well");
  }
  const mode_t open_to = status.st_uid == 0 ? 007 : 077;
  if (S_ISREG(status.st_mode) && (status.st_mode & open_to) != 0) {
    throw Fatal(kNoPermission, "{}: others may read this private key (mode {:04o}): chmod 600 it",
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
  forbid_core_dumps();
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw file_error(name, errno);
  switch (secret) {
    case Secret::keys: return check_keys(status, name, guarded);
    case Secret::password: return check_password(status, name, guarded);
    case Secret::tls_key: return check_tls_key(status, name);
  }
}

void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace meterpipe::os
