#include "dump/start.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kEnough = 16;  // bytes that tell; a frame is longer
constexpr std::size_t kMostNuls = 65536;

struct Counts {
  std::size_t text = 0, odd = 0, nuls = 0;
};

// A sequence that the end cuts counts as text.
Counts count(std::string_view head) {
  Counts counts;
  for (std::size_t at = 0; at < head.size();) {
    const auto byte = static_cast<std::uint8_t>(head[at]);
    if (byte >= 0x80) {
      std::size_t length = utf8_sequence(head, at);
      if (length == 0 && byte >= 0xc2 && byte < 0xf5 && head.size() - at < 4 &&
          std::all_of(head.begin() + static_cast<std::ptrdiff_t>(at) + 1, head.end(),
                      [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80; })) {
        length = head.size() - at;
      }
      ++(length == 0 ? counts.odd : counts.text);
      at += std::max<std::size_t>(length, 1);
      continue;
    }
    const bool is_text =
        (byte >= 0x20 && byte < 0x7f) || (byte >= 0x08 && byte <= 0x0d) || byte == 0x1b;
    ++(byte == 0 ? counts.nuls : is_text ? counts.text : counts.odd);
    ++at;
  }
  return counts;
}

// Every other byte NUL, the others printable.
bool is_utf16(std::string_view head, std::size_t nul) {
  if (head.size() < 8) return false;
  for (std::size_t i = 0; i + 1 < std::min<std::size_t>(head.size(), 32); i += 2) {
    const auto c = static_cast<std::uint8_t>(head[i + 1 - nul]);
    if (head[i + nul] != 0 || ((c < 0x20 || c >= 0x7f) && c != '\r' && c != '\n' && c != '\t'))
      return false;
  }
  return true;
}

}  // namespace

Start start_of(std::string_view head, bool at_end) {
  if (head.empty()) return Start::undecided;
  if (head.starts_with("\x1f\x8b\x08")) return Start::gzip;
  if (head.starts_with("\xff\xfe")) return Start::utf16_le;
  if (head.starts_with("\xfe\xff")) return Start::utf16_be;
  const std::size_t begin = std::min(head.find_first_not_of('\0'), head.size());
  // The same bytes tell, however they come in.
  const std::string_view looked = head.substr(begin < kEnough ? 0 : begin, kEnough);
  const std::size_t line = looked.find('\n');
  if (line != std::string_view::npos) {  // a first line that is text
    const Counts first = count(looked.substr(0, line));
    if (first.odd == 0 && first.nuls == 0) return Start::text;
  }
  if (!at_end && looked.size() < kEnough && head.size() < kMostNuls) return Start::undecided;
  if (is_utf16(looked, 1)) return Start::utf16_le;
  if (is_utf16(looked, 0)) return Start::utf16_be;
  const Counts all = count(looked);
  const bool is_raw = all.odd * 8 > all.text + all.odd || (all.text == 0 && begin < kMostNuls);
  return is_raw ? Start::raw : Start::text;
}

std::string Utf16::to_utf8(std::string_view chunk) {
  std::string out;
  carry_ += chunk;
  const auto put = [&out](std::uint32_t code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  };
  std::size_t at = 0;
  for (; at + 1 < carry_.size(); at += 2) {
    const std::uint32_t first = static_cast<std::uint8_t>(carry_[at]),
                        second = static_cast<std::uint8_t>(carry_[at + 1]);
    const std::uint32_t unit = big_endian_ ? first << 8 | second : second << 8 | first;
    if (high_ != 0) {
      const bool pairs = unit >= 0xdc00 && unit < 0xe000;
      put(pairs ? 0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd);
      high_ = 0;
      if (pairs) continue;
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
      high_ = unit;
    } else {
      put(unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit);
    }
  }
  carry_.erase(0, at);
  return out;
}

}  // namespace meterpipe::dump
