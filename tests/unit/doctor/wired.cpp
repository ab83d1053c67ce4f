// What the messages of wired meters show that wait for an answer.
#include "doctor/wired_evidence.hpp"

#include <doctest/doctest.h>

#include "support/mbus.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

TEST_CASE("doctor wired: a mode that nobody opens is named, and is no wrong key") {
  std::vector<std::string> warnings;
  const auto keys = keys::KeyRing::parse(
      "title=4204785634121004 ek=5fe96639e48a8ca4d6bc8b282a793b01\n", "keys", warnings);
  doctor::WiredEvidence evidence(keys);
  const ByteVector data = hex("78563412 4204 10 04 01 00 000d 00112233445566778899aabbccddeeff");
  evidence.frame(long_frame(0x53, 0xf0, 0x72, data), "port");
  evidence.finish();
  const doctor::Finding cipher = evidence.judge_cipher();
  CHECK(cipher.cause == doctor::Cause::unsupported_cipher);
  CHECK(cipher.text.find("oms-mode-13") != std::string::npos);
  CHECK(evidence.judge_apdu().state == doctor::not_reached().state);
}

}  // namespace meterpipe::test
