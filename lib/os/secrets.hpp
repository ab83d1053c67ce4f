// Files that hold secrets: which of them are refused because somebody else may read them, too.
//
//                                key file          password file               TLS private key
//   a folder                     78                as read(2) fails            78
//   a pipe of another user       77                taken                       77
//   a file that others may read  77 (mode & 077)   77 (everybody: mode & 004)  77 (mode & 077)
//
// A password may be shared with a group, and so may a TLS key that is root's (Debian's ssl-cert).
#pragma once

#include <string>

namespace meterpipe::os {

enum class Secret { keys, password, tls_key };

// Who has looked after the file besides.
enum class Guarded {
  no,
  by_systemd,  // a credential: its ACL shows as group bits
  by_user,     // who said that it may be as it is
};

// Of an open file. Throws a Fatal that names it, and how to mend it. Whoever asks is about to hold
// a secret: it dumps no core from now on.
void check_secret(Secret secret, int fd, const std::string& name, Guarded guarded);

// No core dumps of a process that holds any.
void forbid_core_dumps();

}  // namespace meterpipe::os
