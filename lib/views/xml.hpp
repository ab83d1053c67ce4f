// The XML of an APDU in two dialects; see asn_writers.hpp. Elements stand in each other, a line
// each.
#pragma once

#include <string>

#include "apdu/walk.hpp"
#include "base/buffer.hpp"

namespace meterpipe::views {

class Xml : public apdu::Visitor {
 public:
  void open(std::string_view name, std::optional<std::uint32_t> count) override;
  void close(std::string_view name) override;

 protected:
  Xml(Buffer& out, std::string_view step) : out_(out), step_(step) {}
  virtual std::string element(std::string_view name) const;
  // " Qty=…", of a list.
  virtual std::string quantity(std::uint32_t count) const;
  void indent();

  Buffer& out_;

 private:
  std::string_view step_;  // what a level is indented by
  int depth_ = 0;
};

// The dialect of smart-meter-mbus-dlms:
//
//   <DateTime Value="07e60b0c0610360000ffc400"/> <!-- 2022-11-12 16:54:00 -->
//   <Structure Qty="2">
class PredecessorXml final : public Xml {
 public:
  explicit PredecessorXml(Buffer& out) : Xml(out, "\t") {}
  void leaf(const apdu::Leaf& leaf, Bytes apdu) override;
};

// The "simple XML" of the Gurux translator:
//
//   <!-- 2022-11-12 16:54:00 -->
//   <DateTime Value="07E60B0C0610360000FFC400" />
//   <Structure Qty="02" >
//
// It differs from the ASN.1 module in places: an association's user-information and authentication
// value have no element around them, conformance is a list of its bits, and some values are words.
class GuruxXml final : public Xml {
 public:
  explicit GuruxXml(Buffer& out) : Xml(out, "  ") {}
  void open(std::string_view name, std::optional<std::uint32_t> count) override;
  void close(std::string_view name) override;
  void leaf(const apdu::Leaf& leaf, Bytes apdu) override;

 private:
  std::string element(std::string_view name) const override;
  std::string quantity(std::uint32_t count) const override;
  void conformance(const apdu::Leaf& leaf);

  std::string_view root_;
  std::string_view around_;  // the element left out, whose name goes to its contents
};

}  // namespace meterpipe::views
