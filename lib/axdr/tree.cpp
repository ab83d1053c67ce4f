#include "axdr/tree.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/reader.hpp"

namespace meterpipe::axdr {
namespace {

constexpr std::size_t kNameLength = 6;
constexpr std::size_t kDescriptorLength = 9;
constexpr std::uint32_t kFirstPair = 3;  // of a list without tags: behind {, enum and [
// Memory taken beforehand; more is taken as it comes.
constexpr std::size_t kRoomAtFirst = 4096;
// A compact-array may announce elements of no size; nothing else yields more nodes than bytes.
constexpr std::size_t kMostNodes = 256, kNodesPerByte = 4;
// Of a compact-array, in bytes: it is gone through once per element, and no meter needs more.
constexpr std::size_t kLongestDescription = 1024;

std::uint32_t narrow(std::size_t value) { return static_cast<std::uint32_t>(value); }

// By tag: the size of the contents of a type of fixed size, or what else it is.
constexpr std::uint8_t kLargestFixed = 12, kString = 0xfd, kContainer = 0xfe, kOther = 0xff;
constexpr std::array<std::uint8_t, 256> kSizes = [] {
  std::array<std::uint8_t, 256> sizes{};
  sizes.fill(kOther);
  for (const Type& type : kTypes) {
    auto& size = sizes[static_cast<std::size_t>(type.tag)];
    if (type.tag == Tag::descriptor) continue;
    if (type.shape == Shape::fixed || type.shape == Shape::nothing) size = type.size;
    if (type.shape == Shape::sized) size = kString;
    if (type.shape == Shape::container) size = kContainer;
  }
  return sizes;
}();

class Parser {
 public:
  Parser(Bytes bytes, std::size_t start, Nodes& nodes, ParseOptions options)
      : bytes_(bytes), at_(start), nodes_(nodes), options_(options) {}

  // Iterative: a stack of containers with the elements that each still lacks. Fixed sizes, short
  // strings and short counts, nearly everything there is, are taken in step(); the rest, and what
  // single meters do against the standard, by parse_slow().
  Result<std::size_t> run() {
    const bool oddities = options_.swapped_names || options_.untagged_descriptors;
    if (at_ < bytes_.size()) nodes_.reserve(std::min(bytes_.size() - at_, kRoomAtFirst));
    std::size_t depth = 0;
    do {
      if (!oddities) run_quick(depth);
      if (depth == 0 && !nodes_.empty()) break;
      if (at_ >= bytes_.size()) return fail(Fault::truncated_data, at_, 1, 0);
      if (auto done = parse_slow(depth); !done) return tl::unexpected(done.error());
      if (nodes_.back().next == 0) continue;  // a container was opened
      if (depth != 0 && --open_[depth - 1].missing == 0) close_full(depth, at_);
    } while (depth != 0);
    return at_;
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint64_t missing;
  };

  // As far as it goes without long lengths, compact-arrays, bit-strings, errors: most messages
  // whole. Works on copies of the members, which stay in registers.
  void run_quick(std::size_t& depth_now) {
    const std::uint8_t* const data = bytes_.data();
    const std::uint32_t end = narrow(bytes_.size());
    std::uint32_t at = narrow(at_);
    if (at >= end) return;
    std::size_t depth = depth_now;
    Node* const first = nodes_.room();
    Node* node = first + nodes_.size();
    // A node takes a byte at least, so that this bounds the room as well; and a byte behind the tag
    // is there.
    const std::uint32_t stop = static_cast<std::uint32_t>(
        std::min<std::size_t>(end - 1, at + (nodes_.capacity() - nodes_.size())));
    std::uint64_t missing = depth == 0 ? 1 : open_[depth - 1].missing;
    while (at < stop) {
      const std::uint8_t tag = data[at];
      const std::uint32_t length = data[at + 1];
      const std::uint32_t size = kSizes[tag];
      std::uint32_t offset = at + 1;
      std::uint32_t contents = size;
      if (size > kLargestFixed) {
        if (size == kOther || length >= 0x80) break;
        offset = at + 2;
        contents = length;
      }
      if (contents > end - offset) break;
      const auto next = static_cast<std::uint32_t>(node - first) + 1;
      if (size == kContainer) {
        if (length == 0 || depth == kMaxDepth) break;
        *node++ = {static_cast<Tag>(tag), at, offset, 0, length, 0};
        if (depth != 0) open_[depth - 1].missing = missing;
        open_[depth++].node = next - 1;
        missing = length;
        at = offset;
        continue;
      }
      *node++ = {static_cast<Tag>(tag), at, offset, contents, 0, next};
      at = offset + contents;
      if (--missing != 0) continue;
      while (depth != 0) {
        Node& full = first[open_[--depth].node];
        full.next = next;
        full.size = at - full.offset;
        missing = depth == 0 ? 0 : open_[depth - 1].missing - 1;
        if (missing != 0) break;
      }
      if (depth == 0) break;
    }
    if (depth != 0) open_[depth - 1].missing = missing;
    nodes_.set_size(static_cast<std::size_t>(node - first));
    at_ = at;
    depth_now = depth;
  }

  Result<void> parse_slow(std::size_t& depth) {
    const std::size_t start = at_;
    if (options_.may_go_on && may_become_odd(start, depth)) {
      return fail(Fault::truncated_data, start, 1, 0);
    }
    if (const std::size_t length = odd(bytes_[start], start, depth)) {
      const bool name = length == kNameLength;
      push_leaf(name ? Tag::octet_string : Tag::descriptor, start, start + (name ? 2 : 0), length);
      at_ += length + (name ? 2 : 0);
      return {};
    }
    const Type* type = find_type(bytes_[start]);
    if (type == nullptr || type->tag == Tag::descriptor) {
      return fail(Fault::unknown_type, start, 0, bytes_[start]);
    }
    ++at_;
    if (type->shape != Shape::container) return parse_leaf(*type, start, static_cast<int>(depth));
    const auto count = read_length();
    if (!count) return tl::unexpected(count.error());
    // Each element has a byte at least.
    if (*count > bytes_.size() - at_) {
      return fail(Fault::count_too_large, start, bytes_.size() - at_, *count);
    }
    if (depth == kMaxDepth) return fail(Fault::too_deep, start, kMaxDepth);
    const bool empty = *count == 0;
    nodes_.push_back({type->tag, narrow(start), narrow(at_), 0, narrow(*count),
                      empty ? narrow(nodes_.size() + 1) : 0});
    if (!empty) open_[depth++] = {narrow(nodes_.size() - 1), *count};
    return {};
  }

  // What stands here against the standard, if that is allowed: the length of a logical name behind
  // `06 09`, of an untagged descriptor, or 0.
  std::size_t odd(std::uint8_t tag, std::size_t at, std::size_t depth) const {
    if (options_.swapped_names && tag == 0x06 && swapped_name_at(at)) return kNameLength;
    if (options_.untagged_descriptors && depth != 0 && descriptor_at(at, open_[depth - 1])) {
      return kDescriptorLength;
    }
    return 0;
  }

  void close_full(std::size_t& depth, std::size_t at) {
    while (depth != 0 && open_[depth - 1].missing == 0) {
      Node& node = nodes_[open_[depth - 1].node];
      node.next = narrow(nodes_.size());
      node.size = narrow(at - node.offset);
      --depth;
      if (depth != 0) --open_[depth - 1].missing;
    }
  }

  void push_leaf(Tag tag, std::size_t start, std::size_t offset, std::size_t size,
                 std::uint64_t count = 0) {
    nodes_.push_back({tag, narrow(start), narrow(offset), narrow(size),
                      static_cast<std::uint32_t>(count), narrow(nodes_.size() + 1)});
  }

  Result<std::uint64_t> read_length() {
    if (at_ < bytes_.size() && bytes_[at_] < 0x80) return bytes_[at_++];
    // More than four length bytes, or none announced: no longer data will mend that.
    if (at_ < bytes_.size() && (bytes_[at_] == 0x80 || bytes_[at_] > 0x84)) {
      return fail(Fault::bad_length, at_, 0, bytes_[at_]);
    }
    Reader reader(bytes_.subspan(at_));
    const std::uint64_t value = reader.length();
    if (reader.failed()) return fail(Fault::truncated_data, at_, 1, bytes_.size() - at_);
    at_ += reader.offset();
    return value;
  }

  Result<void> parse_leaf(const Type& type, std::size_t start, int depth) {
    std::uint64_t size = type.size, count = 0;
    switch (type.shape) {
      case Shape::nothing:
      case Shape::fixed: break;
      case Shape::sized: {
        const auto length = read_length();
        if (!length) return tl::unexpected(length.error());
        size = *length;
        break;
      }
      case Shape::bits: {
        const auto bits = read_length();
        if (!bits) return tl::unexpected(bits.error());
        count = *bits;
        size = (count + 7) / 8;
        break;
      }
      case Shape::compact: return parse_compact(start, depth);
      case Shape::container: break;  // not here
    }
    if (size > bytes_.size() - at_) {
      return fail(Fault::truncated_data, start, size, bytes_.size() - at_);
    }
    push_leaf(type.tag, start, at_, size, count);
    at_ += size;
    return {};
  }

  // 13 description contents: the type once, then the values of all elements without tags.
  //   13 02 02 12 16 06 00e5 0102 …   elements {long-unsigned, enum}
  Result<void> parse_compact(std::size_t start, int depth) {
    const std::size_t description = at_;
    if (auto end = skip_description(at_, depth + 1); !end)
      return tl::unexpected(end.error());
    else
      at_ = *end;
    if (at_ - description > kLongestDescription) {
      return fail(Fault::count_too_large, description, kLongestDescription, at_ - description);
    }
    const auto length = read_length();
    if (!length) return tl::unexpected(length.error());
    if (*length > bytes_.size() - at_) {
      return fail(Fault::truncated_data, at_, *length, bytes_.size() - at_);
    }
    const std::size_t end = at_ + *length;
    const std::size_t node = nodes_.size();
    nodes_.push_back({Tag::compact_array, narrow(start), narrow(at_), narrow(*length), 0, 0});
    std::uint32_t count = 0;
    while (at_ < end) {
      const std::size_t before = at_;
      std::size_t unused = 0;
      if (auto one = parse_described(description, end, depth + 1, unused); !one) return one;
      if (at_ == before) return fail(Fault::bad_length, before, 1, 0);
      ++count;
    }
    nodes_[node].count = count;
    nodes_[node].next = narrow(nodes_.size());
    return {};
  }

  // TypeDescription: a tag; behind array a count (u16) and one description, behind structure a
  // count and that many. Gives the offset behind it.
  Result<std::size_t> skip_description(std::size_t at, int depth) {
    if (depth > kMaxDepth) return fail(Fault::too_deep, at, kMaxDepth);
    if (at >= bytes_.size()) return fail(Fault::truncated_data, at, 1, 0);
    const Type* type = find_type(bytes_[at]);
    if (type == nullptr || type->shape == Shape::compact || type->tag == Tag::descriptor) {
      return fail(Fault::unknown_type, at, 0, bytes_[at]);
    }
    ++at;
    if (type->tag == Tag::array) {
      if (bytes_.size() - at < 2) return fail(Fault::truncated_data, at, 2, bytes_.size() - at);
      return skip_description(at + 2, depth + 1);
    }
    if (type->tag != Tag::structure) return at;
    Reader reader(bytes_.subspan(at));
    const std::uint64_t count = reader.length();
    if (reader.failed() || count > reader.left()) {
      return fail(Fault::count_too_large, at, reader.left(), count);
    }
    at += reader.offset();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto end = skip_description(at, depth + 1);
      if (!end) return end;
      at = *end;
    }
    return at;
  }

  // One element as described at `description`; `behind` gets the offset behind the description.
  Result<void> parse_described(std::size_t description, std::size_t end, int depth,
                               std::size_t& behind) {
    // Of the bytes up to its end, not of what stands behind: an APDU is the same in any stream.
    const std::size_t most = kMostNodes + kNodesPerByte * end;
    if (nodes_.size() >= most) return fail(Fault::count_too_large, at_, most, nodes_.size());
    const Type& type = *find_type(bytes_[description]);
    const std::size_t node = nodes_.size();
    if (type.shape != Shape::container) {
      behind = description + 1;
      const std::size_t start = at_;
      if (auto leaf = parse_leaf(type, start, depth); !leaf) return leaf;
      return at_ <= end ? Result<void>() : fail(Fault::truncated_data, start, at_ - end, 0);
    }
    std::size_t inner = description + 1;
    std::uint64_t count = 0;
    if (type.tag == Tag::array) {
      count = static_cast<std::uint64_t>(bytes_[inner] << 8 | bytes_[inner + 1]);
      inner += 2;
    } else {
      Reader reader(bytes_.subspan(inner));
      count = reader.length();
      inner += reader.offset();
    }
    nodes_.push_back({type.tag, narrow(at_), narrow(at_), 0, static_cast<std::uint32_t>(count), 0});
    const std::size_t start = at_;
    behind = inner;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t element = type.tag == Tag::array ? inner : behind;
      if (auto one = parse_described(element, end, depth + 1, behind); !one) return one;
    }
    if (count == 0 && type.tag == Tag::array) behind = *skip_description(inner, depth + 1);
    nodes_[node].size = narrow(at_ - start);
    nodes_[node].next = narrow(nodes_.size());
    return {};
  }

  // The beginning of one of the two below, where the bytes end inside it.
  bool may_become_odd(std::size_t at, std::size_t depth) const {
    const std::size_t left = bytes_.size() - at;
    if (options_.swapped_names && bytes_[at] == 0x06 && left < 2 + kNameLength) {
      return left < 2 || bytes_[at + 1] == 0x09;
    }
    if (!options_.untagged_descriptors || depth == 0 || left > kDescriptorLength) return false;
    const Open& container = open_[depth - 1];
    const Node& node = nodes_[container.node];
    return node.tag == Tag::structure && node.count == 2 && container.missing == 2 &&
           bytes_[at] == 0 && (left <= 7 || bytes_[at + 7] == 0xff);
  }

  // 06 09 A B C D E FF: as a number it would be 0x09ABCDE…, with the rest out of step.
  bool swapped_name_at(std::size_t at) const {
    return bytes_.size() - at >= 2 + kNameLength && bytes_[at + 1] == 0x09 &&
           bytes_[at + 1 + kNameLength] == 0xff;
  }

  // First of a pair, class below 256, a logical name that ends in FF, a small attribute number.
  bool descriptor_at(std::size_t at, const Open& container) const {
    const Node& node = nodes_[container.node];
    return node.tag == Tag::structure && node.count == 2 && container.missing == 2 &&
           bytes_.size() - at > kDescriptorLength && bytes_[at] == 0 && bytes_[at + 7] == 0xff &&
           bytes_[at + 8] < 0x20;
  }

  Bytes bytes_;
  std::size_t at_;
  Nodes& nodes_;
  ParseOptions options_;
  std::array<Open, kMaxDepth> open_{};
};

}  // namespace

std::optional<bool> begins_untagged_list(Bytes bytes, std::size_t start) {
  // Anything: which enum, how many pairs, the class, the name but for its last byte.
  constexpr int kAny = -1;
  constexpr std::array<int, 16> kHead{0x02, 0x02, 0x16, kAny, 0x01, kAny, 0x02, 0x02,
                                      0x00, kAny, kAny, kAny, kAny, kAny, kAny, 0xff};
  const Bytes head = bytes.subspan(start, std::min(kHead.size(), bytes.size() - start));
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (kHead[i] != kAny && head[i] != kHead[i]) return false;
  }
  if (head.size() < kHead.size()) return std::nullopt;
  return true;
}

// The same walk as Parser::run without nodes: only whether everything stands as the standard says.
bool ends_exactly(Bytes bytes, std::size_t start) {
  if (begins_untagged_list(bytes, start).value_or(true)) return false;
  std::array<std::uint64_t, kMaxDepth> missing;
  std::size_t depth = 0;
  const std::uint8_t* at = bytes.data() + start;
  const std::uint8_t* const end = bytes.data() + bytes.size();
  for (;;) {
    if (at >= end) return false;
    const std::uint8_t size = kSizes[*at++];
    const auto left = static_cast<std::size_t>(end - at);
    if (size <= kLargestFixed) {
      if (size > left) return false;
      at += size;
    } else {
      // Long counts, bit-strings and compact-arrays are rare: the full walk takes those.
      if (size == kOther || left == 0 || *at >= 0x80 || *at >= left) return false;
      const std::uint8_t count = *at++;
      if (size == kString) {
        at += count;
      } else if (count != 0) {
        if (depth == kMaxDepth) return false;
        missing[depth++] = count;
        continue;
      }
    }
    while (depth != 0 && --missing[depth - 1] == 0) --depth;
    if (depth == 0) return at == end;
  }
}

Result<std::size_t> parse(Bytes bytes, std::size_t start, Nodes& nodes, ParseOptions options) {
  nodes.clear();
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Fault::bad_length, start, std::numeric_limits<std::uint32_t>::max(), bytes.size());
  }
  auto end = Parser(bytes, start, nodes, options).run();
  if (end && options.untagged_descriptors && begins_untagged_list(bytes, start).value_or(false)) {
    // Each element of the array is such a pair, or bytes in the middle are missing.
    for (std::uint32_t i = kFirstPair; i < nodes.size(); i = nodes[i].next) {
      if (nodes[i].tag == Tag::structure && nodes[i].count == 2 &&
          nodes[i + 1].tag == Tag::descriptor) {
        continue;
      }
      return fail(Fault::unknown_choice, nodes[i].start, 0, bytes[nodes[i].start]);
    }
  }
  return end;
}

namespace {

// A number 09…… that begins a structure, where a swapped name would be: with D = 6 or 9 the rest
// may be in step by accident.
bool may_be_swapped(const Nodes& nodes, Bytes bytes) {
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (node.tag == Tag::double_long_unsigned && bytes[node.offset] == 0x09 &&
        nodes[i - 1].tag == Tag::structure && nodes[i - 1].offset == node.start &&
        bytes.size() - node.start > kNameLength + 1 &&
        bytes[node.start + kNameLength + 1] == 0xff) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<Parsed> parse_all(Bytes bytes, std::size_t start, Nodes& nodes) {
  constexpr std::array<ParseOptions, 4> kTries{
      ParseOptions{}, ParseOptions{.swapped_names = true},
      ParseOptions{.untagged_descriptors = true},
      ParseOptions{.swapped_names = true, .untagged_descriptors = true}};
  const bool is_untagged = begins_untagged_list(bytes, start).value_or(true);
  std::optional<Error> first;
  for (const ParseOptions& options : kTries) {
    if (is_untagged && !options.untagged_descriptors) continue;
    ParseOptions asked = options;
    asked.may_go_on = is_untagged;  // a descriptor that is cut is nothing else, either
    const auto end = parse(bytes, start, nodes, asked);
    if (end && *end == bytes.size()) {
      if (!options.swapped_names && may_be_swapped(nodes, bytes)) {
        ParseOptions swapped = options;
        swapped.swapped_names = true;
        Nodes other;
        const auto also = parse(bytes, start, other, swapped);
        if (also && *also == bytes.size()) {
          nodes = std::move(other);
          return Parsed{swapped};
        }
      }
      return Parsed{options};
    }
    if (!first) {
      first = end ? Error{Fault::trailing_bytes, *end, 0, bytes.size() - *end} : end.error();
    }
  }
  nodes.clear();
  return tl::unexpected(*first);
}

namespace {
constexpr std::array<bool, 256> kSigned = [] {
  std::array<bool, 256> table{};
  for (const Type& type : kTypes) {
    table[static_cast<std::size_t>(type.tag)] = type.number == Number::signed_integer;
  }
  return table;
}();
}  // namespace

Decimal integer_of(const Node& node, Bytes bytes) {
  return integer_at(bytes.data() + node.offset, node.size,
                    kSigned[static_cast<std::size_t>(node.tag)]);
}

}  // namespace meterpipe::axdr
