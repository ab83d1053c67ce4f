// Writes A-XDR Data (IEC 62056-5-3, 8.2.7 over IEC 61334-6), the mirror of lib/axdr:
//
//   null 00 · boolean 03 b · integer 0F · long 10 · double-long 05 · long64 14 · unsigned 11 ·
//   long-unsigned 12 · double-long-unsigned 06 · long64-unsigned 15 · enum 16 · bcd 0D ·
//   float32 17 · float64 18 · date-time 19 · date 1A · time 1B · delta-… 1C to 21 ·
//   don't-care FF                                             tag, value
//   octet-string 09 · visible-string 0A · utf8-string 0C     tag, length, bytes
//   bit-string 04                                             tag, length in bits, bits
//   array 01 · structure 02                                   tag, count; the elements follow
//   compact-array 13                                          tag, type description, length in
//                                                             bytes, contents without tags
//
// 12 09 12                          long-unsigned 2322
// 02 02 0F FF 16 23                 structure {integer -1, enum 35}: scaler and unit of a voltage
// 13 02 02 12 0F 06 0001 02 0003 04 compact-array of {long-unsigned, integer}: {1, 2}, {3, 4}
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "axdr/types.hpp"
#include "base/bytes.hpp"

namespace meterpipe::sim {

// Big-endian, n at most 8.
void add_unsigned(ByteVector& out, std::uint64_t value, std::size_t n);

// A length or count. `width` forces a form: 0 the shortest, 1 `81 xx`, 2 `82 xx xx`, 3 and 4 alike;
// a form too small for the value is widened. Kamstrup sends `82 00 E7`.
void add_length(ByteVector& out, std::uint64_t length, unsigned width = 0);

class DataWriter {
 public:
  // Without tags and counts: the contents of a compact-array, whose types stand in its description.
  enum class Tags : std::uint8_t { written, left_out };

  explicit DataWriter(ByteVector& out, Tags tags = Tags::written) : out_(out), tags_(tags) {}

  // The elements are the values written next.
  void array(std::size_t count) { head(axdr::Tag::array, count); }
  void structure(std::size_t count) { head(axdr::Tag::structure, count); }

  // Of a type of a fixed size, in two's complement where it is signed.
  void number(axdr::Tag type, std::uint64_t value) { fixed(type, value, axdr::type_of(type).size); }
  void null() { tag(axdr::Tag::null_data); }
  void boolean(bool value) { fixed(axdr::Tag::boolean, value ? 1 : 0, 1); }
  void bit_string(Bytes bits, std::size_t count);  // first bit highest, count in bits
  void double_long(std::int32_t v) { fixed(axdr::Tag::double_long, as_unsigned(v), 4); }
  void double_long_unsigned(std::uint32_t v) { fixed(axdr::Tag::double_long_unsigned, v, 4); }
  void octet_string(Bytes bytes) { string(axdr::Tag::octet_string, bytes); }
  void visible_string(std::string_view text) { string(axdr::Tag::visible_string, as_bytes(text)); }
  void utf8_string(std::string_view text) { string(axdr::Tag::utf8_string, as_bytes(text)); }
  void bcd(std::uint8_t value) { fixed(axdr::Tag::bcd, value, 1); }
  void integer(std::int8_t v) { fixed(axdr::Tag::integer, as_unsigned(v), 1); }
  void long_integer(std::int16_t v) { fixed(axdr::Tag::long_, as_unsigned(v), 2); }
  void unsigned_integer(std::uint8_t value) { fixed(axdr::Tag::unsigned_, value, 1); }
  void long_unsigned(std::uint16_t value) { fixed(axdr::Tag::long_unsigned, value, 2); }
  // The description by describe_… below, the contents by a writer with Tags::left_out.
  void compact_array(Bytes type_description, Bytes contents);
  void long64(std::int64_t v) { fixed(axdr::Tag::long64, as_unsigned(v), 8); }
  void long64_unsigned(std::uint64_t value) { fixed(axdr::Tag::long64_unsigned, value, 8); }
  void enumeration(std::uint8_t value) { fixed(axdr::Tag::enum_, value, 1); }
  void float32(float value);
  void float64(double value);
  void date_time(const std::array<std::uint8_t, 12>& value) { block(axdr::Tag::date_time, value); }
  void date(const std::array<std::uint8_t, 5>& value) { block(axdr::Tag::date, value); }
  void time(const std::array<std::uint8_t, 4>& value) { block(axdr::Tag::time, value); }
  void delta_integer(std::int8_t v) { fixed(axdr::Tag::delta_integer, as_unsigned(v), 1); }
  void delta_long(std::int16_t v) { fixed(axdr::Tag::delta_long, as_unsigned(v), 2); }
  void delta_double_long(std::int32_t v) { fixed(axdr::Tag::delta_double_long, as_unsigned(v), 4); }
  void delta_unsigned(std::uint8_t v) { fixed(axdr::Tag::delta_unsigned, v, 1); }
  void delta_long_unsigned(std::uint16_t v) { fixed(axdr::Tag::delta_long_unsigned, v, 2); }
  void delta_double_long_unsigned(std::uint32_t v) {
    fixed(axdr::Tag::delta_double_long_unsigned, v, 4);
  }
  void dont_care() { tag(axdr::Tag::dont_care); }

  // What single meters send instead: `06 09` and a logical name (L+G ZMF100); class, logical name
  // and attribute without any tag (Sagemcom XT211, ZPA).
  void swapped_name(Bytes name);
  void descriptor(std::uint16_t interface_class, Bytes name, std::uint8_t attribute);

  // scaler_unit (IEC 62056-6-2, class 3): a structure of an integer and an enum.
  void scaler_unit(std::int8_t scaler, std::uint8_t unit);

 private:
  static std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }
  void tag(axdr::Tag value) {
    if (tags_ == Tags::written) out_.push_back(static_cast<std::uint8_t>(value));
  }
  void head(axdr::Tag tag, std::size_t count);
  void fixed(axdr::Tag tag, std::uint64_t value, std::size_t n);
  void string(axdr::Tag tag, Bytes bytes);
  void block(axdr::Tag tag, Bytes bytes);

  ByteVector& out_;
  Tags tags_;
};

// Type descriptions of a compact-array (IEC 62056-5-3, TypeDescription): a simple type is its tag.
void describe_array(ByteVector& out, std::uint16_t count);    // the element's type follows
void describe_structure(ByteVector& out, std::size_t count);  // the elements' types follow

}  // namespace meterpipe::sim
