// Frames of other protocols, held against what their standards print.
#include <doctest/doctest.h>

#include "link/mbus.hpp"
#include "link/rsp_ud.hpp"
#include "sim/foreign.hpp"

namespace meterpipe::sim {

TEST_CASE("the CRC of Modbus over a serial line") {
  CHECK(crc_modbus(as_bytes("123456789")) == 0x4b37);   // the check value of CRC-16/MODBUS
  CHECK(crc_modbus(ByteVector{0x02, 0x07}) == 0x1241);  // sent as 41 12, in the specification
}

TEST_CASE("an answer of a heat or water meter says who it is") {
  const Snapshot house{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Chance chance(seed, 1);
    const auto frames = rsp_ud_frames(Chance(seed, 2), chance, 7, house);
    REQUIRE(frames.size() == 1);
    const link::Probe probe = link::probe_mbus(frames[0], true, true);
    REQUIRE(probe.answer == link::Probe::Answer::found);
    const auto answer = link::read_rsp_ud(probe.frame);
    REQUIRE(answer);
    CHECK(answer->id.find_first_not_of("0123456789") == std::string::npos);
    CHECK(answer->manufacturer.size() == 3);
    CHECK_FALSE(answer->medium.empty());
    CHECK(answer->access == 7);
  }
}

}  // namespace meterpipe::sim
