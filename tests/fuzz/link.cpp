// The framer: every byte comes out once and in order, in a frame or as skipped; where the stream
// was cut does not matter; nor does it end in a frame that no link knows.
#include "link/framer.hpp"

#include "fuzz/fuzz.hpp"
#include "support/framed.hpp"

namespace meterpipe::fuzz {

namespace {

void check_link(const ByteVector& stream, const std::vector<std::size_t>& cuts, link::Link link) {
  const link::LinkSettings settings{link, chance_of(stream).one_in(4) ? false : true};
  CAPTURE(static_cast<int>(link));
  const test::Framed whole = test::framed(stream, {}, settings);
  REQUIRE(whole.all() == stream);
  const test::Framed cut = test::framed(stream, cuts, settings);
  REQUIRE(cut.all() == stream);
  REQUIRE(cut.events == whole.events);
}

}  // namespace

void check(Bytes input) {
  const ByteVector stream(input.begin(), input.end());
  test::Random random = chance_of(input);
  const bool each = input.size() < 600 && random.one_in(2);
  const auto cuts = each ? test::every_byte(stream.size()) : cuts_of(input);
  check_link(stream, cuts, link::Link::automatic);
  check_link(stream, cuts, static_cast<link::Link>(1 + random.below(6)));
}

}  // namespace meterpipe::fuzz
