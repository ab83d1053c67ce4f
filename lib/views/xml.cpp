#include "views/xml.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "views/asn_text.hpp"

namespace meterpipe::views {

std::string Xml::element(std::string_view name) const { return camel_case(name); }

std::string Xml::quantity(std::uint32_t count) const { return fmt::format(" Qty=\"{}\"", count); }

void Xml::indent() {
  for (int i = 0; i < depth_; ++i) out_.add(step_);
}

void Xml::open(std::string_view name, std::optional<std::uint32_t> count) {
  indent();
  out_.add('<', element(name));
  if (count) out_.add(quantity(*count));
  out_.add(">\n");
  ++depth_;
}

void Xml::close(std::string_view name) {
  --depth_;
  indent();
  out_.add("</", element(name), ">\n");
}

void PredecessorXml::leaf(const apdu::Leaf& leaf, Bytes apdu) {
  indent();
  out_.add('<', camel_case(leaf.name));
  const bool valueless = leaf.kind == apdu::Leaf::Kind::nothing ||
                         (leaf.kind == apdu::Leaf::Kind::data && leaf.bytes.empty() &&
                          axdr::type_of(leaf.node->tag).shape == axdr::Shape::nothing);
  if (!valueless) {
    out_.add(" Value=\"");
    add_hex(out_, leaf.bytes);
    out_.add('"');
  }
  out_.add("/>");
  if (std::string text = comment_of(leaf, apdu, ' '); !text.empty()) {
    out_.add(' ');
    add_comment(out_, std::move(text));
  }
  out_.add('\n');
}

}  // namespace meterpipe::views
