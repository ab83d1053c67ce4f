// APDUs (lib/apdu): where one ends is known as soon as its bytes are there and does not depend on
// those behind it; the walks agree with one another; what is said of one stands in it.
#include <string>

#include "apdu/ciphering_header.hpp"
#include "apdu/extent.hpp"
#include "apdu/notification.hpp"
#include "apdu/payload.hpp"
#include "apdu/walk.hpp"
#include "axdr/tree.hpp"
#include "base/hex.hpp"
#include "fuzz/fuzz.hpp"
#include "support/text.hpp"

namespace meterpipe::fuzz {

namespace {

using Answer = apdu::Extent::Answer;

bool is_inside(Bytes part, Bytes all) {
  return part.empty() || (part.data() >= all.data() && part.size() <= all.size() &&
                          part.data() + part.size() <= all.data() + all.size());
}

struct Events final : apdu::Visitor {
  std::string text;
  int depth = 0;
  void open(std::string_view name, std::optional<std::uint32_t> count) override {
    text.append(name).append(count ? std::to_string(*count) : "").append("( ");
    ++depth;
  }
  void close(std::string_view name) override {
    text.append(name).append(") ");
    REQUIRE(--depth >= 0);
  }
  void leaf(const apdu::Leaf& leaf, Bytes apdu) override {
    REQUIRE(is_inside(leaf.bytes, apdu));
    text.append(leaf.name).append("=").append(to_hex(leaf.bytes)).append(" ");
  }
};

// Whether bytes end in the head of a list that only some meters send: alone they may be one that
// was cut, and are read in no way.
bool ends_in_list_head(Bytes bytes) {
  constexpr std::size_t kClear = 9;  // bytes of the head that little else begins with
  constexpr std::size_t kHead = 16;
  for (std::size_t size = kClear; size < kHead && size < bytes.size(); ++size) {
    if (!axdr::begins_untagged_list(bytes, bytes.size() - size)) return true;
  }
  return false;
}

// Data as single meters send it: where the standard's reading could go on, the bytes behind tell
// that it does not.
void check_odd(Bytes one) {
  REQUIRE(apdu::extent_of(one).answer == Answer::need_more);
  Events events;
  REQUIRE((apdu::walk(one, events).has_value() || ends_in_list_head(one)));
}

void check_extent(Bytes input) {
  const apdu::Extent extent = apdu::extent_of(input);
  if (extent.answer != Answer::whole) {
    if (extent.answer == Answer::need_more) REQUIRE(extent.size > input.size());
    return;
  }
  REQUIRE(extent.size > 0);
  REQUIRE(extent.size <= input.size());
  const Bytes one = input.first(extent.size);
  CAPTURE(to_hex(one));
  if (!apdu::is_whole(one)) return check_odd(one);
  test::Random random = chance_of(input);
  for (int i = 0; i < 8; ++i) {
    if (one.size() == 1) break;
    const std::size_t size = random.between(1, one.size() - 1);
    const apdu::Extent part = apdu::extent_of(one.first(size));
    CAPTURE(size);
    REQUIRE(part.answer == Answer::need_more);
    REQUIRE(part.size <= one.size());
  }
  const ByteVector longer = test::join(one, random.bytes(random.below(20)));
  const apdu::Extent again = apdu::extent_of(longer);
  REQUIRE(again.answer == Answer::whole);
  REQUIRE(again.size == one.size());
}

void check_walks(Bytes input) {
  Events events, far;
  const auto walked = apdu::walk(input, events);
  const auto stop = apdu::walk_far(input, far);
  REQUIRE(walked.has_value() == !stop.has_value());
  if (walked) {
    REQUIRE(events.text == far.text);
    REQUIRE(events.depth == 0);
    REQUIRE(apdu::payload_of(input).has_value());
  } else {
    REQUIRE(events.text.empty());
    REQUIRE(stop->error.offset <= input.size());
  }
  if (const auto payload = apdu::payload_of(input)) {
    REQUIRE(walked.has_value());
    for (const apdu::Payload& one : payload->values) {
      REQUIRE(one.offset <= input.size());
      REQUIRE(one.size <= input.size() - one.offset);
    }
  }
  if (const auto size = apdu::measure(input)) {
    REQUIRE(*size <= input.size());
    Events measured;
    const Bytes one = input.first(*size);
    REQUIRE((apdu::walk(one, measured).has_value() || ends_in_list_head(one)));
  }
}

}  // namespace

void check(Bytes input) {
  check_extent(input);
  check_walks(input);
  axdr::Nodes nodes;
  if (const auto push = apdu::parse_notification(input, nodes)) {
    REQUIRE(push->body <= input.size());
    REQUIRE(apdu::is_plausible(input));
    REQUIRE(apdu::begins_plausibly(input));
  }
  if (const auto ciphered = apdu::parse_ciphered(input)) {
    REQUIRE(apdu::is_ciphered(input));
    for (const Bytes part : {ciphered->title, ciphered->content, ciphered->mac,
                             ciphered->counter_bytes, ciphered->signature, ciphered->other}) {
      REQUIRE(is_inside(part, input));
    }
    const auto glimpse = apdu::glimpse(input);
    REQUIRE(glimpse.has_value());
    REQUIRE(glimpse->counter == ciphered->counter);
    REQUIRE(glimpse->control == ciphered->control);
  }
}

}  // namespace meterpipe::fuzz
