#include "record/asn_writers.hpp"

#include <cctype>

#include <fmt/format.h>

#include "apdu/walk.hpp"
#include "base/reader.hpp"
#include "cosem/clock.hpp"
#include "cosem/units.hpp"
#include "json/writer.hpp"
#include "readings/text.hpp"
#include "record/value_text.hpp"

namespace meterpipe::record {
namespace {

using apdu::Leaf;
using axdr::Tag;

// "long-invoke-id-and-priority" -> "LongInvokeIdAndPriority"
std::string camel_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c == '-') {
      upper = true;
    } else {
      text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return text;
}

// "2022-11-12 16:54:00", in the meter's own time.
std::string clock_comment(Bytes bytes) {
  auto clock = cosem::parse_clock(bytes);
  if (!clock) return {};
  clock->deviation.reset();
  std::string text = clock->iso();
  text[10] = ' ';
  return text;
}

std::string octets_comment(const Leaf& leaf, Bytes apdu) {
  if (cosem::is_clock(leaf.bytes)) return clock_comment(leaf.bytes);
  if (const auto text = readings::text_of(*leaf.node, apdu); text && !text->empty()) {
    return std::string(*text);
  }
  std::string numbers;
  if (leaf.bytes.size() == 6) {
    for (const std::uint8_t byte : leaf.bytes) numbers += fmt::format("{} ", byte);
    numbers.pop_back();
  }
  return numbers;
}

std::string comment(const Leaf& leaf, Bytes apdu) {
  switch (leaf.kind) {
    case Leaf::Kind::bytes:
      return {};
    case Leaf::Kind::number:
      return std::to_string(Reader(leaf.bytes).unsigned_of(leaf.bytes.size()));
    case Leaf::Kind::clock:
      return clock_comment(leaf.bytes);
    case Leaf::Kind::data:
      break;
  }
  if (const auto number = number_of(*leaf.node, apdu)) {
    std::string text = to_string(*number);
    const std::string_view unit = leaf.is_unit ? cosem::unit_name(leaf.bytes[0]) : "";
    return unit.empty() ? text : fmt::format("{}, {}", text, unit);
  }
  if (const auto time = date_or_time(*leaf.node, apdu)) return *time;
  switch (leaf.node->tag) {
    case Tag::boolean:
      return leaf.bytes[0] != 0 ? "true" : "false";
    case Tag::bit_string:
      return bits_of(*leaf.node, apdu);
    case Tag::octet_string:
    case Tag::visible_string:
    case Tag::utf8_string:
      return octets_comment(leaf, apdu);
    default:
      return {};
  }
}

class XmlWriter final : public apdu::Visitor {
 public:
  explicit XmlWriter(Buffer& out) : out_(out) {}

  void open(std::string_view name, std::optional<std::uint32_t> count) override {
    indent();
    out_.add('<');
    out_.add(camel_case(name));
    if (count) out_.add(fmt::format(" Qty=\"{}\"", *count));
    out_.add(">\n");
    ++depth_;
  }
  void close(std::string_view name) override {
    --depth_;
    indent();
    out_.add("</");
    out_.add(camel_case(name));
    out_.add(">\n");
  }
  void leaf(const Leaf& leaf, Bytes apdu) override {
    indent();
    out_.add('<');
    out_.add(camel_case(leaf.name));
    const bool valueless = leaf.kind == Leaf::Kind::data && leaf.bytes.empty() &&
                           axdr::type_of(leaf.node->tag).shape == axdr::Shape::nothing;
    if (!valueless) {
      out_.add(" Value=\"");
      add_hex(out_, leaf.bytes);
      out_.add('"');
    }
    out_.add("/>");
    std::string text = comment(leaf, apdu);
    // `--` must not stand in a comment (XML 1.0, 2.5).
    for (std::size_t at; (at = text.find("--")) != std::string::npos;) text.insert(at + 1, " ");
    if (!text.empty()) {
      out_.add(" <!-- ");
      out_.add(text);
      out_.add(" -->");
    }
    out_.add('\n');
  }

 private:
  void indent() {
    for (int i = 0; i < depth_; ++i) out_.add('\t');
  }

  Buffer& out_;
  int depth_ = 0;
};

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
    if (leaf.kind != Leaf::Kind::data) return json_.hex(leaf.bytes);
    if (const auto number = number_of(*leaf.node, apdu)) return json_.decimal(*number);
    switch (leaf.node->tag) {
      case Tag::null_data:
      case Tag::dont_care:
        return json_.null();
      case Tag::boolean:
        return json_.boolean(leaf.bytes[0] != 0);
      case Tag::bit_string:
        return json_.string(bits_of(*leaf.node, apdu));
      case Tag::visible_string:
      case Tag::utf8_string:
        if (const auto text = readings::text_of(*leaf.node, apdu)) return json_.string(*text);
        break;
      default:
        break;
    }
    json_.hex(leaf.bytes);
  }

  json::Writer json_;
  std::vector<bool> in_array_;
};

}  // namespace

Result<void> write_xml(Buffer& out, Bytes apdu) {
  XmlWriter writer(out);
  return apdu::walk(apdu, writer);
}

Result<void> write_tree(Buffer& out, Bytes apdu) {
  TreeWriter writer(out);
  auto walked = apdu::walk(apdu, writer);
  if (walked) out.add('\n');
  return walked;
}

}  // namespace meterpipe::record
