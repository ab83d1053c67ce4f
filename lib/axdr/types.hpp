// The Data CHOICE of IEC 62056-5-3 / 62056-6-2: tag, names, size. One list for all who need it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

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

inline constexpr std::array kTypes{
    Type{Tag::null_data, Shape::nothing, 0, Number::none, "null-data"},
    Type{Tag::array, Shape::container, 0, Number::none, "array"},
    Type{Tag::structure, Shape::container, 0, Number::none, "structure"},
    Type{Tag::boolean, Shape::fixed, 1, Number::none, "boolean"},
    Type{Tag::bit_string, Shape::bits, 0, Number::none, "bit-string"},
    Type{Tag::double_long, Shape::fixed, 4, Number::signed_integer, "double-long"},
    Type{Tag::double_long_unsigned, Shape::fixed, 4, Number::unsigned_integer,
         "double-long-unsigned"},
    Type{Tag::octet_string, Shape::sized, 0, Number::none, "octet-string"},
    Type{Tag::visible_string, Shape::sized, 0, Number::none, "visible-string"},
    Type{Tag::utf8_string, Shape::sized, 0, Number::none, "utf8-string"},
    Type{Tag::bcd, Shape::fixed, 1, Number::none, "bcd"},
    Type{Tag::integer, Shape::fixed, 1, Number::signed_integer, "integer"},
    Type{Tag::long_, Shape::fixed, 2, Number::signed_integer, "long"},
    Type{Tag::unsigned_, Shape::fixed, 1, Number::unsigned_integer, "unsigned"},
    Type{Tag::long_unsigned, Shape::fixed, 2, Number::unsigned_integer, "long-unsigned"},
    Type{Tag::compact_array, Shape::compact, 0, Number::none, "compact-array"},
    Type{Tag::long64, Shape::fixed, 8, Number::signed_integer, "long64"},
    Type{Tag::long64_unsigned, Shape::fixed, 8, Number::unsigned_integer, "long64-unsigned"},
    Type{Tag::enum_, Shape::fixed, 1, Number::unsigned_integer, "enum"},
    Type{Tag::float32, Shape::fixed, 4, Number::real, "float32"},
    Type{Tag::float64, Shape::fixed, 8, Number::real, "float64"},
    Type{Tag::date_time, Shape::fixed, 12, Number::none, "date-time"},
    Type{Tag::date, Shape::fixed, 5, Number::none, "date"},
    Type{Tag::time, Shape::fixed, 4, Number::none, "time"},
    Type{Tag::delta_integer, Shape::fixed, 1, Number::signed_integer, "delta-integer"},
    Type{Tag::delta_long, Shape::fixed, 2, Number::signed_integer, "delta-long"},
    Type{Tag::delta_double_long, Shape::fixed, 4, Number::signed_integer, "delta-double-long"},
    Type{Tag::delta_unsigned, Shape::fixed, 1, Number::unsigned_integer, "delta-unsigned"},
    Type{Tag::delta_long_unsigned, Shape::fixed, 2, Number::unsigned_integer,
         "delta-long-unsigned"},
    Type{Tag::delta_double_long_unsigned, Shape::fixed, 4, Number::unsigned_integer,
         "delta-double-long-unsigned"},
    Type{Tag::descriptor, Shape::fixed, 9, Number::none, "descriptor"},
    Type{Tag::dont_care, Shape::nothing, 0, Number::none, "dont-care"},
};

namespace detail {
inline constexpr std::array<std::uint8_t, 256> kTypeIndex = [] {
  std::array<std::uint8_t, 256> index{};
  index.fill(0xff);
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    index[static_cast<std::size_t>(kTypes[i].tag)] = static_cast<std::uint8_t>(i);
  }
  return index;
}();
}  // namespace detail

// nullptr: no type has this tag.
inline const Type* find_type(std::uint8_t tag) {
  const std::uint8_t index = detail::kTypeIndex[tag];
  return index == 0xff ? nullptr : &kTypes[index];
}
inline const Type& type_of(Tag tag) {
  return kTypes[detail::kTypeIndex[static_cast<std::size_t>(tag)]];
}

}  // namespace meterpipe::axdr
