// Messages of wired M-Bus meters that the Open Metering System ciphers (OMS 4, Vol. 2, 9; the
// config field's bits 12 to 8).
//
//   mode 5   AES-128-CBC; IV = manufacturer, id, version, medium as sent, then the access number
//            eight times. Bits 7 to 4 of the config field: how many blocks; behind them all is
//            plain.
//
//   mode 7   the same with IV 0 and a key made of the meter's and a counter that stands, with a MAC
//            over the message, in the layer before it (CI 90). As documented: no wired meter was
//            met that does it.
//
// Nothing authenticates mode 5. What was deciphered is right if it begins with 2F 2F and its
// records go out to the last byte: the first alone comes by chance once in 65,536. So of several
// keys only the meter's own is tried, never one after the other.
//
// Siemens TD-351x ("AMIS", CI 5B) ciphers all whole blocks, whatever its config field says: the
// frame of the operator's specification has mode 5 there, that of a public reader mode 0.
#pragma once

#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "keys/keys.hpp"

namespace meterpipe::keys {

// `data` stands behind CI. Ok: `plain` is the records; empty and `security.service` empty where
// nothing is ciphered. `security` says what is known in all cases. `given`: the title of a meter
// whose header is the short one, which has none.
Result<void> open_oms(const KeyRing& keys, apdu::AuthMode mode, std::uint8_t ci, Bytes data,
                      apdu::Security& security, ByteVector& plain, const apdu::Title& given = {});

}  // namespace meterpipe::keys
