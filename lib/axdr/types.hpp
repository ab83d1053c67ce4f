// The Data CHOICE of IEC 62056-5-3 / 62056-6-2: tag, names, size. One list for all who need it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/table.hpp"

namespace meterpipe::axdr {

enum class Tag : std::uint8_t {
  null_data = 0,
  array = 1,
  structure = 2,
  boolean = 3,
  bit_string = 4,
  double_long = 5,
  double_long_unsigned = 6,
  octet_string = 9,
  visible_string = 10,
  utf8_string = 12,
  bcd = 13,
  integer = 15,
  long_ = 16,
  unsigned_ = 17,
  long_unsigned = 18,
  compact_array = 19,
  long64 = 20,
  long64_unsigned = 21,
  enum_ = 22,
  float32 = 23,
  float64 = 24,
  date_time = 25,
  date = 26,
  time = 27,
  delta_integer = 28,
  delta_long = 29,
  delta_double_long = 30,
  delta_unsigned = 31,
  delta_long_unsigned = 32,
  delta_double_long_unsigned = 33,
  // No tag of the standard: an attribute descriptor sent without any (class, logical name,
  // attribute; 9 bytes), by Sagemcom XT211 and ZPA. See ParseOptions.
  descriptor = 0xfe,
  dont_care = 0xff,
};

enum class Shape : std::uint8_t {
  nothing,    // no contents
  container,  // a count, then that many elements
  compact,    // compact-array
  bits,       // a count of bits
  sized,      // a length, then bytes
  fixed,      // `size` bytes
};

enum class Number : std::uint8_t { none, signed_integer, unsigned_integer, real };

struct Type {
  Tag tag;
  Shape shape;
  std::uint8_t size;  // bytes, Shape::fixed
  Number number;
  std::string_view name;  // the ASN.1 identifier, as records say it
};

inline constexpr auto kTypes = std::to_array<Type>({
    {Tag::null_data, Shape::nothing, 0, Number::none, "null-data"},
    {Tag::array, Shape::container, 0, Number::none, "array"},
    {Tag::structure, Shape::container, 0, Number::none, "structure"},
    {Tag::boolean, Shape::fixed, 1, Number::none, "boolean"},
    {Tag::bit_string, Shape::bits, 0, Number::none, "bit-string"},
    {Tag::double_long, Shape::fixed, 4, Number::signed_integer, "double-long"},
    {Tag::double_long_unsigned, Shape::fixed, 4, Number::unsigned_integer, "double-long-unsigned"},
    {Tag::octet_string, Shape::sized, 0, Number::none, "octet-string"},
    {Tag::visible_string, Shape::sized, 0, Number::none, "visible-string"},
    {Tag::utf8_string, Shape::sized, 0, Number::none, "utf8-string"},
    {Tag::bcd, Shape::fixed, 1, Number::none, "bcd"},
    {Tag::integer, Shape::fixed, 1, Number::signed_integer, "integer"},
    {Tag::long_, Shape::fixed, 2, Number::signed_integer, "long"},
    {Tag::unsigned_, Shape::fixed, 1, Number::unsigned_integer, "unsigned"},
    {Tag::long_unsigned, Shape::fixed, 2, Number::unsigned_integer, "long-unsigned"},
    {Tag::compact_array, Shape::compact, 0, Number::none, "compact-array"},
    {Tag::long64, Shape::fixed, 8, Number::signed_integer, "long64"},
    {Tag::long64_unsigned, Shape::fixed, 8, Number::unsigned_integer, "long64-unsigned"},
    {Tag::enum_, Shape::fixed, 1, Number::unsigned_integer, "enum"},
    {Tag::float32, Shape::fixed, 4, Number::real, "float32"},
    {Tag::float64, Shape::fixed, 8, Number::real, "float64"},
    {Tag::date_time, Shape::fixed, 12, Number::none, "date-time"},
    {Tag::date, Shape::fixed, 5, Number::none, "date"},
    {Tag::time, Shape::fixed, 4, Number::none, "time"},
    {Tag::delta_integer, Shape::fixed, 1, Number::signed_integer, "delta-integer"},
    {Tag::delta_long, Shape::fixed, 2, Number::signed_integer, "delta-long"},
    {Tag::delta_double_long, Shape::fixed, 4, Number::signed_integer, "delta-double-long"},
    {Tag::delta_unsigned, Shape::fixed, 1, Number::unsigned_integer, "delta-unsigned"},
    {Tag::delta_long_unsigned, Shape::fixed, 2, Number::unsigned_integer, "delta-long-unsigned"},
    {Tag::delta_double_long_unsigned, Shape::fixed, 4, Number::unsigned_integer,
     "delta-double-long-unsigned"},
    {Tag::descriptor, Shape::fixed, 9, Number::none, "descriptor"},
    {Tag::dont_care, Shape::nothing, 0, Number::none, "dont-care"},
});

namespace detail {
inline constexpr auto kTypeIndex = rows_by_byte(kTypes, &Type::tag);
}  // namespace detail

// nullptr: no type has this tag.
inline const Type* find_type(std::uint8_t tag) {
  const std::uint8_t index = detail::kTypeIndex[tag];
  return index == kNoRow ? nullptr : &kTypes[index];
}
inline const Type& type_of(Tag tag) {
  return kTypes[detail::kTypeIndex[static_cast<std::size_t>(tag)]];
}

}  // namespace meterpipe::axdr
