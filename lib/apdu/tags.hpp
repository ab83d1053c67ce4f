// The alternatives of XDLMS-APDU and ACSE-APDU (IEC 62056-5-3, 9.5): tag and ASN.1 name.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/table.hpp"

namespace meterpipe::apdu {

enum class Family : std::uint8_t {
  plain,           // readable as it is
  glo_service,     // one service ciphered with the global key
  ded_service,     // … with the dedicated key
  general_cipher,  // general-glo-, general-ded-ciphering
  other_cipher,    // general-ciphering, general-signing
  transfer,        // general-block-transfer
  acse,
};

struct ApduTag {
  std::uint8_t tag;
  Family family;
  std::string_view name;
};

inline constexpr std::uint8_t kDataNotification = 15;
inline constexpr std::uint8_t kEventNotification = 194;
inline constexpr std::uint8_t kAccessResponse = 218;
inline constexpr std::uint8_t kGeneralGloCiphering = 219;
inline constexpr std::uint8_t kGeneralDedCiphering = 220;
inline constexpr std::uint8_t kGeneralCiphering = 221;
inline constexpr std::uint8_t kGeneralSigning = 223;
inline constexpr std::uint8_t kGeneralBlockTransfer = 224;

inline constexpr std::array kApduTags{
    ApduTag{1, Family::plain, "initiate-request"},
    ApduTag{5, Family::plain, "read-request"},
    ApduTag{6, Family::plain, "write-request"},
    ApduTag{8, Family::plain, "initiate-response"},
    ApduTag{12, Family::plain, "read-response"},
    ApduTag{13, Family::plain, "write-response"},
    ApduTag{14, Family::plain, "confirmed-service-error"},
    ApduTag{15, Family::plain, "data-notification"},
    ApduTag{16, Family::plain, "data-notification-confirm"},
    ApduTag{22, Family::plain, "unconfirmed-write-request"},
    ApduTag{24, Family::plain, "information-report-request"},
    ApduTag{33, Family::glo_service, "glo-initiate-request"},
    ApduTag{37, Family::glo_service, "glo-read-request"},
    ApduTag{38, Family::glo_service, "glo-write-request"},
    ApduTag{40, Family::glo_service, "glo-initiate-response"},
    ApduTag{44, Family::glo_service, "glo-read-response"},
    ApduTag{45, Family::glo_service, "glo-write-response"},
    ApduTag{46, Family::glo_service, "glo-confirmed-service-error"},
    ApduTag{54, Family::glo_service, "glo-unconfirmed-write-request"},
    ApduTag{56, Family::glo_service, "glo-information-report-request"},
    ApduTag{65, Family::ded_service, "ded-initiate-request"},
    ApduTag{69, Family::ded_service, "ded-read-request"},
    ApduTag{70, Family::ded_service, "ded-write-request"},
    ApduTag{72, Family::ded_service, "ded-initiate-response"},
    ApduTag{76, Family::ded_service, "ded-read-response"},
    ApduTag{77, Family::ded_service, "ded-write-response"},
    ApduTag{78, Family::ded_service, "ded-confirmed-service-error"},
    ApduTag{86, Family::ded_service, "ded-unconfirmed-write-request"},
    ApduTag{88, Family::ded_service, "ded-information-report-request"},
    ApduTag{96, Family::acse, "aarq"},
    ApduTag{97, Family::acse, "aare"},
    ApduTag{98, Family::acse, "rlrq"},
    ApduTag{99, Family::acse, "rlre"},
    ApduTag{192, Family::plain, "get-request"},
    ApduTag{193, Family::plain, "set-request"},
    ApduTag{194, Family::plain, "event-notification-request"},
    ApduTag{195, Family::plain, "action-request"},
    ApduTag{196, Family::plain, "get-response"},
    ApduTag{197, Family::plain, "set-response"},
    ApduTag{199, Family::plain, "action-response"},
    ApduTag{200, Family::glo_service, "glo-get-request"},
    ApduTag{201, Family::glo_service, "glo-set-request"},
    ApduTag{202, Family::glo_service, "glo-event-notification-request"},
    ApduTag{203, Family::glo_service, "glo-action-request"},
    ApduTag{204, Family::glo_service, "glo-get-response"},
    ApduTag{205, Family::glo_service, "glo-set-response"},
    ApduTag{207, Family::glo_service, "glo-action-response"},
    ApduTag{208, Family::ded_service, "ded-get-request"},
    ApduTag{209, Family::ded_service, "ded-set-request"},
    ApduTag{210, Family::ded_service, "ded-event-notification-request"},
    ApduTag{211, Family::ded_service, "ded-action-request"},
    ApduTag{212, Family::ded_service, "ded-get-response"},
    ApduTag{213, Family::ded_service, "ded-set-response"},
    ApduTag{215, Family::ded_service, "ded-action-response"},
    ApduTag{216, Family::plain, "exception-response"},
    ApduTag{217, Family::plain, "access-request"},
    ApduTag{218, Family::plain, "access-response"},
    ApduTag{219, Family::general_cipher, "general-glo-ciphering"},
    ApduTag{220, Family::general_cipher, "general-ded-ciphering"},
    ApduTag{221, Family::other_cipher, "general-ciphering"},
    ApduTag{223, Family::other_cipher, "general-signing"},
    ApduTag{224, Family::transfer, "general-block-transfer"},
};

static_assert(ascends(kApduTags, &ApduTag::tag));

namespace detail {
inline constexpr auto kApduTagIndex = rows_by_byte(kApduTags, &ApduTag::tag);
}  // namespace detail

// nullptr: no APDU begins with this byte.
constexpr const ApduTag* find_apdu_tag(std::uint8_t tag) {
  const std::uint8_t index = detail::kApduTagIndex[tag];
  return index == kNoRow ? nullptr : &kApduTags[index];
}

// Pushes, their confirmation and access have a long-invoke-id of 24 bits, the others one of 4.
constexpr bool has_long_invoke(std::uint8_t tag) {
  return tag == kDataNotification || tag == 16 || tag == 217 || tag == 218;
}

// Alternatives whose head and length say so much that they are hardly met by chance, and that
// meters send without anything around them.
constexpr bool tells_itself(std::uint8_t tag) {
  return tag == kDataNotification || (tag >= kGeneralGloCiphering && tag <= kGeneralBlockTransfer);
}

}  // namespace meterpipe::apdu
