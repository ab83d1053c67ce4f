#include "link/wrapper.hpp"

#include "apdu/extent.hpp"
#include "apdu/tags.hpp"
#include "base/reader.hpp"

namespace meterpipe::link {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

Probe probe_wrapper(Bytes rest, bool is_fresh, bool at_end) {
  if (rest[0] != 0 || (rest.size() > 1 && rest[1] != kVersion)) return {Probe::Answer::bad};
  Probe short_of{at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  short_of.needed = kWrapperHead + 1;
  if (rest.size() <= kWrapperHead) return short_of;
  Reader reader(rest.subspan(2));
  Frame frame{};
  frame.source_port = reader.u16();
  frame.destination_port = reader.u16();
  const std::size_t length = reader.u16();
  if (frame.source_port == 0 || frame.destination_port == 0 || length == 0 ||
      apdu::find_apdu_tag(rest[kWrapperHead]) == nullptr) {
    return {Probe::Answer::bad};
  }
  const std::size_t whole = kWrapperHead + length;
  short_of.needed = whole;
  if (at_end) {
    short_of.why = Error{Fault::truncated_frame, 0, whole, rest.size()};
    short_of.why_size = whole;
  }
  if (rest.size() < whole) return short_of;
  frame.data = rest.subspan(kWrapperHead, length);
  const bool is_whole = apdu::is_whole(frame.data);
  if (!is_fresh && !is_whole) return {Probe::Answer::bad};
  frame.kind = FrameKind::wrapper;
  frame.bytes = rest.first(whole);
  frame.length = static_cast<std::uint32_t>(length);
  Probe probe{Probe::Answer::found, frame};
  probe.is_weak = true;
  probe.is_telling = is_whole;
  return probe;
}

}  // namespace meterpipe::link
