#include "views/asn_writers.hpp"

#include <vector>

#include "apdu/walk.hpp"
#include "json/writer.hpp"
#include "readings/shown.hpp"
#include "views/asn_text.hpp"
#include "views/data_json.hpp"
#include "views/xml.hpp"

namespace meterpipe::views {
namespace {

using apdu::Leaf;

class TreeWriter final : public apdu::Visitor {
 public:
  explicit TreeWriter(Buffer& out) : json_(out) {}

  void open(std::string_view name, std::optional<std::uint32_t> count) override {
    begin(name);
    count ? json_.begin_array() : json_.begin_object();
    in_array_.push_back(count.has_value());
  }
  void close(std::string_view) override {
    in_array_.back() ? json_.end_array() : json_.end_object();
    in_array_.pop_back();
    end();
  }
  void leaf(const Leaf& leaf, Bytes apdu) override {
    begin(leaf.name);
    value(leaf, apdu);
    end();
  }

 private:
  // In an array each element is an object of its own: {"integer":-1}
  void begin(std::string_view name) {
    if (in_array_.empty() || in_array_.back()) json_.begin_object();
    json_.key(name);
  }
  void end() {
    if (in_array_.empty() || in_array_.back()) json_.end_object();
  }

  void value(const Leaf& leaf, Bytes apdu) {
    switch (leaf.kind) {
      case Leaf::Kind::bytes:
      case Leaf::Kind::invoke:
      case Leaf::Kind::clock: return json_.hex(leaf.bytes);
      case Leaf::Kind::number: return json_.number(number_of(leaf));
      case Leaf::Kind::integer: return json_.number(integer_of(leaf));
      case Leaf::Kind::boolean: return json_.boolean(leaf.bytes[0] != 0);
      case Leaf::Kind::enumeration:
        return leaf.value_name.empty() ? json_.number(number_of(leaf))
                                       : json_.string(leaf.value_name);
      case Leaf::Kind::text: return json_.string(as_text(leaf.bytes));
      case Leaf::Kind::conformance:
        json_.begin_array();
        for (const std::string& name : conformance_names(leaf.bytes)) json_.string(name);
        return json_.end_array();
      case Leaf::Kind::bits: return json_.string(ber_bits(leaf.bytes));
      case Leaf::Kind::oid:
        return json_.string(leaf.value_name.empty() ? dotted(leaf.bytes)
                                                    : std::string(leaf.value_name));
      case Leaf::Kind::nothing: return json_.null();
      case Leaf::Kind::data: return write_data(json_, readings::shown_of(*leaf.node, apdu));
    }
  }

  json::Writer json_;
  std::vector<bool> in_array_;
};

}  // namespace

Result<void> write_xml(Buffer& out, Bytes apdu, XmlDialect dialect) {
  if (dialect == XmlDialect::gurux) {
    GuruxXml writer(out);
    return apdu::walk(apdu, writer);
  }
  PredecessorXml writer(out);
  return apdu::walk(apdu, writer);
}

Result<void> write_tree(Buffer& out, Bytes apdu) {
  TreeWriter writer(out);
  auto walked = apdu::walk(apdu, writer);
  if (walked) out.add('\n');
  return walked;
}

}  // namespace meterpipe::views
