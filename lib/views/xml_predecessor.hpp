// The XML of smart-meter-mbus-dlms; see asn_writers.hpp.
//
//   <DateTime Value="07e60b0c0610360000ffc400"/> <!-- 2022-11-12 16:54:00 -->
//   <Structure Qty="2">
#pragma once

#include "apdu/walk.hpp"
#include "base/buffer.hpp"

namespace meterpipe::views {

class PredecessorXml final : public apdu::Visitor {
 public:
  explicit PredecessorXml(Buffer& out) : out_(out) {}
  void open(std::string_view name, std::optional<std::uint32_t> count) override;
  void close(std::string_view name) override;
  void leaf(const apdu::Leaf& leaf, Bytes apdu) override;

 private:
  void indent();

  Buffer& out_;
  int depth_ = 0;
};

}  // namespace meterpipe::views
