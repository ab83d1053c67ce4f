// `-o hex`: the payload alone, for hands and eyes. What it loses is written before it:
//
//   #@ ts=2026-11-22T17:00:00.123456Z src=ttyUSB0 title=4b464d1020000001 counter=1234 auth=none
//   0f80…
//
// record/input.hpp reads it back.
#pragma once

#include "record/input.hpp"
#include "record/records.hpp"

namespace meterpipe::record {

void write_hex_line(Buffer& out, const Head& head, const apdu::Security* security, Bytes bytes);

// What a `#@` line said of deciphered bytes; nullopt if it said nothing of a cipher.
std::optional<apdu::Security> security_of(const Meta& meta);

}  // namespace meterpipe::record
