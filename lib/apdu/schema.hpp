// The shape of every APDU as rows of a table (IEC 62056-5-3, 9.5; ACSE: ISO/IEC 8650-1), for the
// one walk that reads them all (apdu/walk.hpp).
//
//   C0 01 C1 0003 0100010800FF 02 00
//   choice "get-request": 01 -> sequence "get-request-normal": invoke, sequence "cosem-attribute-
//   descriptor" {number(2) "class-id", fixed(6) "instance-id", integer(1) "attribute-id"}, optional
//
// A row says how its bytes are found and how it is called; a row without a name is drawn by what is
// inside it. What has rules beyond its shape (Data, ciphering, block transfer) is plain code
// elsewhere; here it is one row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace meterpipe::apdu {

enum class RowKind : std::uint8_t {
  // A-XDR
  number,       // `size` bytes, unsigned
  integer,      // `size` bytes, signed
  invoke,       // `size` bytes: invoke-id-and-priority, flags and a number
  boolean,      // a byte
  enumeration,  // a byte of `names`
  octets,       // length, at least `size` bytes
  title,        // length, 8 bytes or none
  fixed,        // `size` bytes
  text,         // length, characters
  clock,        // length 00, or 0C and 12 bytes
  push_clock,   // the same; some meters put 09 before the 0C
  conformance,  // 5F 1F 04 00 (or 5F 04 00) and 24 bits
  nothing,      // no bytes
  optional,     // 00, or 01 and rows[0]
  sequence,     // the rows
  choice,       // a byte, and the row with this tag
  list,         // a count, and rows[0] as often
  data,         // one Data
  selection,    // one Data that selects what is meant and is no value itself
  body,         // one Data, last in its APDU, also as single meters send it against the standard
  // BER; these stand in the contents of an element. `size`: the universal tag that they have inside
  // (02 INTEGER, 04 OCTET STRING, 06 OBJECT IDENTIFIER), 0 where they are IMPLICIT
  elements,    // tag and length each, by the rows' tags, which ascend
  one_of,      // a single one
  string,      // bytes
  small,       // an integer of one byte, of `names`
  oid,         // of `names`, by the last two arcs: 2.16.756.5.8.x.y
  bit_string,  // first byte: how many bits of the last one are unused
  inner,       // an APDU that opens or refuses the association
};

template <class T>
struct List {
  const T* first = nullptr;
  std::size_t count = 0;

  constexpr const T* begin() const { return first; }
  constexpr const T* end() const { return first + count; }
  constexpr std::size_t size() const { return count; }
  constexpr const T& operator[](std::size_t i) const { return first[i]; }
};

struct ValueName {
  std::uint16_t value;
  std::string_view name;
};
using Names = std::span<const ValueName>;

struct Row {
  RowKind kind;
  std::string_view name;
  std::uint8_t size = 0;
  std::uint8_t tag = 0;  // in a choice or among elements
  List<Row> rows = {};
  Names names = {};

  constexpr Row tagged(std::uint8_t value) const {
    Row row = *this;
    row.tag = value;
    return row;
  }
  constexpr Row called(std::string_view text) const {
    Row row = *this;
    row.name = text;
    return row;
  }
};

// Names and values ascend in both; nullptr or empty where there is none.
constexpr const Row* find_row(List<Row> rows, std::uint8_t tag) {
  for (const Row& row : rows) {
    if (row.tag == tag) return &row;
  }
  return nullptr;
}
constexpr std::string_view find_name(Names names, std::uint16_t value) {
  for (const ValueName& one : names) {
    if (one.value == value) return one.name;
  }
  return {};
}

// What follows the tag byte; nullptr: no APDU begins with this byte.
const Row* schema_of(std::uint8_t tag);

// Of the 24 bits of the conformance block, the first bit first; "" where reserved.
extern const std::span<const std::string_view> kConformanceBits;

}  // namespace meterpipe::apdu
