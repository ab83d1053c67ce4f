#include "apdu/walk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apdu/notification.hpp"
#include "apdu/security.hpp"
#include "apdu/tags.hpp"

namespace meterpipe::apdu {
namespace {

using axdr::Node;
using axdr::Tag;

constexpr std::size_t kClock = 12;
constexpr std::uint8_t kLongestLength = 0x84;  // a length of more than four bytes is none
// What opens or refuses an association, plain or ciphered.
constexpr std::uint8_t kInner[] = {1, 8, 14, 33, 40, 46, 65, 72, 78, 219, 220};

// As the standard says, and as single meters send it.
constexpr axdr::ParseOptions kTries[] = {{},
                                         {.swapped_names = true},
                                         {.untagged_descriptors = true},
                                         {.swapped_names = true, .untagged_descriptors = true}};

enum class Mode : std::uint8_t {
  whole,    // the bytes are the APDU, to their end
  far,      // the same, drawn while it is read
  measure,  // it ends where it ends; unnamed values are refused
};

// Without a visitor it only checks. Functions give false and leave the reason in error().
class Walk {
 public:
  Walk(Bytes bytes, Mode mode, Visitor* visitor)
      : bytes_(bytes), end_(bytes.size()), mode_(mode), visitor_(visitor) {}

  bool apdu() {
    if (bytes_.empty()) return too_short(1);
    const Row* root = schema_of(bytes_[0]);
    if (root == nullptr) return no(Fault::not_dlms, 0, 0, bytes_[0]);
    at_ = 1;
    passed(0);
    if (!row(*root)) return over_ ? no(*over_) : false;
    if (over_) return no(*over_);
    if (mode_ != Mode::measure && at_ != end_) return no(Fault::trailing_bytes, at_, 0, end_ - at_);
    return true;
  }

  const Error& error() const { return error_; }
  std::size_t offset() const { return at_; }
  std::string_view field() const { return field_; }

 private:
  bool row(const Row& row) {
    if (known(row)) return true;
    if (field_.empty()) field_ = row.name;
    return false;
  }
  bool known(const Row& row) {
    switch (row.kind) {
      case RowKind::number: return fixed(row, Leaf::Kind::number);
      case RowKind::integer: return fixed(row, Leaf::Kind::integer);
      case RowKind::invoke: return fixed(row, Leaf::Kind::invoke);
      case RowKind::fixed: return fixed(row, Leaf::Kind::bytes);
      case RowKind::boolean: return boolean(row);
      case RowKind::enumeration: return enumeration(row, 1);
      case RowKind::octets:
      case RowKind::title: return octets(row, Leaf::Kind::bytes);
      case RowKind::text: return octets(row, Leaf::Kind::text);
      case RowKind::clock:
      case RowKind::push_clock: return clock(row);
      case RowKind::conformance: return conformance(row);
      case RowKind::nothing: return leaf({row.name, {}, Leaf::Kind::nothing});
      case RowKind::optional: return optional(row);
      case RowKind::sequence: return sequence(row);
      case RowKind::choice:
      case RowKind::one_of: return choice(row);
      case RowKind::list: return list(row);
      case RowKind::data:
      case RowKind::selection:
      case RowKind::body: return data(row);
      case RowKind::elements: return elements(row);
      case RowKind::string:
      case RowKind::small:
      case RowKind::oid:
      case RowKind::bit_string:
      case RowKind::inner: return contents(row);
    }
    return false;
  }

  // ---- failing

  bool no(Fault fault, std::size_t offset, std::uint64_t expected, std::uint64_t found) {
    error_ = {fault, offset, expected, found};
    return false;
  }
  bool no(const Error& error) {
    error_ = error;
    return false;
  }
  // A length or count goes beyond the end. Who draws as far as it goes reads on what there is.
  bool reads_on() {
    if (mode_ != Mode::far) return false;
    if (!over_) over_ = error_;
    return true;
  }
  // `n` more bytes are needed at the cursor. Inside an element of known length there are none.
  bool too_short(std::uint64_t n) {
    if (inside_) return no(Fault::bad_length, at_, 0, n);
    return no(Fault::truncated_apdu, 0, at_ + n, bytes_.size());
  }
  bool unknown(std::size_t offset, std::uint8_t tag) {
    return no(Fault::unknown_choice, offset, 0, tag);
  }

  // ---- drawing

  bool leaf(const Leaf& leaf) {
    if (visitor_ != nullptr) visitor_->leaf(leaf, bytes_);
    return true;
  }
  void open(std::string_view name, std::optional<std::uint32_t> count = {}) {
    if (visitor_ != nullptr && !name.empty()) visitor_->open(name, count);
  }
  void close(std::string_view name) {
    if (visitor_ != nullptr && !name.empty()) visitor_->close(name);
  }

  // What was taken since `start` is no leaf.
  void passed(std::size_t start) {
    if (visitor_ != nullptr) visitor_->passed(bytes_.subspan(start, at_ - start));
  }

  // ---- bytes

  bool take(std::uint64_t n, Bytes& out) {
    if (n > end_ - at_) return too_short(n);
    out = bytes_.subspan(at_, n);
    at_ += n;
    return true;
  }
  bool byte(std::uint8_t& out) {
    Bytes one;
    if (!take(1, one)) return false;
    out = one[0];
    passed(at_ - 1);
    return true;
  }
  // A length or count, A-XDR and BER alike: 00..7F, or 81..84 and that many bytes.
  bool length(std::uint64_t& out) {
    const std::size_t start = at_;
    std::uint8_t first = 0;
    if (!byte(first)) return false;
    if (first < 0x80) {
      out = first;
      return true;
    }
    if (first == 0x80 || first > kLongestLength) return no(Fault::bad_length, start, 0, first);
    Bytes more;
    if (!take(first & 0x7fU, more)) return false;
    out = 0;
    for (const std::uint8_t one : more) out = out << 8 | one;
    passed(start + 1);
    return true;
  }

  // ---- A-XDR

  bool fixed(const Row& row, Leaf::Kind kind) {
    Bytes bytes;
    return take(row.size, bytes) && leaf({row.name, bytes, kind});
  }

  // 00 is false; true is sent as 01 or FF.
  bool boolean(const Row& row) {
    Bytes bytes;
    if (!take(1, bytes)) return false;
    if (mode_ == Mode::measure && bytes[0] > 1 && bytes[0] != 0xff) {
      return unknown(at_ - 1, bytes[0]);
    }
    return leaf({row.name, bytes, Leaf::Kind::boolean});
  }

  bool enumeration(const Row& row, std::size_t size) {
    Bytes bytes;
    if (!take(size, bytes)) return false;
    if (row.names.empty()) return leaf({row.name, bytes, Leaf::Kind::number});
    const std::string_view name = find_name(row.names, bytes[0]);
    if (mode_ == Mode::measure && name.empty()) return unknown(at_ - 1, bytes[0]);
    return leaf({row.name, bytes, Leaf::Kind::enumeration, nullptr, false, name});
  }

  bool octets(const Row& row, Leaf::Kind kind) {
    const std::size_t start = at_;
    std::uint64_t size = 0;
    Bytes bytes;
    if (!length(size)) return false;
    if (row.kind == RowKind::title && size != 0 && size != kTitleLength) {
      return no(Fault::bad_title, start, kTitleLength, size);
    }
    if (size < row.size) return no(Fault::bad_length, start, row.size, size);
    return take(size, bytes) && leaf({row.name, bytes, kind});
  }

  bool clock(const Row& row) {
    std::size_t start = at_;
    std::uint8_t size = 0;
    Bytes bytes;
    if (!byte(size)) return false;
    if (row.kind == RowKind::push_clock && size == kOctetStringTag) {
      start = at_;
      if (!byte(size)) return false;
      if (size != kClock) return no(Fault::bad_date_time, start - 1, 0, kOctetStringTag);
    }
    if (size != 0 && size != kClock) return no(Fault::bad_date_time, start, 0, size);
    return take(size, bytes) && leaf({row.name, bytes, Leaf::Kind::clock});
  }

  // [APPLICATION 31] IMPLICIT BIT STRING, in BER also where all else is A-XDR: 5F 1F 04 00 and
  // three bytes. Over HDLC the tag may be 5F alone.
  bool conformance(const Row& row) {
    const std::size_t start = at_;
    std::uint8_t one = 0;
    if (!byte(one)) return false;
    if (one != 0x5f) return unknown(start, one);
    if (!byte(one)) return false;
    if (one == 0x1f && !byte(one)) return false;
    if (one != 4) return no(Fault::bad_length, at_ - 1, 4, one);
    if (!byte(one)) return false;
    if (one != 0) return no(Fault::bad_length, at_ - 1, 0, one);
    return fixed(row, Leaf::Kind::conformance);
  }

  bool optional(const Row& row) {
    std::uint8_t present = 0;
    if (!byte(present)) return false;
    if (present > 1) return unknown(at_ - 1, present);
    if (present == 0 && visitor_ != nullptr) visitor_->absent(row.rows[0].name);
    return present == 0 || this->row(row.rows[0]);
  }

  bool sequence(const Row& row) {
    open(row.name);
    for (const Row& inner : row.rows) {
      if (!this->row(inner)) return false;
    }
    close(row.name);
    return true;
  }

  bool choice(const Row& row) {
    std::uint8_t tag = 0;
    open(row.name);
    if (!byte(tag)) return false;
    const Row* chosen = find_row(row.rows, tag);
    if (chosen == nullptr) return unknown(at_ - 1, tag);
    if (!(row.kind == RowKind::one_of ? element(*chosen) : this->row(*chosen))) return false;
    close(row.name);
    return true;
  }

  // Each element has a byte at least, so that a count beyond what is left cannot be.
  bool list(const Row& row) {
    const std::size_t start = at_;
    std::uint64_t count = 0;
    if (!length(count)) return false;
    if (count > end_ - at_) {
      if (mode_ == Mode::measure) return too_short(count);
      no(Fault::count_too_large, start, end_ - at_, count);
      if (!reads_on()) return false;
    }
    open(row.name, static_cast<std::uint32_t>(count));
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!this->row(row.rows[0])) return false;
    }
    close(row.name);
    return true;
  }

  // ---- Data

  bool data(const Row& row) {
    const std::size_t start = at_;
    if (!parse(row.kind == RowKind::body)) return mode_ == Mode::far && data_cut(row, start);
    if (visitor_ == nullptr) return true;
    visitor_->data(row.kind, start, at_ - start);
    open(row.name);
    if (!visitor_->tree(nodes_, bytes_)) draw(nodes_, 0, false);
    close(row.name);
    return true;
  }

  // What there is of Data that cannot be read: of the ways to read them the one that gets furthest.
  bool data_cut(const Row& row, std::size_t start) {
    std::size_t best = 0, furthest = 0;
    for (std::size_t i = 0; i < std::size(kTries); ++i) {
      const auto end = axdr::parse(bytes_, start, nodes_, kTries[i]);
      const std::size_t reached = end ? *end : end.error().offset;
      if (i != 0 && reached <= furthest) continue;
      best = i;
      furthest = reached;
    }
    const auto end = axdr::parse(bytes_, start, nodes_, kTries[best]);
    open(row.name);
    visitor_->tree(nodes_, bytes_);
    at_ = furthest;
    if (!end) return of_data(end.error());
    return no(Fault::trailing_bytes, at_, 0, end_ - at_);
  }

  bool parse(bool is_body) {
    if (is_body && mode_ != Mode::measure) {
      const auto parsed = axdr::parse_all(bytes_, at_, nodes_);
      if (!parsed) return of_data(parsed.error());
      at_ = bytes_.size();
      return true;
    }
    const bool is_untagged = is_body && axdr::begins_untagged_list(bytes_, at_).value_or(true);
    std::optional<Error> first;
    for (const axdr::ParseOptions& options : kTries) {
      if (is_untagged && !options.untagged_descriptors) continue;
      axdr::ParseOptions asked = options;
      asked.may_go_on = mode_ == Mode::measure;
      const auto end = axdr::parse(bytes_, at_, nodes_, asked);
      if (end) {
        at_ = *end;
        return true;
      }
      if (!first) first = end.error();
      // The beginning of what the first try takes: the others are not asked.
      if (!is_body || is_cut(end.error())) return of_data(end.error());
    }
    return of_data(*first);
  }
  static bool is_cut(const Error& error) {
    return error.fault == Fault::truncated_data || error.fault == Fault::count_too_large;
  }
  bool of_data(const Error& error) {
    error_ = error;
    if (mode_ == Mode::measure && is_cut(error)) {
      // What is lacking, as far as the parser came: a byte at least.
      std::uint64_t least = bytes_.size() + 1;
      if (error.fault == Fault::count_too_large) {
        least = std::max(least, error.offset + error.found);
      } else if (error.expected > error.found) {
        least = bytes_.size() + (error.expected - error.found);
      }
      return no(Fault::truncated_apdu, 0, least, bytes_.size());
    }
    return false;
  }

  // Depth is bounded by the parser (axdr::kMaxDepth).
  std::uint32_t draw(const axdr::Nodes& nodes, std::uint32_t index, bool in_scaler_unit) {
    const Node& node = nodes[index];
    const axdr::Type& type = axdr::type_of(node.tag);
    if (!is_container(node)) {
      leaf({type.name, bytes_.subspan(node.offset, node.size), Leaf::Kind::data, &node,
            in_scaler_unit && node.tag == Tag::enum_});
      return node.next;
    }
    const bool scaler_unit = axdr::is_scaler_unit(nodes, index);
    open(type.name, node.count);
    for (std::uint32_t i = index + 1; i < node.next;) i = draw(nodes, i, scaler_unit);
    close(type.name);
    return node.next;
  }

  // ---- BER

  // An element's length, and `read` with its end as the end of all; it must come to that end.
  template <class Read>
  bool within(Read read) {
    std::uint64_t size = 0;
    if (!length(size)) return false;
    if (size > end_ - at_) {
      too_short(size);
      if (!reads_on()) return false;
      size = end_ - at_;
    }
    const std::size_t outer_end = std::exchange(end_, at_ + size);
    const bool outer_inside = std::exchange(inside_, true);
    if (!read()) return false;
    if (at_ != end_) return no(Fault::bad_length, at_, 0, end_ - at_);
    end_ = outer_end;
    inside_ = outer_inside;
    return true;
  }

  bool elements(const Row& row) {
    return within([&] {
      open(row.name);
      const Row* next = row.rows.begin();
      while (at_ < end_) {
        std::uint8_t tag = 0;
        if (!byte(tag)) return false;
        while (next != row.rows.end() && next->tag != tag) ++next;
        if (next == row.rows.end()) return unknown(at_ - 1, tag);
        if (!element(*next++)) return false;
      }
      close(row.name);
      return true;
    });
  }

  bool element(const Row& row) {
    return within([&] { return this->row(row); });
  }

  // What an element holds, to its end; with a tag of its own if it is EXPLICIT.
  bool contents(const Row& row) {
    if (row.size == 0) return content(row);
    std::uint8_t tag = 0;
    if (!byte(tag)) return false;
    if (tag != row.size) return unknown(at_ - 1, tag);
    return within([&] { return content(row); });
  }

  bool content(const Row& row) {
    const Bytes bytes = bytes_.subspan(at_, end_ - at_);
    switch (row.kind) {
      case RowKind::small:
        if (bytes.empty() || bytes.size() > (row.names.empty() ? 8 : 1)) {
          return no(Fault::bad_length, at_, 1, bytes.size());
        }
        return enumeration(row, bytes.size());
      case RowKind::oid: return oid(row, bytes);
      case RowKind::bit_string:
        if (bytes.empty() || bytes[0] > 7 || (bytes.size() == 1 && bytes[0] != 0)) {
          return no(Fault::bad_length, at_, 1, bytes.size());
        }
        at_ = end_;
        return leaf({row.name, bytes, Leaf::Kind::bits});
      case RowKind::inner: return inner(row, bytes);
      default: at_ = end_; return leaf({row.name, bytes, Leaf::Kind::bytes});
    }
  }

  // 60 85 74 05 08 x y: joint-iso-itu-t(2) country(16) 756 identified-organisation(5) DLMS-UA(8)
  bool oid(const Row& row, Bytes bytes) {
    constexpr std::uint8_t kDlms[] = {0x60, 0x85, 0x74, 0x05, 0x08};
    if (bytes.empty()) return no(Fault::bad_length, at_, 1, 0);
    std::string_view name;
    if (bytes.size() == sizeof kDlms + 2 && std::equal(kDlms, kDlms + sizeof kDlms, bytes.data())) {
      name = find_name(row.names, static_cast<std::uint16_t>(bytes[5] << 8 | bytes[6]));
    }
    at_ = end_;
    return leaf({row.name, bytes, Leaf::Kind::oid, nullptr, false, name});
  }

  // An initiate-request and its like; anything else is shown as the octets it is.
  bool inner(const Row& row, Bytes bytes) {
    at_ = end_;
    const bool known = !bytes.empty() && std::ranges::find(kInner, bytes[0]) != std::end(kInner) &&
                       Walk(bytes, Mode::whole, nullptr).apdu();
    if (!known) return leaf({row.name, bytes, Leaf::Kind::bytes});
    open(row.name);
    if (visitor_ != nullptr) Walk(bytes, Mode::whole, visitor_).apdu();
    close(row.name);
    return true;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::size_t end_;
  bool inside_ = false;  // `end_` is that of an element
  Mode mode_;
  Visitor* visitor_;
  std::string_view field_;  // of the row that failed
  Error error_{};
  std::optional<Error> over_;  // the first of reads_on()
  axdr::Nodes nodes_;
};

}  // namespace

Result<void> walk(Bytes apdu, Visitor& visitor) {
  Walk check(apdu, Mode::whole, nullptr);
  if (!check.apdu()) return tl::unexpected(check.error());
  Walk(apdu, Mode::whole, &visitor).apdu();
  return {};
}

std::optional<Stop> walk_far(Bytes apdu, Visitor& visitor) {
  Walk far(apdu, Mode::far, &visitor);
  if (far.apdu()) return std::nullopt;
  return Stop{far.error(), far.field()};
}

Result<std::size_t> measure(Bytes rest) {
  Walk measuring(rest, Mode::measure, nullptr);
  if (!measuring.apdu()) return tl::unexpected(measuring.error());
  return measuring.offset();
}

}  // namespace meterpipe::apdu
