// The shape of a ciphered or signed APDU (IEC 62056-5-3, 9.2.7.2 and 9.5).
//
//   DB  title  content                                    general-glo-ciphering; DC: -ded-
//   DD  transaction-id  originator  recipient  date-time  other-information  key-info  content
//                                                         general-ciphering
//   DF  transaction-id  originator  recipient  date-time  other-information  text  signature
//                                                         general-signing
//   C8  content                                           glo-get-request, and so on: one service
//   00  content                                           DB without the DB: see below
//
//   content  = length  SC  IC(4)  text  [tag(12)]
//   key-info = 00 | 01 00 key-id | 01 01 kek-id key | 01 02 parameters data
//              absent, identified, wrapped, agreed
//   All that has no size here is an octet-string: length, bytes. Titles have 8 bytes or none.
//
//   DB 08 4B464D1020000001 4D 21 000004D2 …
//   DD 01 2A 08 4B464D1020000001 00 00 00 01 00 00 81 9B 30 000004D2 …
//   C8 1E 30 000004D2 …
//
// Length fields seen: 4D, 81 F8, 82 01 55, and the non-minimal 82 00 E7 (Kamstrup).
// What real meters do instead: Elgama and Kaifa in Poland send an empty title and no DB,
// `00 82 02 30 30 00000000 …`. A first byte of 00 is no APDU's, so that this is taken for one if
// its length fits the bytes exactly and its security control can be.
#pragma once

#include <optional>

#include "apdu/security.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace meterpipe::apdu {

enum class KeyInfo : std::uint8_t { none, unicast, broadcast, wrapped, agreed };

struct CipheredApdu {
  std::uint8_t tag = 0;     // DB where it was left out
  Bytes title;              // the originator's: 8 bytes, or none
  bool has_control = true;  // general-signing: no SC, no IC, no mac
  std::uint8_t control = 0;
  std::uint32_t counter = 0;
  Bytes counter_bytes;
  Bytes content;  // ciphertext, or plaintext where it is only authenticated or signed
  Bytes mac;      // authentication tag: 12 bytes or none

  // general-ciphering and general-signing
  Bytes transaction, recipient, date_time, other;
  Bytes protected_header;  // these and the title as they were sent, with their lengths
  KeyInfo key_info = KeyInfo::none;
  Bytes signature;

  bool enciphered() const { return (control & kEncrypted) != 0; }
  bool wants_broadcast() const {
    return (control & kBroadcast) != 0 || key_info == KeyInfo::broadcast;
  }
  // What the tag vouches for besides the ciphertext (ciphered.hpp has the picture). `text`: the
  // content, where it is not enciphered.
  void add_aad(SecretBytes& aad, Bytes ak, Bytes text) const;
};

// How long the APDU without its DB is that begins here, 00 length SC IC …; 0: none does. It may be
// more than there is.
std::size_t untagged_size(Bytes rest);

bool is_ciphered(Bytes apdu);
// Only the shape; the whole APDU must be there and nothing behind it.
Result<CipheredApdu> parse_ciphered(Bytes apdu);
// What is known before any key is tried.
Security security_of(const CipheredApdu& apdu);
// The same of an APDU that is cut or has bytes left over: what its header says, for the error.
std::optional<Security> glimpse(Bytes apdu);

}  // namespace meterpipe::apdu
