#include "link/bare.hpp"

#include <algorithm>

#include "apdu/extent.hpp"
#include "apdu/llc.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "base/reader.hpp"

namespace meterpipe::link {
namespace {

constexpr std::size_t kTitle = 8;
constexpr std::size_t kShortest = 8;   // of an APDU that nothing but its length speaks for
constexpr std::size_t kLongBody = 24;  // of a notification of one value: less is met in noise
constexpr std::size_t kLongestTransaction = 32;

enum class Told { no, perhaps, yes };

bool is_security_control(std::uint8_t control) {
  return (control & 0x0f) <= 2 && (control & 0x30) != 0;
}

// Whether an A-XDR length can begin with this byte.
bool is_length(std::uint8_t first) { return first < 0x80 || (first > 0x80 && first <= 0x84); }

// Whether the head says by itself that this is an APDU; perhaps: too short to tell.
Told is_telling(Bytes rest) {
  Reader reader(rest);
  switch (reader.u8()) {
    case apdu::kGeneralGloCiphering:
    case apdu::kGeneralDedCiphering: {
      const std::uint8_t title = reader.at_end() ? std::uint8_t{kTitle} : reader.u8();
      if (title != kTitle && title != 0) return Told::no;
      reader.take(title);
      if (!is_length(reader.peek())) return Told::no;
      reader.length();
      const std::uint8_t control = reader.u8();
      if (!reader.failed()) return is_security_control(control) ? Told::yes : Told::no;
      return Told::perhaps;
    }
    case apdu::kDataNotification: {
      const auto header = apdu::parse_header(rest);
      if (!header) {
        return header.error().fault == Fault::truncated_apdu ? Told::perhaps : Told::no;
      }
      const std::size_t body = header->body;
      if (body + 1 >= rest.size()) return Told::perhaps;
      return (rest[body] == 1 || rest[body] == 2) && rest[body + 1] != 0 ? Told::yes : Told::no;
    }
    case apdu::kGeneralCiphering:
    case apdu::kGeneralSigning: {  // transaction-id, then two titles
      const std::uint64_t transaction = reader.length();
      if (transaction > kLongestTransaction) return Told::no;
      reader.take(transaction);
      for (int i = 0; i < 2 && !reader.at_end(); ++i) {
        const std::uint8_t title = reader.u8();
        if (title != kTitle && title != 0) return Told::no;
        reader.take(title);
      }
      return reader.failed() || reader.at_end() ? Told::perhaps : Told::yes;
    }
    case apdu::kGeneralBlockTransfer: {
      constexpr unsigned kMany = 4096;
      reader.u8();
      const unsigned number = reader.u16(), acknowledged = reader.u16();
      const std::uint64_t size = reader.length();
      const std::uint8_t first = reader.peek();
      if (reader.failed() || reader.at_end()) return Told::perhaps;
      if (number == 0 || number >= kMany || acknowledged >= kMany || size == 0) return Told::no;
      return number != 1 || apdu::find_apdu_tag(first) != nullptr ? Told::yes : Told::no;
    }
    default: return Told::no;
  }
}

Told is_llc(Bytes rest) {
  if (!apdu::may_be_llc(rest)) return Told::no;
  return rest.size() > apdu::kLlcSize ? Told::yes : Told::perhaps;
}

// What a bare APDU of any tag must have at least, as far as it is there.
bool is_possible(Bytes apdu, std::size_t size) {
  const apdu::ApduTag* tag = apdu::find_apdu_tag(apdu[0]);
  switch (tag->family) {
    case apdu::Family::general_cipher:
    case apdu::Family::other_cipher:
    case apdu::Family::transfer: return true;
    case apdu::Family::glo_service:
    case apdu::Family::ded_service: {
      Reader reader(apdu);
      reader.u8();
      reader.length();
      const std::uint8_t control = reader.u8();
      return reader.failed() || is_security_control(control);
    }
    default: return size >= (apdu[0] == apdu::kDataNotification ? kLongBody : kShortest);
  }
}

}  // namespace

Probe probe_bare(Bytes rest, FrameKind kind, bool is_fresh, bool at_end) {
  Probe short_of{at_end ? Probe::Answer::bad : Probe::Answer::need_more};
  short_of.needed = rest.size() + 1;
  const std::size_t llc = kind == FrameKind::llc ? apdu::kLlcSize : 0;
  const Told told = kind == FrameKind::llc ? is_llc(rest) : is_telling(rest);
  if (told == Told::no && (kind == FrameKind::llc || !is_fresh)) return {Probe::Answer::bad};
  if (told == Told::perhaps && (kind == FrameKind::llc || !is_fresh)) return short_of;

  const Bytes apdu = rest.subspan(llc);
  const apdu::Extent extent = apdu::extent_of(apdu);
  if (extent.answer == apdu::Extent::Answer::none) return {Probe::Answer::bad};
  if (extent.answer == apdu::Extent::Answer::need_more) {
    if (told != Told::yes && !is_possible(apdu, kLongBody)) return {Probe::Answer::bad};
    short_of.needed = llc + std::max(extent.size, apdu.size() + 1);
    if (at_end && told == Told::yes) {
      short_of.why = Error{Fault::truncated_apdu, 0, extent.size, apdu.size()};
      short_of.why_size = short_of.needed;
    }
    return short_of;
  }
  if (told != Told::yes && !is_possible(apdu, extent.size)) return {Probe::Answer::bad};
  Frame frame{};
  frame.kind = kind;
  frame.bytes = rest.first(llc + extent.size);
  frame.data = apdu.first(extent.size);
  Probe probe{Probe::Answer::found, frame};
  probe.is_weak = true;
  probe.is_telling = told == Told::yes;
  return probe;
}

}  // namespace meterpipe::link
