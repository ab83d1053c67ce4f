#include "link/frame.hpp"

#include "link/hdlc.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::link {

bool begins_as_frame(Bytes bytes) {
  constexpr std::size_t kMbusHead = 4;
  if (bytes.size() < kWrapperHead) return false;
  switch (bytes[0]) {
    case 0x68: return bytes[1] == bytes[2] && bytes[kMbusHead - 1] == 0x68;
    case kHdlcFlag: return (bytes[1] & 0xf0) == 0xa0;
    case 0x00: return bytes[1] == 1 && (bytes[6] << 8 | bytes[7]) + kWrapperHead == bytes.size();
    default: return false;
  }
}

}  // namespace meterpipe::link
