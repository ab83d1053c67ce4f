#include "views/rows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace meterpipe::views {
namespace {

constexpr std::size_t kBeside = 8, kPerRow = 16;
constexpr std::size_t kWidth = 100;
constexpr int kDeepest = 14;  // shown; what is deeper stays in this column
constexpr std::size_t kBytesColumn = 3 * kBeside - 1;

// Where the character behind text[at] begins.
std::size_t next_character(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<std::uint8_t>(text[at]) & 0xc0) == 0x80);
  return at;
}

// How much of `text` a line of `width` characters takes: to a blank, if there is one.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t at = 0, blank = 0;
  for (std::size_t n = 0; n < width && at < text.size(); ++n) {
    if (text[at] == ' ') blank = at;
    at = next_character(text, at);
  }
  if (at >= text.size() || text[at] == ' ' || blank == 0) return at;
  return blank;
}

// What does not fit goes on in lines of its own, three columns further in.
void add_text(Buffer& out, std::string_view text, std::size_t indent) {
  std::size_t further = 3;
  for (;;) {
    const std::size_t size = fitting(text, kWidth - indent);
    std::string_view line = text.substr(0, size);
    while (line.ends_with(' ')) line.remove_suffix(1);
    out.add(line);
    text.remove_prefix(size);
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return;
    indent += std::exchange(further, 0);
    out.add("\n#");
    for (std::size_t n = 1; n < indent; ++n) out.add(' ');
  }
}

}  // namespace

Rows::Rows(Buffer& out, Bytes bytes) : out_(out), bytes_(bytes) {
  for (std::size_t last = bytes.size() >> 16; last != 0; last >>= 4) ++digits_;
}

void Rows::field(std::size_t end, std::size_t content, int depth, std::string_view text) {
  end = std::clamp(end, at_, bytes_.size());
  content = std::clamp(content, at_, end);
  std::size_t beside = end - at_;
  if (beside > kBeside) beside = content - at_ <= kBeside ? content - at_ : 0;
  if (beside != 0 || !text.empty()) row(bytes_.subspan(at_, beside), depth, text);
  while (at_ < end) row(bytes_.subspan(at_, std::min(kPerRow, end - at_)), 0, {});
}

// Takes the bytes, which are the next ones or none.
void Rows::row(Bytes bytes, int depth, std::string_view text) {
  const std::size_t start = out_.size();
  while (text.ends_with(' ')) text.remove_suffix(1);
  out_.add(bytes.empty() ? "#" : fmt::format("{:0{}x}", at_, digits_));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out_.add(i == 0 ? "  " : " ");
    write_hex(out_.room(2), bytes.subspan(i, 1));
    out_.advance(2);
  }
  at_ += bytes.size();
  if (!text.empty()) {
    const std::size_t indent = static_cast<std::size_t>(digits_) + 2 + kBytesColumn + 2 +
                               2 * static_cast<std::size_t>(std::min(depth, kDeepest));
    for (std::size_t n = out_.size() - start; n < indent; ++n) out_.add(' ');
    add_text(out_, text, indent);
  }
  out_.add('\n');
}

void Rows::add_line(Buffer& out, std::string_view text) {
  out.add("# ");
  add_text(out, text, 2);
  out.add('\n');
}

std::string quoted(Bytes bytes) { return '"' + printable_utf8(as_text(bytes), "\"\\") + '"'; }

std::string bytes_text(std::size_t size) {
  return size == 0 ? "empty" : size == 1 ? "1 byte" : fmt::format("{} bytes", size);
}

}  // namespace meterpipe::views
