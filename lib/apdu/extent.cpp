#include "apdu/extent.hpp"

#include <algorithm>
#include <cstdint>

#include "apdu/security.hpp"
#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "base/reader.hpp"

namespace meterpipe::apdu {
namespace {

using Answer = Extent::Answer;

constexpr std::size_t kShortestCiphered = 5;  // SC and invocation counter

Extent none() { return {Answer::none, 0}; }
// A length of four bytes and what is before it may be more than a size of 32 bits holds: then the
// most.
Extent need(std::uint64_t size) {
  return {Answer::need_more, static_cast<std::size_t>(std::min<std::uint64_t>(size, SIZE_MAX))};
}

// A reader that went past the end needs one byte more at least.
Extent behind(const Reader& reader, std::size_t there) {
  return reader.failed() ? need(there + 1) : Extent{Answer::whole, reader.offset()};
}

// Whether a length can begin with this byte: 0 to 127, or how many bytes it has, 1 to 4.
bool is_length(std::uint8_t first) { return first < 0x80 || (first > 0x80 && first <= 0x84); }

// The last field, an octet-string of its own length.
Extent with_last_string(Reader& reader, std::size_t there, std::size_t least = 0) {
  const std::uint8_t first = reader.peek();
  const std::uint64_t length = reader.length();
  if (reader.failed()) return is_length(first) ? need(there + 1) : none();
  if (length < least) return none();
  if (length > reader.left()) return need(reader.offset() + length);
  reader.take(length);
  return behind(reader, there);
}

// DB 08 title length SC IC …; the title has 8 bytes, or none at all.
Extent general_cipher(Bytes rest) {
  Reader reader(rest);
  reader.u8();
  if (!is_length(reader.peek())) return none();
  const std::uint64_t title = reader.length();
  if (!reader.failed() && title != 0 && title != kTitleLength) return none();
  reader.take(title);
  return with_last_string(reader, rest.size(), kShortestCiphered);
}

// DD, DF: transaction-id, two titles, date-time, other-information; then key-info (DD) and the
// content, or content and signature (DF). IEC 62056-5-3, 9.5.
Extent general_protected(Bytes rest, bool is_signed) {
  Reader reader(rest);
  reader.u8();
  for (int i = 0; i < 5; ++i) {
    if (!is_length(reader.peek())) return none();
    const std::uint64_t length = reader.length();
    if (length > reader.left()) return need(reader.offset() + length);
    reader.take(length);
  }
  if (is_signed) {
    const std::uint64_t length = reader.length();
    if (length > reader.left()) return need(reader.offset() + length);
    reader.take(length);
    return with_last_string(reader, rest.size());
  }
  const std::uint8_t has_key_info = reader.u8();
  if (has_key_info > 1) return none();
  if (has_key_info == 1) {
    const std::uint8_t choice = reader.u8();
    if (choice > 2) return none();
    if (choice == 0) {
      reader.u8();  // identified-key: an enum
    } else {
      if (choice == 1) reader.u8();                   // wrapped-key: kek-id, then the key
      if (choice == 2) reader.take(reader.length());  // agreed-key: parameters, then the data
      reader.take(reader.length());
    }
  }
  return with_last_string(reader, rest.size(), kShortestCiphered);
}

Extent transfer(Bytes rest) {
  Reader reader(rest);
  reader.take(6);  // tag, block-control, block-number, block-number-ack
  return with_last_string(reader, rest.size());
}

// By the schema's rows, ACSE's elements included.
Extent by_schema(Bytes rest) {
  const auto size = measure(rest);
  if (size) return {Answer::whole, *size};
  return size.error().fault == Fault::truncated_apdu ? need(size.error().expected) : none();
}

Extent of_family(Bytes rest, const ApduTag& tag) {
  switch (tag.family) {
    case Family::general_cipher: return general_cipher(rest);
    case Family::other_cipher: return general_protected(rest, tag.tag == kGeneralSigning);
    case Family::glo_service:
    case Family::ded_service: {
      Reader reader(rest);
      reader.u8();
      return with_last_string(reader, rest.size(), kShortestCiphered);
    }
    case Family::transfer: return transfer(rest);
    case Family::acse:
    case Family::plain: return by_schema(rest);
  }
  return none();
}

}  // namespace

Extent extent_of(Bytes rest) {
  const ApduTag* tag = rest.empty() ? nullptr : find_apdu_tag(rest[0]);
  if (tag == nullptr) return none();
  const Extent extent = of_family(rest, *tag);
  return extent.size > kLongestApdu ? none() : extent;
}

bool has_length(Bytes apdu) {
  const ApduTag* tag = apdu.empty() ? nullptr : find_apdu_tag(apdu[0]);
  return tag != nullptr && tag->family != Family::plain && tag->family != Family::acse;
}

}  // namespace meterpipe::apdu
