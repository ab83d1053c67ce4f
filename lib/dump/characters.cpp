#include "dump/characters.hpp"

#include <algorithm>
#include <vector>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "dump/lexer.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kLongestLine = 4096;  // of a line with characters

// What stands for a byte: itself if it is ASCII, 0 for another character.
std::vector<char> shown_of(std::string_view text) {
  std::vector<char> shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<std::uint8_t>(text[at]);
    shown.push_back(byte < 0x80 ? text[at] : '\0');
    at += byte < 0x80 ? 1 : std::max<std::size_t>(utf8_sequence(text, at), 1);
  }
  return shown;
}

bool shows(char shown, std::uint8_t byte) {
  if (byte >= 0x20 && byte < 0x7f) return shown == static_cast<char>(byte);
  return shown == '\0' || std::string_view(".?_ ").find(shown) != std::string_view::npos;
}

// Whether the characters tell the last bytes of those before them. At a line's end blanks may have
// been cut off.
bool tells(const std::vector<char>& shown, const ByteVector& bytes) {
  if (shown.empty() || bytes.empty()) return false;
  for (std::size_t cut = 0; shown.size() + cut <= bytes.size(); ++cut) {
    if (cut > 0 && bytes[bytes.size() - cut] != 0x20) return false;
    const std::size_t first = bytes.size() - cut - shown.size();
    bool fits = true;
    for (std::size_t i = 0; fits && i < shown.size(); ++i) fits = shows(shown[i], bytes[first + i]);
    if (fits) return true;
  }
  return false;
}

// A column is as long as the bytes, or as their line is long: a short one proves nothing alone.
bool is_long_enough(const std::vector<char>& shown, const ByteVector& bytes) {
  return shown.size() * 2 >= bytes.size() || shown.size() >= 8;
}

struct Groups {
  ByteVector bytes, swapped;
};
Groups bytes_before(std::string_view line) {
  constexpr std::size_t kLongestGroup = 4;  // bytes that a machine turns round
  Groups groups;
  std::size_t first_size = 0;  // of the first group, while it stands alone
  for (std::size_t at = 0; at < line.size();) {
    if (hex_digit(line[at]) < 0) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && hex_digit(line[end]) >= 0) ++end;
    const bool alone = (at == 0 || sign_at(line, at - 1).length != 0) &&
                       (end == line.size() || sign_at(line, end).length != 0);
    ByteVector group;
    if (!alone || !append_hex(group, line.substr(at, end - at))) {
      groups = {};  // nothing before it is part of the row
      first_size = 0;
    } else {
      // An offset: wider than what follows.
      if (first_size > 1 && first_size != group.size()) groups = {};
      first_size = groups.bytes.empty() && first_size == 0 ? group.size() : 0;
      append(groups.bytes, group);
      if (group.size() <= kLongestGroup) std::reverse(group.begin(), group.end());
      append(groups.swapped, group);
    }
    at = end;
  }
  return groups;
}

// Whether characters that end with this one may tell the bytes before them: by the last byte alone,
// also of a group that is turned round. A log of long rows has hundreds of places to look at.
bool may_tell(std::string_view before, char last) {
  std::size_t end = before.size();
  while (end > 0 && hex_digit(before[end - 1]) < 0) --end;
  std::size_t start = end;
  while (start > 0 && hex_digit(before[start - 1]) >= 0) --start;
  if (end == start || (end - start) % 2 != 0) return false;
  const auto byte_at = [&](std::size_t at) {
    return static_cast<std::uint8_t>(hex_digit(before[at]) << 4 | hex_digit(before[at + 1]));
  };
  const char shown = static_cast<unsigned char>(last) < 0x80 ? last : '\0';
  const auto may_be = [&](std::uint8_t byte) { return byte == 0x20 || shows(shown, byte); };
  return may_be(byte_at(end - 2)) || may_be(byte_at(start));
}

std::string_view without_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Characters find_characters(std::string_view line) {
  Characters found;
  if (line.size() > kLongestLine) return found;
  constexpr std::string_view kOpening = "|>'\"[<:*;";
  constexpr std::string_view kClosing = "|<'\"]>:*;";
  constexpr std::size_t kLongColumn = 8;   // behind a single blank
  constexpr std::size_t kShortColumn = 4;  // behind a mark that may be a separator
  for (std::size_t at = 4; at < line.size(); ++at) {
    const bool wide = is_blank(line[at - 1]) && (is_blank(line[at - 2]) || line[at - 1] == '\t');
    const std::size_t mark = kOpening.find(line[at]);
    const bool opened = mark != std::string_view::npos && !is_blank(line[at]);
    const bool narrow = !wide && !opened && is_blank(line[at - 1]);
    if (!wide && !opened && !narrow) continue;
    if (wide && is_blank(line[at])) {  // the row's own blanks may be the first characters
      std::size_t next = at;
      while (next < line.size() && is_blank(line[next])) ++next;
      if (next == line.size()) break;
    }
    const std::string_view before = line.substr(0, at);
    const std::string_view whole = line.substr(at);
    std::string_view inner = whole;
    if (opened) {
      inner.remove_prefix(1);
      const std::string_view cut = without_end(inner);
      if (!cut.empty() && cut.back() == kClosing[mark]) inner = cut.substr(0, cut.size() - 1);
    }
    Groups groups;
    bool read = false;
    const std::string_view set_off = inner.starts_with(' ') ? inner.substr(1) : inner;
    for (const std::string_view text : {whole, without_end(whole), inner, set_off}) {
      if (text.empty() || !may_tell(before, text.back())) continue;
      const std::vector<char> shown = shown_of(text);
      if (shown.empty() || (narrow && shown.size() < kLongColumn)) continue;
      if (!wide && line[at] != '|' && shown.size() < kShortColumn) continue;
      if (!read) groups = bytes_before(before);
      read = true;
      if (groups.bytes.empty()) break;
      if (tells(shown, groups.bytes) && is_long_enough(shown, groups.bytes)) return {at, false};
      if (groups.swapped != groups.bytes && shown.size() >= 4 && tells(shown, groups.swapped) &&
          is_long_enough(shown, groups.swapped) && !found.swapped) {
        found = {at, true};
      }
    }
  }
  return found;
}

}  // namespace meterpipe::dump
