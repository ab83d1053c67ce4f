// lib/axdr: Data to a tree; what does not fit is an error at any byte.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "axdr/tree.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace meterpipe::axdr {

using test::hex;
using test::join;

namespace {

// A value as a test thinks of it, and its encoding.
struct Tree {
  Tag tag = Tag::null_data;
  ByteVector contents;
  std::uint32_t bits = 0;
  std::vector<Tree> inside;
};

// A length in a form of any size that can hold it.
ByteVector length_of(std::size_t value, test::Random& random) {
  std::size_t least = value < 0x80 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 3;
  if (random.one_in(6)) least = random.between(std::max<std::size_t>(least, 1), 4);
  if (least == 0) return {static_cast<std::uint8_t>(value)};
  ByteVector bytes{static_cast<std::uint8_t>(0x80 | least)};
  for (std::size_t i = least; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return bytes;
}

void encode(const Tree& tree, test::Random& random, ByteVector& out, bool tagged = true) {
  const Type& type = type_of(tree.tag);
  if (tagged) out.push_back(static_cast<std::uint8_t>(tree.tag));
  switch (type.shape) {
    case Shape::container:
      if (tagged) append(out, length_of(tree.inside.size(), random));
      for (const Tree& one : tree.inside) encode(one, random, out, tagged);
      return;
    case Shape::bits: append(out, length_of(tree.bits, random)); break;
    case Shape::sized: append(out, length_of(tree.contents.size(), random)); break;
    default: break;
  }
  append(out, tree.contents);
}

Tree random_leaf(test::Random& random) {
  Tree leaf;
  const Type* type = nullptr;
  do type = &kTypes[random.below(kTypes.size())];
  while (type->shape == Shape::container || type->shape == Shape::compact ||
         type->tag == Tag::descriptor);
  leaf.tag = type->tag;
  if (type->shape == Shape::fixed) leaf.contents = random.bytes(type->size);
  if (type->shape == Shape::sized) leaf.contents = random.bytes(random.below(200));
  if (type->shape == Shape::bits) {
    leaf.bits = static_cast<std::uint32_t>(random.below(300));
    leaf.contents = random.bytes((leaf.bits + 7) / 8);
  }
  return leaf;
}

Tree random_tree(test::Random& random, int depth) {
  if (depth == 0 || random.one_in(2)) return random_leaf(random);
  Tree tree;
  tree.tag = random.one_in(2) ? Tag::array : Tag::structure;
  const std::uint64_t count =
      depth == 1 && random.one_in(20) ? random.between(128, 300) : random.below(5);
  for (std::uint64_t i = 0; i < count; ++i) tree.inside.push_back(random_tree(random, depth - 1));
  return tree;
}

// Holds nodes against a tree; gives the index behind, 0 where they differ.
std::uint32_t hold(const axdr::Nodes& nodes, std::uint32_t at, const Tree& tree, Bytes bytes) {
  if (at >= nodes.size() || nodes[at].tag != tree.tag) return 0;
  const Node& node = nodes[at];
  if (type_of(tree.tag).shape == Shape::container) {
    std::uint32_t next = at + 1;
    for (const Tree& one : tree.inside) {
      if ((next = hold(nodes, next, one, bytes)) == 0) return 0;
    }
    return node.count == tree.inside.size() && node.next == next ? next : 0;
  }
  const Bytes contents = bytes.subspan(node.offset, node.size);
  const bool same = ByteVector(contents.begin(), contents.end()) == tree.contents &&
                    (tree.tag != Tag::bit_string || node.count == tree.bits);
  return same && node.next == at + 1 ? node.next : 0;
}

Result<std::size_t> parse_hex(std::string_view text, axdr::Nodes& nodes,
                              ParseOptions options = {}) {
  return parse(hex(text), 0, nodes, options);
}

Fault fault_of(std::string_view text) {
  axdr::Nodes nodes;
  const auto end = parse_hex(text, nodes);
  REQUIRE_FALSE(end.has_value());
  return end.error().fault;
}

std::string number(std::string_view text) {
  axdr::Nodes nodes;
  const ByteVector bytes = hex(text);
  REQUIRE(parse(bytes, 0, nodes).has_value());
  return to_string(integer_of(nodes[0], bytes));
}

}  // namespace

TEST_CASE("random trees come back as they went") {
  test::Random random;
  INFO("seed ", test::seed());
  axdr::Nodes nodes;
  for (int round = 0; round < 2000; ++round) {
    const Tree tree = random_tree(random, static_cast<int>(random.below(6)));
    ByteVector bytes;
    encode(tree, random, bytes);
    CAPTURE(to_hex(bytes).substr(0, 400));
    const auto end = parse(bytes, 0, nodes);
    REQUIRE(end.has_value());
    REQUIRE(*end == bytes.size());
    REQUIRE(hold(nodes, 0, tree, bytes) == nodes.size());
    REQUIRE_FALSE(ends_exactly(join(bytes, hex("00")), 0));
    REQUIRE_FALSE(ends_exactly(Bytes(bytes).first(bytes.size() - 1), 0));
    // Also in the middle of other bytes.
    const ByteVector among = join(random.bytes(7), bytes, random.bytes(3));
    const auto second = parse(among, 7, nodes);
    REQUIRE(second.has_value());
    REQUIRE(*second == bytes.size() + 7);
  }
}

TEST_CASE("data cut at any byte are an error") {
  test::Random random;
  INFO("seed ", test::seed());
  axdr::Nodes nodes;
  for (int round = 0; round < 200; ++round) {
    const Tree tree = random_tree(random, 3);
    ByteVector bytes;
    encode(tree, random, bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto end = parse(Bytes(bytes).first(size), 0, nodes);
      if (end || end.error().offset > size) FAIL(to_hex(bytes), " at ", size);
    }
  }
}

TEST_CASE("random bytes never do harm") {
  test::Random random;
  INFO("seed ", test::seed());
  axdr::Nodes nodes;
  for (int round = 0; round < 20000; ++round) {
    ByteVector bytes = random.bytes(random.below(80));
    if (!bytes.empty() && random.one_in(2)) {
      constexpr std::array<std::uint8_t, 4> kFirst{0x01, 0x02, 0x13, 0x13};
      bytes[0] = kFirst[random.below(4)];
      for (auto& one : bytes) {
        if (random.one_in(2)) one = kFirst[random.below(4)];
      }
    }
    const auto end = parse(bytes, 0, nodes);
    if (end) REQUIRE(*end <= bytes.size());
    // The quick look says yes only where the whole parse does.
    if (!bytes.empty() && ends_exactly(bytes, 0)) REQUIRE((end && *end == bytes.size()));
    static_cast<void>(parse_all(bytes, 0, nodes));
    bool inside = true;
    for (const Node& node : nodes) {
      inside &= node.next <= nodes.size() && std::size_t{node.offset} + node.size <= bytes.size();
    }
    REQUIRE(inside);
  }
}

TEST_CASE("numbers of every type") {
  CHECK(number("0f ff") == "-1");
  CHECK(number("10 8000") == "-32768");
  CHECK(number("05 ffffffff") == "-1");
  CHECK(number("14 8000000000000000") == "-9223372036854775808");
  CHECK(number("11 ff") == "255");
  CHECK(number("12 ffff") == "65535");
  CHECK(number("06 ffffffff") == "4294967295");
  CHECK(number("15 ffffffffffffffff") == "18446744073709551615");
  CHECK(number("16 1e") == "30");
  CHECK(number("1c 80") == "-128");
  CHECK(number("1d ffff") == "-1");
  CHECK(number("1e 7fffffff") == "2147483647");
  CHECK(number("1f 80") == "128");
  CHECK(number("20 8000") == "32768");
  CHECK(number("21 80000000") == "2147483648");
}

TEST_CASE("lengths and counts of any size") {
  axdr::Nodes nodes;
  for (const std::size_t size : {0, 127, 128, 255, 256, 65535, 65536, 70000}) {
    CAPTURE(size);
    ByteVector bytes = hex("09 84");
    for (int i = 3; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(size >> 8 * i));
    bytes.resize(bytes.size() + size, 0xab);
    REQUIRE(parse(bytes, 0, nodes).has_value());
    CHECK(nodes[0].size == size);
    ByteVector array = hex("01 83");
    for (int i = 2; i >= 0; --i) array.push_back(static_cast<std::uint8_t>(size >> 8 * i));
    array.resize(array.size() + size, 0);
    REQUIRE(parse(array, 0, nodes).has_value());
    CHECK(nodes[0].count == size);
    CHECK(nodes.size() == size + 1);
  }
  REQUIRE(parse_hex("02 81 02 11 01 11 02", nodes));
  CHECK(nodes.size() == 3);
  REQUIRE(parse_hex("09 82 00 01 aa", nodes));
  CHECK(nodes[0].size == 1);
}

TEST_CASE("hostile counts and lengths are refused before they are used") {
  CHECK(fault_of("01 84 ff ff ff ff 00") == Fault::count_too_large);
  CHECK(fault_of("02 7f 00") == Fault::count_too_large);
  CHECK(fault_of("09 84 ff ff ff ff 00") == Fault::truncated_data);
  CHECK(fault_of("04 84 ff ff ff ff 00") == Fault::truncated_data);
  CHECK(fault_of("13 02 84 ff ff ff ff 00") == Fault::count_too_large);
  CHECK(fault_of("13 11 84 ff ff ff ff 00") == Fault::truncated_data);
  CHECK(fault_of("09 85 00 00 00 00 01 00") == Fault::bad_length);
  CHECK(fault_of("01 80") == Fault::bad_length);
  CHECK(fault_of("07 00") == Fault::unknown_type);
  CHECK(fault_of("fe 00 00 00 00 00 00 00 00 00") == Fault::unknown_type);
  CHECK(fault_of("02 01 22") == Fault::unknown_type);
}

TEST_CASE("nesting has a limit") {
  const auto nested = [](int levels) {
    ByteVector bytes;
    for (int i = 0; i < levels; ++i) append(bytes, hex("02 01"));
    bytes.push_back(0);
    return bytes;
  };
  axdr::Nodes nodes;
  CHECK(parse(nested(kMaxDepth), 0, nodes).has_value());
  const auto deep = parse(nested(kMaxDepth + 1), 0, nodes);
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().fault == Fault::too_deep);
  CHECK_FALSE(parse(nested(100000), 0, nodes).has_value());

  // The description of a compact-array as well.
  ByteVector compact{0x13};
  for (int i = 0; i < 1000; ++i) append(compact, hex("02 01"));
  append(compact, hex("00 00"));
  const auto description = parse(compact, 0, nodes);
  REQUIRE_FALSE(description.has_value());
  CHECK(description.error().fault == Fault::too_deep);
  // A compact-array at the last level that is allowed still works.
  ByteVector last;
  for (int i = 0; i < kMaxDepth - 2; ++i) append(last, hex("02 01"));
  append(last, hex("13 11 02 07 08"));
  CHECK(parse(last, 0, nodes).has_value());
}

TEST_CASE("compact-array: numbers, structures, nested arrays") {
  axdr::Nodes nodes;
  ByteVector bytes = hex("13 12 06 0001 0002 ffff");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[0].count == 3);
  CHECK(to_string(integer_of(nodes[3], bytes)) == "65535");

  // {long-unsigned, enum} twice.
  bytes = hex("13 02 02 12 16 06 00e5 1e 0102 1b");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  REQUIRE(nodes.size() == 7);
  CHECK(nodes[0].count == 2);
  CHECK(nodes[1].tag == Tag::structure);
  CHECK(nodes[1].next == 4);
  CHECK(to_string(integer_of(nodes[6], bytes)) == "27");

  // {octet-string, array of 2 {unsigned, integer}, boolean}, once.
  bytes = hex("13 02 03 09 01 0002 02 02 11 0f 03 08 02 aabb 01ff 02fe 01");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  CHECK(nodes[0].count == 1);
  REQUIRE(nodes.size() == 11);
  CHECK(nodes[2].tag == Tag::octet_string);
  CHECK(nodes[2].size == 2);
  CHECK(nodes[3].tag == Tag::array);
  CHECK(nodes[3].count == 2);
  CHECK(nodes[3].next == 10);
  CHECK(to_string(integer_of(nodes[9], bytes)) == "-2");
  CHECK(nodes[10].tag == Tag::boolean);

  // An array of none inside: what stands behind its description is still found.
  bytes = hex("13 02 02 01 0000 02 01 09 11 02 07 08");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  CHECK(nodes[0].count == 2);
  CHECK(nodes.size() == 7);

  // Empty; strings of their own lengths; then an element behind it in the list.
  bytes = hex("02 03 13 11 00 13 0a 05 01 41 02 42 43 11 09");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  CHECK(nodes[0].count == 3);
  CHECK(nodes[1].count == 0);
  CHECK(nodes[2].count == 2);
  CHECK(nodes.back().tag == Tag::unsigned_);
}

TEST_CASE("compact-array: contents that do not fit their description") {
  CHECK(fault_of("13 12 03 0001 00") == Fault::truncated_data);
  CHECK(fault_of("13 12 03 0001 00 aa bb cc") == Fault::truncated_data);  // not beyond its end
  CHECK(fault_of("13 00 01 aa") == Fault::bad_length);                    // elements of no size
  CHECK(fault_of("13 13 11 01 aa") == Fault::unknown_type);
  CHECK(fault_of("13 fe 01 aa") == Fault::unknown_type);
  CHECK(fault_of("13") == Fault::truncated_data);
  CHECK(fault_of("13 01 00") == Fault::truncated_data);
  // Many elements of no size in each: the number of nodes is limited.
  CHECK(fault_of("13 02 02 11 01 ffff 00 03 01 02 03") == Fault::count_too_large);
  CHECK(fault_of("13 01 ffff 01 ffff 01 ffff 00 01 01") == Fault::count_too_large);
}

TEST_CASE("a long description is refused, for it would be gone through again and again") {
  ByteVector bytes = hex("13 02 02 11 01 0000 02 83 01 00 00");
  bytes.resize(bytes.size() + 65536, 0);
  append(bytes, hex("83 00 50 00"));
  bytes.resize(bytes.size() + 0x5000, 1);
  axdr::Nodes nodes;
  CHECK_FALSE(parse(bytes, 0, nodes).has_value());
}

TEST_CASE("compact-arrays cut at any byte are an error") {
  axdr::Nodes nodes;
  const ByteVector bytes =
      hex("02 02 13 02 03 09 01 0002 02 02 11 0f 03 08 02 aabb 01ff 02fe 01 13 12 04 00010002");
  REQUIRE(parse(bytes, 0, nodes).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(parse(Bytes(bytes).first(size), 0, nodes).has_value());
  }
}

TEST_CASE("logical names with the tag behind the length") {
  axdr::Nodes nodes;
  const ByteVector bytes = hex("02 02 06 09 0100010800ff 06 00000001");
  CHECK_FALSE(parse(bytes, 0, nodes).has_value());
  const auto parsed = parse_all(bytes, 0, nodes);
  REQUIRE(parsed.has_value());
  CHECK(parsed->options.swapped_names);
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[1].tag == Tag::octet_string);
  CHECK(nodes[1].size == 6);
  CHECK(nodes[2].tag == Tag::double_long_unsigned);
  // A number that begins with 09 stays a number where that reads to the end.
  const ByteVector plain = hex("02 01 06 09 01 02 03");
  REQUIRE(parse_all(plain, 0, nodes).has_value());
  CHECK(nodes[1].tag == Tag::double_long_unsigned);
}

TEST_CASE("attribute descriptors without tags") {
  axdr::Nodes nodes;
  const ByteVector bytes = hex("01 01 02 02 0003 0100010800ff 02 06 00000005");
  const auto parsed = parse_all(bytes, 0, nodes);
  REQUIRE(parsed.has_value());
  CHECK(parsed->options.untagged_descriptors);
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[2].tag == Tag::descriptor);
  CHECK(nodes[2].size == 9);
}

TEST_CASE("a list that only meters without tags send is read in no other way") {
  // As the standard says: {1, [{null, true}, [null], null, null]}, and then many bytes left over.
  const std::string head = "02 02 16 01 01 04";
  const std::string first = "02 02 0003 0101010600ff 02 06 00000001";
  const std::string other = "02 02 0003 0100010700ff 02 12 0005";
  const ByteVector bytes = hex(head + first + other + other + other);
  axdr::Nodes nodes;
  CHECK(parse(bytes, 0, nodes).value_or(0) < bytes.size());
  const auto parsed = parse_all(bytes, 0, nodes);
  REQUIRE(parsed.has_value());
  CHECK(parsed->options.untagged_descriptors);
  CHECK(begins_untagged_list(bytes, 0) == true);
  // Cut, it is nothing, wherever that is.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const Bytes cut = Bytes(bytes).first(size);
    CHECK_FALSE(ends_exactly(cut, 0));
    const auto read = parse_all(cut, 0, nodes);
    REQUIRE_FALSE(read.has_value());
    const Fault fault = read.error().fault;  // and nothing else is wrong with it
    CHECK((fault == Fault::truncated_data || fault == Fault::count_too_large));
    CHECK(begins_untagged_list(cut, 0) == (size < 16 ? std::nullopt : std::optional(true)));
  }
  CHECK(begins_untagged_list(hex("02 02 16 01 01 01 02 02 09 06 0100010800ff"), 0) == false);
  // Each pair has a descriptor: without the bytes between two places it may end where it should.
  for (const char* odd : {"02 02 02 02 00 03 01 02 06 00000001", "06 00000001", "02 01 00",
                          "02 03 0003 0100020700ff 02 12 0005 00", "01 02 00 00"}) {
    CAPTURE(odd);
    for (const ParseOptions options :
         {ParseOptions{.untagged_descriptors = true},
          ParseOptions{.swapped_names = true, .untagged_descriptors = true}}) {
      CHECK_FALSE(parse(hex(head + first + odd + other + other), 0, nodes, options).has_value());
    }
    CHECK_FALSE(parse_all(hex(head + first + odd + other + other), 0, nodes).has_value());
    CHECK_FALSE(parse_all(hex(head + first + other + other + odd), 0, nodes).has_value());
  }
}

TEST_CASE("the quick look knows ordinary data when it sees them") {
  for (const char* good : {"00", "11 05", "02 02 09 06 0100010800ff 06 00000001", "01 00",
                           "02 01 01 00", "0a 00", "02 03 11 01 02 01 00 0f ff"}) {
    CAPTURE(good);
    CHECK(ends_exactly(hex(good), 0));
    CHECK_FALSE(ends_exactly(join(hex(good), hex("00")), 0));
  }
  CHECK_FALSE(ends_exactly({}, 0));
  CHECK_FALSE(ends_exactly(hex("07"), 0));
}

TEST_CASE("how much a compact-array may announce does not depend on the bytes behind it") {
  const ByteVector array = hex("13 02 02 11 01 0fff 00 03 01 02 03");
  for (const std::size_t behind : {0, 5000, 50000}) {
    axdr::Nodes nodes;
    const auto end = parse(join(array, ByteVector(behind)), 0, nodes);
    CAPTURE(behind);
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().fault == Fault::count_too_large);
  }
}

TEST_CASE("bytes left over are an error with their number") {
  axdr::Nodes nodes;
  const auto parsed = parse_all(hex("11 01 aa bb"), 0, nodes);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().fault == Fault::trailing_bytes);
  CHECK(parsed.error().offset == 2);
  CHECK(parsed.error().found == 2);
  CHECK(nodes.empty());
}

TEST_CASE("a swapped name is one also where the standard fits by accident") {
  // 1-0:13.6.3 = 57; with D = 6 the standard reads 151060493 and goes on in step.
  const ByteVector bytes = hex("01 01 02 03 06 09 01 00 0d 06 03 ff 11 39 02 02 0f fe 16 08");
  Nodes nodes;
  const auto parsed = parse_all(bytes, 0, nodes);
  REQUIRE(parsed);
  CHECK(parsed->options.swapped_names);
  CHECK(nodes[2].tag == Tag::octet_string);
  // A number that begins with 09 stays one where no name can stand.
  const ByteVector number = hex("02 02 06 09 01 00 0d 06 03 02 01 11");
  REQUIRE(parse_all(number, 0, nodes));
  CHECK(nodes[1].tag == Tag::double_long_unsigned);
}

}  // namespace meterpipe::axdr
