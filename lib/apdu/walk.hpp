// Goes through an APDU element by element, by the names of the ASN.1 module (IEC 62056-5-3, 9.5),
// for whoever draws it: the JSON tree, XML.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::apdu {

struct Leaf {
  std::string_view name;
  Bytes bytes;
  enum class Kind : std::uint8_t { bytes, number, clock, data } kind;
  const axdr::Node* node = nullptr;  // Kind::data: the type says what the bytes are
  bool is_unit = false;              // the enum of a {scaler, unit}
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  // A sequence or choice; `count` for arrays and structures of Data.
  virtual void open(std::string_view name, std::optional<std::uint32_t> count) = 0;
  virtual void close(std::string_view name) = 0;
  // `apdu` is what node offsets refer to.
  virtual void leaf(const Leaf& leaf, Bytes apdu) = 0;
};

// Fails before the first call of the visitor if the APDU cannot be read to its end.
Result<void> walk(Bytes apdu, Visitor& visitor);

}  // namespace meterpipe::apdu
