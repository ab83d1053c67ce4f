#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "apdu/ciphering_header.hpp"
#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "base/reader.hpp"
#include "cosem/clock.hpp"
#include "record/fault_text.hpp"
#include "views/asn_text.hpp"
#include "views/fields.hpp"
#include "views/message_rows.hpp"

namespace meterpipe::views {
namespace {

using apdu::Leaf;

constexpr std::size_t kSecurityHeader = 5;  // security control and invocation counter
constexpr std::string_view kCipheredContent = "ciphered-content";
// Sequences and choices that have no byte of their own and say nothing.
constexpr std::string_view kSilent[] = {"notification-body", "data-value", "data"};

class ApduRows final : public apdu::Visitor {
 public:
  ApduRows(Rows& rows, const Meanings& meanings, std::string_view tag_note)
      : rows_(rows), meanings_(meanings), tag_note_(tag_note) {}

  std::optional<Error> draw() {
    const Bytes bytes = rows_.bytes();
    if (!bytes.empty() && bytes[0] == 0 && apdu::is_ciphered(bytes)) {
      untagged(bytes);
      return too_short_;
    }
    axdr::Nodes nodes;
    if (apdu::is_headless_body(bytes) && axdr::parse_all(bytes, 0, nodes)) {
      data_rows(rows_, nodes, bytes, 0, depth(), meanings_);
      return std::nullopt;
    }
    const auto stop = apdu::walk_far(bytes, *this);
    if (!stop) return too_short_;
    unread(*stop);
    return stop->error;
  }

 private:
  void passed(Bytes bytes) override { seen_ = end_of(bytes); }

  void absent(std::string_view name) override {
    rows_.field(seen_, depth(), fmt::format("{}: not sent", name.empty() ? "optional part" : name));
  }

  void open(std::string_view name, std::optional<std::uint32_t> count) override {
    const bool has_bytes = seen_ > rows_.at();
    const bool silent = !has_bytes && std::ranges::find(kSilent, name) != std::end(kSilent);
    shown_.push_back(!silent);
    if (silent) return;
    const int at = depth() - 1;
    const std::string text = count ? fmt::format("{} of {}", name, *count) : std::string(name);
    has_bytes ? rows_.field(seen_, at, text) : rows_.remark(at, text);
  }
  void close(std::string_view) override { shown_.pop_back(); }

  bool tree(const axdr::Nodes& nodes, Bytes apdu) override {
    const auto base = static_cast<std::size_t>(apdu.data() - rows_.bytes().data());
    // The choice that led here.
    if (seen_ > rows_.at()) rows_.field(seen_, depth(), "data");
    data_rows(rows_, nodes, apdu, base, depth(), meanings_);
    return true;
  }

  void leaf(const Leaf& leaf, Bytes) override {
    if (leaf.kind == Leaf::Kind::nothing || leaf.bytes.data() == nullptr) {
      return rows_.field(seen_, depth(), leaf.name);
    }
    if (is_content(leaf.name)) {
      const std::size_t end = end_of(leaf.bytes);
      rows_.field(seen_, depth(), fmt::format("{}: {}", leaf.name, bytes_text(leaf.bytes.size())));
      return content(end, false);
    }
    const std::size_t end = end_of(leaf.bytes), start = end - leaf.bytes.size();
    if (leaf.kind == Leaf::Kind::clock && leaf.bytes.size() == cosem::kClockLength) {
      const bool stray = start - rows_.at() == 2;
      rows_.field(start, depth(),
                  fmt::format("{}: {}{}", leaf.name, clock_text(leaf.bytes),
                              stray ? " (the tag 09 does not belong here)" : ""));
      return cosem::is_clock(leaf.bytes) ? clock_rows(rows_, depth() + 1)
                                         : rows_.field(end, depth() + 1, "12 bytes");
    }
    if (leaf.name.ends_with("system-title") && !leaf.bytes.empty()) {
      rows_.field(start, depth(), fmt::format("{}: {}", leaf.name, bytes_text(leaf.bytes.size())));
      return rows_.field(end, depth() + 1, title_text(leaf.bytes));
    }
    const std::string text = meaning(leaf);
    rows_.field(end, start, depth(),
                text.empty() ? std::string(leaf.name) : fmt::format("{}: {}", leaf.name, text));
  }

  std::string meaning(const Leaf& leaf) const {
    switch (leaf.kind) {
      case Leaf::Kind::invoke: return invoke_text(leaf.bytes);
      case Leaf::Kind::clock: return "not sent";
      case Leaf::Kind::text: return quoted(leaf.bytes);
      case Leaf::Kind::bytes:
        if (leaf.name == "instance-id") return meanings_.name(leaf.bytes, true);
        if (leaf.name == "block-control") return block_control_text(leaf.bytes[0]);
        return bytes_text(leaf.bytes.size());
      default:
        if (leaf.name == "class-id") return class_text(Reader(leaf.bytes).u16());
        return views::comment_of(leaf, {}, '.');
    }
  }

  // ---- ciphering

  // Services that are ciphered one by one are nothing but their content.
  static bool is_content(std::string_view name) {
    return name == kCipheredContent || name.starts_with("glo-") || name.starts_with("ded-");
  }

  // The next bytes, up to `end`: SC IC text [tag].
  void content(std::size_t end, bool is_cut) {
    const Bytes bytes = rows_.bytes().subspan(rows_.at(), end - rows_.at());
    const int inner = depth() + 1;
    if (bytes.size() < kSecurityHeader) return;
    const std::uint8_t control = bytes[0];
    rows_.field(rows_.at() + 1, inner, "security control: " + control_text(control));
    rows_.field(rows_.at() + 4, inner,
                fmt::format("invocation counter {}", Reader(bytes.subspan(1)).u32()));
    std::size_t mac = (control & apdu::kAuthenticated) != 0 && !is_cut ? apdu::kTagLength : 0;
    if (mac > end - rows_.at()) {
      rows_.line("?? too short for its authentication tag of 12 bytes");
      too_short_ = Error{Fault::bad_length, rows_.at(), mac, end - rows_.at()};
      mac = 0;
    }
    const std::string_view what = (control & apdu::kEncrypted) != 0 ? "ciphertext" : "plaintext";
    const std::size_t size = end - rows_.at() - mac;
    rows_.field(end - mac, rows_.at(), inner,
                fmt::format("{}, {}{}", what, bytes_text(size), is_cut ? ", cut" : ""));
    if (mac == 0) return;
    rows_.field(end, rows_.at(), inner,
                fmt::format("authentication tag, {} bytes: {}", mac, tag_note_));
  }

  // 00 length SC IC …: no DB, no title.
  void untagged(Bytes bytes) {
    rows_.remark(0, "general-glo-ciphering, its first byte DB was not sent");
    shown_.push_back(true);
    rows_.field(1, depth(), "system-title: empty");
    Reader reader(bytes.subspan(1));
    const std::uint64_t size = reader.length();
    rows_.field(1 + reader.offset(), depth(),
                fmt::format("{}: {}", kCipheredContent, bytes_text(size)));
    content(bytes.size(), false);
  }

  // ---- what cannot be read

  void unread(const apdu::Stop& stop) {
    const std::size_t end = rows_.bytes().size();
    if (is_content(stop.field) && stop.error.fault == Fault::truncated_apdu &&
        end >= std::max(seen_, rows_.at()) + kSecurityHeader) {
      rows_.field(seen_, depth(), std::string(stop.field));
      content(end, true);
    }
    std::string text =
        fmt::format("?? {}: {}", record::code_of(stop.error.fault), record::describe(stop.error));
    if (!stop.field.empty()) text += fmt::format("; reading {}", stop.field);
    rows_.line(text);
    if (rows_.at() == end) return;
    rows_.line(fmt::format("?? not read: {}", bytes_text(end - rows_.at())));
    rows_.field(end, rows_.at(), 0, {});
  }

  std::size_t end_of(Bytes bytes) const {
    return static_cast<std::size_t>(bytes.data() + bytes.size() - rows_.bytes().data());
  }
  int depth() const { return static_cast<int>(std::ranges::count(shown_, true)); }

  Rows& rows_;
  const Meanings& meanings_;
  std::string_view tag_note_;
  std::size_t seen_ = 0;            // behind what passed between leaves
  std::optional<Error> too_short_;  // a ciphered content
  std::vector<bool> shown_;         // of the open sequences and choices
};

}  // namespace

std::optional<Error> apdu_rows(Rows& rows, const Meanings& meanings, std::string_view tag_note) {
  return ApduRows(rows, meanings, tag_note).draw();
}

}  // namespace meterpipe::views
