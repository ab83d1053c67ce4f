// Goes through an APDU element by element, by the rows of its schema and the names of the ASN.1
// module (IEC 62056-5-3, 9.5), for whoever draws it or takes something out of it: the JSON tree,
// XML, payload_of().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "apdu/schema.hpp"
#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

struct Leaf {
  std::string_view name;
  Bytes bytes;
  enum class Kind : std::uint8_t {
    bytes,
    number,       // unsigned, up to 8 bytes
    integer,      // signed, up to 8 bytes
    invoke,       // flags and a number: hex says more than one number
    boolean,      // true, unless 0
    enumeration,  // `value_name`, or a number that has none
    text,         // characters
    clock,        // 12 bytes, or none
    conformance,  // 24 bits (kConformanceBits)
    bits,         // the first byte says how many bits of the last are unused
    oid,          // `value_name`, or an object identifier that has none
    nothing,      // only its name
    data,         // `node` says what the bytes are
  } kind;
  const axdr::Node* node = nullptr;
  bool is_unit = false;  // data: the enum of a {scaler, unit}
  std::string_view value_name = {};
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  // A sequence or choice; `count` for arrays and structures of Data and for lists, whose elements
  // follow one by one.
  virtual void open(std::string_view name, std::optional<std::uint32_t> count) = 0;
  virtual void close(std::string_view name) = 0;
  // `apdu` is what node offsets refer to.
  virtual void leaf(const Leaf& leaf, Bytes apdu) = 0;
  // Said of each Data before its leaves, for who wants it whole: apdu[offset..offset+size].
  virtual void data(RowKind, std::size_t, std::size_t) {}

  // For who shows each byte: what stands between the leaves (tags, lengths, counts, choices), just
  // before the open() or leaf() that it leads to; an optional part that was not sent; and a Data
  // whole, before its leaves. True: draw no leaves of it. walk_far() gives the beginning of a tree
  // that could not be read to its end: containers that are not full have next 0.
  virtual void passed(Bytes) {}
  virtual void absent(std::string_view) {}
  virtual bool tree(const axdr::Nodes&, Bytes) { return false; }
};

// Fails before the first call of the visitor if the APDU cannot be read to its end.
Result<void> walk(Bytes apdu, Visitor& visitor);

// Where and why a reading ended before the end.
struct Stop {
  Error error;
  std::string_view field;  // that was being read; "" where none was
};

// The same walk, but as far as it goes: the visitor is told of all that can be read. nullopt: to
// the end. Of Data that single meters send against the standard, what was read furthest.
std::optional<Stop> walk_far(Bytes apdu, Visitor& visitor);

// The same walk over the APDU that begins `rest`, whose end is not known: gives its size. Fails
// with truncated_apdu and how many bytes are needed at least where `rest` can be the beginning of
// one. Stricter than walk(): values that the standard does not name make it no APDU.
Result<std::size_t> measure(Bytes rest);

}  // namespace meterpipe::apdu
