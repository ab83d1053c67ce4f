// OpenSSL as the ciphers here need it.
#pragma once

#include <openssl/evp.h>

namespace meterpipe::apdu {

// Before its first use: without its configuration file, its error texts and its tables of names,
// which are most of the work and need files that are out of sight by then; and its memory as that
// of keys, unless it has taken some before. (Who wants TLS as well must have used OpenSSL before.)
void prepare_openssl();

// One of its ciphers by name ("AES-128-GCM"), looked for once. What OpenSSL builds to find one,
// some 200 KiB, holds no key and is left out of the memory that is locked: there may be 64 KiB of
// that. Throws std::runtime_error where it has none of this name.
const EVP_CIPHER* find_cipher(const char* name);

}  // namespace meterpipe::apdu
