// What the broker refuses is said once of each, and not without end.
#include <doctest/doctest.h>

#include <string>

#include "mqtt/reasons.hpp"
#include "support/heard.hpp"

namespace meterpipe::mqtt {

TEST_CASE("complaints: a hundred topics by name, then that there are more") {
  const test::Heard heard;
  Complaints complaints;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 150; ++i) {
      complaints.refused({Refused::What::message, "t" + std::to_string(i) + "/", 0x87});
      if (i < 100) CHECK(heard.count("more topics are refused") == static_cast<std::size_t>(round));
    }
  }
  CHECK(heard.count("t0/") == 1);
  CHECK(heard.count("t99/") == 1);
  CHECK(heard.count("t101/") == 0);
  CHECK(heard.count("more topics are refused by the broker than are named here") == 1);
}

TEST_CASE("complaints: values that are lost are told each time") {
  const test::Heard heard;
  Complaints complaints;
  for (int i = 0; i < 2; ++i) complaints.overtaken("t", 3);
  CHECK(heard.count("error: 3 values of t are lost") == 2);
}

}  // namespace meterpipe::mqtt
