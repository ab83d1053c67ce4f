// OpenSSL as the ciphers here need it.
#pragma once

namespace meterpipe::apdu {

// Before its first use: without its configuration file, its error texts and its tables of names,
// which are most of the work and need files that are out of sight by then; and all of its memory as
// that of keys, unless it has taken some before. (Who wants TLS as well must have used OpenSSL
// before.)
void prepare_openssl();

}  // namespace meterpipe::apdu
