#include "wired/afl.hpp"

#include "base/reader.hpp"

namespace meterpipe::wired {
namespace {

// By the low four bits of MCL: CMAC cut to so many bytes; 0: of no known kind.
std::size_t mac_size(std::uint8_t mcl) {
  switch (mcl & 0x0f) {
    case 3: return 2;
    case 4: return 4;
    case 5: return 8;
    case 6: return 12;
    case 7: return 16;
    default: return 0;
  }
}

}  // namespace

std::optional<Afl> parse_afl(Bytes data) {
  constexpr std::uint8_t kMore = 0x40, kMcl = 0x20, kMl = 0x10, kMcr = 0x08, kMac = 0x04,
                         kKi = 0x02;
  Reader outer(data);
  const std::size_t size = outer.u8();
  Reader reader(outer.take(size));
  reader.u8();
  const std::uint8_t what = reader.u8();
  Afl afl;
  afl.size = size + 1;
  afl.more_fragments = (what & kMore) != 0;
  if ((what & kMcl) != 0) afl.mcl = reader.take(1);
  if ((what & kKi) != 0) reader.take(2);
  if ((what & kMcr) != 0) afl.counter = reader.take(4);
  if ((what & kMac) != 0) {
    const std::size_t length = afl.mcl.empty() ? 0 : mac_size(afl.mcl[0]);
    if (length == 0) return std::nullopt;
    afl.mac = reader.take(length);
  }
  if ((what & kMl) != 0) afl.length = reader.take(2);
  if (outer.failed() || reader.failed() || !reader.at_end()) return std::nullopt;
  return afl;
}

}  // namespace meterpipe::wired
