#include "link/hdlc.hpp"

#include <algorithm>

#include "base/crc16.hpp"

namespace meterpipe::link {
namespace {

constexpr std::uint8_t kType3 = 0xa0;
constexpr std::uint8_t kSegmented = 0x08;
constexpr std::size_t kCrc = 2;
constexpr std::size_t kLeast = 2 + 1 + 1 + 1 + kCrc;  // format, addresses, control, FCS

std::uint16_t low_first(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

// Bytes of the address that starts at `at`: 0 if it goes on behind the end, 3 and more than 4 are
// no address.
std::size_t address_size(Bytes bytes, std::size_t at) {
  for (std::size_t size = 1; size <= 4 && at + size <= bytes.size(); ++size) {
    if ((bytes[at + size - 1] & 1) != 0) return size;
  }
  return at + 4 <= bytes.size() ? 5 : 0;
}
bool is_address_size(std::size_t size) { return size == 1 || size == 2 || size == 4; }

Probe bad() { return {Probe::Answer::bad}; }
Probe bad(Fault fault, std::size_t size, std::uint16_t expected, std::uint16_t found,
          bool if_closed) {
  Probe probe = bad();
  probe.why = Error{fault, 0, expected, found};
  probe.why_size = size;
  probe.if_closed = if_closed;
  return probe;
}
Probe need(std::size_t needed) {
  Probe probe{Probe::Answer::need_more};
  probe.needed = needed;
  return probe;
}

}  // namespace

Probe probe_hdlc(Bytes rest, bool flag_before, bool check, bool at_end) {
  const std::size_t flag = rest[0] == kHdlcFlag ? 1 : 0;
  if (flag == 0 && !flag_before) return bad();
  const Bytes body = rest.subspan(flag);  // from the format field on
  if (!body.empty() && (body[0] & 0xf0) != kType3) return bad();
  if (body.size() < 2) return at_end ? bad() : need(flag + 2);
  const std::size_t length = static_cast<std::size_t>(body[0] & 0x07) << 8 | body[1];
  if (length < kLeast) return bad();

  std::size_t at = 2;
  Frame frame{};
  for (Bytes* address : {&frame.destination, &frame.source}) {
    const std::size_t size = address_size(body, at);
    if (size == 0) return at_end ? bad() : need(flag + body.size() + 1);
    if (!is_address_size(size)) return bad();
    *address = body.subspan(at, size);
    at += size;
  }
  if (at + 1 + kCrc > length) return bad();
  const std::size_t header = at + 1;  // and control
  const bool has_information = length != header + kCrc;
  const std::size_t data = header + kCrc;  // HCS, or FCS
  if (has_information && length < data + 1 + kCrc) return bad();
  if (body.size() < data) return at_end ? bad() : need(flag + data);
  const std::size_t whole = flag + length + 1;
  if (check && has_information) {
    const std::uint16_t sum = crc16_x25(body.first(header));
    const std::uint16_t hcs = low_first(body, header);
    if (sum != hcs) return bad(Fault::bad_hcs, whole, sum, hcs, true);
  }

  if (body.size() < length + (at_end ? 0 : 1)) {
    if (!at_end) return need(whole);
    if (!has_information || !check) return bad();
    Probe cut = bad();
    cut.why = Error{Fault::truncated_frame, 0, whole, rest.size()};
    cut.why_size = whole;
    return cut;
  }
  const bool is_closed = body.size() > length && body[length] == kHdlcFlag;
  if (!is_closed && !(check && has_information) && !(at_end && body.size() == length)) return bad();
  if (check) {
    const std::uint16_t sum = crc16_x25(body.first(length - kCrc));
    const std::uint16_t fcs = low_first(body, length - kCrc);
    if (sum != fcs) {
      if (!has_information && !is_closed) return bad();
      // Without a flag behind it, it may be the FCS that is missing.
      return bad(Fault::bad_fcs, is_closed ? whole : whole - 1 - kCrc, sum, fcs, false);
    }
  }

  frame.kind = FrameKind::hdlc;
  frame.bytes = rest.first(flag + length + (is_closed ? 1 : 0));
  frame.c = body[at];
  frame.segmented = (body[0] & kSegmented) != 0;
  frame.length = static_cast<std::uint32_t>(length);
  if (has_information) frame.data = body.subspan(data, length - data - kCrc);
  return {Probe::Answer::found, frame};
}

std::size_t hdlc_head_size(Bytes bytes) {
  std::size_t at = 3;
  for (int i = 0; i < 2; ++i) {
    const std::size_t size = at < bytes.size() ? address_size(bytes, at) : 0;
    if (!is_address_size(size)) return 0;
    at += size;
  }
  return at + 1 + kCrc;
}

bool ends_in_hcs(Bytes bytes) {
  // Format, addresses and control, without HCS.
  constexpr std::size_t kShortestHeader = 2 + 1 + 1 + 1, kLongestHeader = 2 + 4 + 4 + 1;
  if (bytes.size() < kCrc) return false;
  const std::size_t end = bytes.size() - kCrc;
  for (std::size_t size = kShortestHeader; size <= std::min(kLongestHeader, end); ++size) {
    if (crc16_x25(bytes.subspan(end - size, size)) == low_first(bytes, end)) return true;
  }
  return false;
}

}  // namespace meterpipe::link
