// Random Data for the round trip tests: a value that can be written, and held against what was
// read.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "axdr/tree.hpp"
#include "base/hex.hpp"
#include "sim/axdr.hpp"

namespace meterpipe::test {

struct Value {
  axdr::Tag tag = axdr::Tag::null_data;
  ByteVector content;           // of a value that holds no others
  std::size_t bits = 0;         // of a bit-string
  std::vector<Value> elements;  // of array, structure and compact-array
  ByteVector description;       // of a compact-array: its elements' type
};

class RandomData {
 public:
  explicit RandomData(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_);
  }

  ByteVector bytes(std::size_t n) {
    ByteVector result(n);
    for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(below(256));
    return result;
  }

  Value value(int depth) {
    if (depth > 0 && below(3) == 0) return container(depth);
    if (depth > 0 && below(10) == 0) return compact();
    return leaf();
  }

  Value leaf() {
    for (;;) {
      const axdr::Type& type = axdr::kTypes[below(axdr::kTypes.size())];
      if (type.shape == axdr::Shape::container || type.shape == axdr::Shape::compact ||
          type.tag == axdr::Tag::descriptor) {
        continue;
      }
      return leaf_of(type);
    }
  }

 private:
  Value leaf_of(const axdr::Type& type) {
    Value value{type.tag, {}, 0, {}, {}};
    std::size_t size = type.size;
    if (type.shape == axdr::Shape::sized) size = below(40) == 0 ? below(300) : below(20);
    if (type.shape == axdr::Shape::bits) {
      value.bits = below(40);
      size = (value.bits + 7) / 8;
    }
    value.content = bytes(size);
    if (type.tag == axdr::Tag::boolean) value.content[0] &= 1;
    return value;
  }

  Value container(int depth) {
    Value value{below(2) == 0 ? axdr::Tag::array : axdr::Tag::structure, {}, 0, {}, {}};
    const std::size_t count = below(60) == 0 ? 130 + below(20) : below(8);
    for (std::size_t i = 0; i < count; ++i) value.elements.push_back(this->value(depth - 1));
    return value;
  }

  Value compact() {
    Value value{axdr::Tag::compact_array, {}, 0, {}, {}};
    const Value shape = type_of_compact(2);
    describe(shape, value.description);
    for (std::size_t n = below(6); n > 0; --n) value.elements.push_back(alike(shape));
    return value;
  }

  // Elements must have a size, or nobody could count them.
  Value type_of_compact(int depth) {
    if (depth == 0 || below(2) == 0) {
      for (;;) {
        Value one = leaf();
        if (axdr::type_of(one.tag).shape != axdr::Shape::nothing) return one;
      }
    }
    Value value{below(2) == 0 ? axdr::Tag::array : axdr::Tag::structure, {}, 0, {}, {}};
    const std::size_t count = 1 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
      value.elements.push_back(value.tag == axdr::Tag::array && i > 0 ? alike(value.elements[0])
                                                                      : type_of_compact(depth - 1));
    }
    return value;
  }

  Value alike(const Value& shape) {
    const axdr::Type& type = axdr::type_of(shape.tag);
    if (type.shape != axdr::Shape::container) return leaf_of(type);
    Value value{shape.tag, {}, 0, {}, {}};
    for (const Value& element : shape.elements) value.elements.push_back(alike(element));
    return value;
  }

  static void describe(const Value& shape, ByteVector& out) {
    if (shape.tag == axdr::Tag::array) {
      sim::describe_array(out, static_cast<std::uint16_t>(shape.elements.size()));
      describe(shape.elements[0], out);
    } else if (shape.tag == axdr::Tag::structure) {
      sim::describe_structure(out, shape.elements.size());
      for (const Value& element : shape.elements) describe(element, out);
    } else {
      out.push_back(static_cast<std::uint8_t>(shape.tag));
    }
  }

  std::mt19937_64 engine_;
};

// Big-endian content as the number that DataWriter wants.
template <class T>
T number(Bytes content) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : content) value = value << 8 | byte;
  return static_cast<T>(value);
}

template <std::size_t N>
std::array<std::uint8_t, N> block(Bytes content) {
  std::array<std::uint8_t, N> value{};
  for (std::size_t i = 0; i < N; ++i) value[i] = content[i];
  return value;
}

// One value that holds no others, by the writer's own function for its type.
inline void write_leaf(sim::DataWriter& data, axdr::Tag tag, Bytes content, std::size_t bits) {
  using axdr::Tag;
  switch (tag) {
    case Tag::null_data: return data.null();
    case Tag::boolean: return data.boolean(content[0] != 0);
    case Tag::bit_string: return data.bit_string(content, bits);
    case Tag::double_long: return data.double_long(number<std::int32_t>(content));
    case Tag::double_long_unsigned:
      return data.double_long_unsigned(number<std::uint32_t>(content));
    case Tag::octet_string: return data.octet_string(content);
    case Tag::visible_string: return data.visible_string(as_text(content));
    case Tag::utf8_string: return data.utf8_string(as_text(content));
    case Tag::bcd: return data.bcd(content[0]);
    case Tag::integer: return data.integer(number<std::int8_t>(content));
    case Tag::long_: return data.long_integer(number<std::int16_t>(content));
    case Tag::unsigned_: return data.unsigned_integer(content[0]);
    case Tag::long_unsigned: return data.long_unsigned(number<std::uint16_t>(content));
    case Tag::long64: return data.long64(number<std::int64_t>(content));
    case Tag::long64_unsigned: return data.long64_unsigned(number<std::uint64_t>(content));
    case Tag::enum_: return data.enumeration(content[0]);
    case Tag::float32: return data.float32(std::bit_cast<float>(number<std::uint32_t>(content)));
    case Tag::float64: return data.float64(std::bit_cast<double>(number<std::uint64_t>(content)));
    case Tag::date_time: return data.date_time(block<12>(content));
    case Tag::date: return data.date(block<5>(content));
    case Tag::time: return data.time(block<4>(content));
    case Tag::delta_integer: return data.delta_integer(number<std::int8_t>(content));
    case Tag::delta_long: return data.delta_long(number<std::int16_t>(content));
    case Tag::delta_double_long: return data.delta_double_long(number<std::int32_t>(content));
    case Tag::delta_unsigned: return data.delta_unsigned(content[0]);
    case Tag::delta_long_unsigned: return data.delta_long_unsigned(number<std::uint16_t>(content));
    case Tag::delta_double_long_unsigned:
      return data.delta_double_long_unsigned(number<std::uint32_t>(content));
    case Tag::descriptor:
      return data.descriptor(number<std::uint16_t>(content.first(2)), content.subspan(2, 6),
                             content[8]);
    case Tag::dont_care: return data.dont_care();
    case Tag::array:
    case Tag::structure:
    case Tag::compact_array: break;
  }
}

inline void write(sim::DataWriter& data, const Value& value) {
  switch (value.tag) {
    case axdr::Tag::array: data.array(value.elements.size()); break;
    case axdr::Tag::structure: data.structure(value.elements.size()); break;
    case axdr::Tag::compact_array: {
      ByteVector contents;
      sim::DataWriter inside(contents, sim::DataWriter::Tags::left_out);
      for (const Value& element : value.elements) write(inside, element);
      return data.compact_array(value.description, contents);
    }
    default: return write_leaf(data, value.tag, value.content, value.bits);
  }
  for (const Value& element : value.elements) write(data, element);
}

// The first difference between what was written and the subtree at nodes[at], or "".
inline std::string difference(const Value& value, Bytes bytes, const axdr::Nodes& nodes,
                              std::size_t at) {
  if (at >= nodes.size()) return "a node is missing";
  const axdr::Node& node = nodes[at];
  const std::string_view name = axdr::type_of(value.tag).name;
  if (node.tag != value.tag) {
    return std::string(axdr::type_of(node.tag).name) + " where there was " + std::string(name);
  }
  const axdr::Shape shape = axdr::type_of(value.tag).shape;
  if (shape != axdr::Shape::container && shape != axdr::Shape::compact) {
    const Bytes content = bytes.subspan(node.offset, node.size);
    if (to_hex(content) != to_hex(value.content)) return std::string(name) + ": other bytes";
    if (shape == axdr::Shape::bits && node.count != value.bits) return "other number of bits";
    return {};
  }
  if (node.count != value.elements.size()) return std::string(name) + ": another count";
  std::size_t next = at + 1;
  for (const Value& element : value.elements) {
    if (std::string found = difference(element, bytes, nodes, next); !found.empty()) return found;
    next = nodes[next].next;
  }
  return next == node.next ? std::string() : std::string(name) + ": another end";
}

}  // namespace meterpipe::test
