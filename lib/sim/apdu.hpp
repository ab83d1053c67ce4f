// APDUs as a meter makes them, the mirror of lib/apdu (IEC 62056-5-3):
//
//   data-notification       0F  long-invoke-id-and-priority(4)  date-time  body
//                               date-time: 00 | 0C + 12 bytes | 09 0C + 12 bytes (illegal; Kaifa)
//   event-notification      C2  00 | 01 0C + 12 bytes  class(2)  name(6)  attribute(1)  body
//   general-glo-ciphering   DB  08 system-title(8)  length  SC IC(4)  content [tag(12)]
//   general-ded-ciphering   DC  the same
//   glo-…, ded-… services   C8 … D7, 21 … 58           length  SC IC(4)  content [tag(12)]
//   general-ciphering       DD  transaction-id  originator-title  recipient-title  date-time
//                               other-information  00 | 01 key-info  length  SC IC(4) …
//                               the five each with its length in front; key-info, identified: 00
//                               and 00 global unicast or 01 global broadcast
//
// Without a title: general-… with a title of length 00, or (Elgama, Kaifa in Poland) no DB either:
// `00 82 02 30 30 …`. The reader must know the title then.
//
// Security control SC: bits 0-3 suite, 10h authenticated, 20h encrypted, 40h broadcast key.
//   20 21 22  content = ciphertext, no tag              (counter mode is what is left of GCM)
//   30 31 32  content = ciphertext, tag; AAD = SC AK
//   10 11 12  content = plaintext,  tag; AAD = SC AK plaintext
// In general-ciphering the five strings with their lengths follow AK in the AAD. Nonce = system
// title (there the originator's), IC. Suite 2 ciphers with AES-256, the others with AES-128.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "apdu/gcm.hpp"
#include "base/bytes.hpp"
#include "sim/calendar.hpp"

namespace meterpipe::sim {

enum class TimeForm : std::uint8_t { none, plain, tagged };  // 00, 0C…, 09 0C…

struct NotificationHead {
  std::uint32_t invoke = 0;  // with its priority bits
  TimeForm form = TimeForm::plain;
  DateTime time{};
};

// Everything before the body, which follows as Data.
void add_notification_head(ByteVector& out, const NotificationHead& head);

struct EventHead {
  bool timed = true;
  DateTime time{};
  std::uint16_t interface_class = 0;
  std::array<std::uint8_t, 6> name{};
  std::uint8_t attribute = 0;
};
void add_event_head(ByteVector& out, const EventHead& head);

using SystemTitle = std::array<std::uint8_t, 8>;

struct CipherKeys {
  ByteVector ek;              // 16 bytes, 32 for suite 2
  ByteVector ak;              // as long; unused without a tag
  ByteVector broadcast = {};  // in place of ek where the control byte says so
};

enum class TitleForm : std::uint8_t { sent, empty, untagged };

// The strings of general-ciphering besides the originator's title, which is CipherHead's.
struct GeneralHead {
  ByteVector transaction_id, recipient, date_time, other_information;
  bool key_info = false;  // identified-key, unicast or broadcast by the control byte
};

struct CipherHead {
  SystemTitle title{};
  std::uint32_t counter = 0;
  unsigned length_width = 0;  // form of the length field, see add_length
  std::uint8_t tag = 0xdb;    // of the ciphered APDU
  TitleForm title_form = TitleForm::sent;
  GeneralHead general = {};  // with tag DD
};

// The glo- or ded- tag of a service with this tag; nothing: it has none.
std::optional<std::uint8_t> glo_tag(std::uint8_t tag);
std::optional<std::uint8_t> ded_tag(std::uint8_t tag);

// Suites 0 to 2, authenticated or encrypted or both, with the broadcast key or not.
bool is_known_control(std::uint8_t control);
std::size_t key_length(std::uint8_t control);  // 16 or 32

// Puts plain APDUs into ciphered ones. The control is known and the keys have its
// length: anything else throws std::invalid_argument.
class Cipherer {
 public:
  Cipherer(std::uint8_t control, const CipherKeys& keys);

  // Appends the whole APDU.
  void add(ByteVector& out, const CipherHead& head, Bytes plain);

 private:
  std::uint8_t control_;
  apdu::Gcm gcm_;
  ByteVector aad_;  // SC AK
  ByteVector head_, iv_, ciphertext_, tag_;
};

}  // namespace meterpipe::sim
