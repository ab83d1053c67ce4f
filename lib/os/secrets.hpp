// Files that hold secrets: which of them are refused because somebody else may read them, too.
//
//                                key file               password file
//   a folder                     78                     as read(2) fails
//   a pipe of another user       77                     taken
//   a file that others may read  77 (mode & 077)        77 (everybody: mode & 004)
//
// A password may be shared with a group. The private key of a TLS certificate is opened by OpenSSL
// and taken as it is.
#pragma once

#include <string>

namespace meterpipe::os {

enum class Secret { keys, password };

// Who has looked after the file besides.
enum class Guarded {
  no,
  by_systemd,  // a credential: its ACL shows as group bits
  by_user,     // who said that it may be as it is
};

// Of an open file. Throws a Fatal that names it, and how to mend it.
void check_secret(Secret secret, int fd, const std::string& name, Guarded guarded);

}  // namespace meterpipe::os
