#include "link/heads.hpp"

#include <algorithm>

#include "apdu/llc.hpp"
#include "apdu/security.hpp"
#include "apdu/tags.hpp"
#include "base/reader.hpp"
#include "link/mbus.hpp"

namespace meterpipe::link {
namespace {

// C A CI of a DLMS push.
bool is_push(Bytes fields) { return link::is_push(fields[0], fields[2]); }

// Whether the last bytes are 68 L L 68 C A CI [STSAP DTSAP], one of them wrong or the first four
// missing.
bool ends_in_mbus_head(Bytes before) {
  constexpr std::size_t kFields = 4, kSaps = 2, kLong = 9;
  for (const std::size_t size : {kLong, kLong - kSaps}) {
    if (before.size() < size) continue;
    const Bytes head = before.last(size);
    const int right = (head[0] == 0x68) + (head[3] == 0x68) + (head[1] == head[2]) +
                      is_push(head.subspan(kFields));
    if (right >= 3) return true;
  }
  return before.size() >= kLong - kFields && is_push(before.last(kLong - kFields));
}

// The same of flag, format, addresses, control and HCS.
bool ends_in_hdlc_head(Bytes before) {
  constexpr std::size_t kLeastHead = 8, kMostHead = 14;
  for (std::size_t size = kLeastHead; size <= std::min(kMostHead, before.size()); ++size) {
    const Bytes head = before.last(size);
    if (head[0] == kHdlcFlag && ((head[1] & 0xf0) == 0xa0 || hdlc_head_size(head) == size)) {
      return true;
    }
  }
  return ends_in_hcs(before);
}

// Whether the length of a ciphered content may stand behind these bytes: a title and its tag, the
// key-info of general-ciphering, the tag of one service.
bool ends_before_content(Bytes before) {
  constexpr std::size_t kTitled = 2 + apdu::kTitleLength;
  if (before.empty()) return false;
  const auto is_of = [](std::uint8_t first, auto... families) {
    const apdu::ApduTag* tag = apdu::find_apdu_tag(first);
    return tag != nullptr && ((tag->family == families) || ...);
  };
  if (before.size() >= kTitled && before[before.size() - kTitled + 1] == apdu::kTitleLength &&
      is_of(before[before.size() - kTitled], apdu::Family::general_cipher)) {
    return true;
  }
  return before.back() <= 1 ||
         is_of(before.back(), apdu::Family::glo_service, apdu::Family::ded_service);
}

}  // namespace

bool ends_in_cipher_head(Bytes before) {
  constexpr std::size_t kSecurityHeader = 5;
  for (std::size_t length = 1; length <= 3; ++length) {
    const std::size_t size = length + kSecurityHeader;
    if (before.size() <= size) return false;
    Reader reader(before.last(size));
    const std::uint64_t content = reader.length();
    if (reader.failed() || reader.offset() != length) continue;
    const std::uint8_t control = reader.u8();
    const bool is_readable =
        (control & (apdu::kAuthenticated | apdu::kEncrypted | apdu::kCompressed)) ==
            apdu::kAuthenticated &&
        (control & 0x0f) <= apdu::kHighestSuite;
    if (is_readable && content > kSecurityHeader + apdu::kTagLength &&
        ends_before_content(before.first(before.size() - size))) {
      return true;
    }
  }
  return false;
}

bool ends_in_signing_head(Bytes before) {
  constexpr std::size_t kLongest = 128;
  before = before.last(std::min(before.size(), kLongest));
  for (std::size_t at = before.size(); at-- > 0;) {
    if (before[at] != apdu::kGeneralSigning) continue;
    Reader reader(before.subspan(at + 1));
    bool fits = true;
    for (int field = 0; field < 5 && !reader.failed(); ++field) {
      const std::uint64_t length = reader.length();
      const bool is_title = field == 1 || field == 2;
      fits =
          fits && length <= kLongest && (!is_title || length == 0 || length == apdu::kTitleLength);
      reader.take(fits ? static_cast<std::size_t>(length) : 0);
    }
    const std::uint64_t content = reader.length();
    if (fits && !reader.failed() && reader.at_end() && content != 0) return true;
  }
  return false;
}

bool is_cut_frame(Bytes rest, const Error& why) {
  constexpr std::size_t kWithFields = 7;
  if (why.fault != Fault::truncated_frame) return false;
  return rest[0] == kHdlcFlag || rest.size() < kWithFields || is_push(rest.subspan(4));
}

bool ends_in_head(Bytes before, bool llc) {
  if (ends_in_mbus_head(before) || (llc && ends_in_hdlc_head(before))) return true;
  return !llc && before.size() >= apdu::kLlcSize && apdu::has_llc(before.last(apdu::kLlcSize)) &&
         ends_in_hdlc_head(before.first(before.size() - apdu::kLlcSize));
}

}  // namespace meterpipe::link
