// APDUs as a meter makes them, the mirror of lib/apdu (IEC 62056-5-3):
//
//   data-notification       0F  long-invoke-id-and-priority(4)  date-time  body
//                               date-time: 00 | 0C + 12 bytes | 09 0C + 12 bytes (illegal; Kaifa)
//   general-glo-ciphering   DB  08 system-title(8)  length  SC IC(4)  content [tag(12)]
//
// Security control SC: bits 0-3 suite, 10h authenticated, 20h encrypted.
//   20 21 22  content = ciphertext, no tag              (counter mode is what is left of GCM)
//   30 31 32  content = ciphertext, tag; AAD = SC AK
//   10 11 12  content = plaintext,  tag; AAD = SC AK plaintext
// Nonce = system title, IC. Suite 2 ciphers with AES-256, the others with AES-128.
#pragma once

#include <array>
#include <cstdint>

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

using SystemTitle = std::array<std::uint8_t, 8>;

struct CipherKeys {
  ByteVector ek;  // 16 bytes, 32 for suite 2
  ByteVector ak;  // as long; unused without a tag
};

struct CipherHead {
  SystemTitle title{};
  std::uint32_t counter = 0;
  unsigned length_width = 0;  // form of the length field, see add_length
};

// Suites 0 to 2, authenticated or encrypted or both, and nothing else.
bool is_known_control(std::uint8_t control);
std::size_t key_length(std::uint8_t control);  // 16 or 32

// Puts plain APDUs into general-glo-ciphering ones. The control is known and the keys have its
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
  ByteVector iv_, ciphertext_, tag_;
};

}  // namespace meterpipe::sim
