// The "simple XML" of the Gurux translator; see asn_writers.hpp.
//
//   <!-- 2022-11-12 16:54:00 -->
//   <DateTime Value="07E60B0C0610360000FFC400" />
//   <Structure Qty="02" >
//
// It differs from the ASN.1 module in places: an association's user-information and authentication
// value have no element around them, conformance is a list of its bits, and some values are words.
#pragma once

#include <string>
#include <vector>

#include "apdu/walk.hpp"
#include "base/buffer.hpp"

namespace meterpipe::views {

class GuruxXml final : public apdu::Visitor {
 public:
  explicit GuruxXml(Buffer& out) : out_(out) {}
  void open(std::string_view name, std::optional<std::uint32_t> count) override;
  void close(std::string_view name) override;
  void leaf(const apdu::Leaf& leaf, Bytes apdu) override;

 private:
  std::string element(std::string_view name) const;
  void conformance(const apdu::Leaf& leaf);
  void indent();

  Buffer& out_;
  int depth_ = 0;
  std::string_view root_;
  std::string_view around_;  // the element left out, whose name goes to its contents
};

}  // namespace meterpipe::views
