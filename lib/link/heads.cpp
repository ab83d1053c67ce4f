#include "link/heads.hpp"

#include <algorithm>

#include "apdu/llc.hpp"
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

}  // namespace

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
