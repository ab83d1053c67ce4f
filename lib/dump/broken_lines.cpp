#include "dump/broken_lines.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kOfPlain = 8;  // digits in a row: bytes with nothing between them

bool is_hex_digit(char c) { return hex_digit(c) >= 0; }

std::size_t digits_at_end(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_hex_digit(text[text.size() - 1 - count])) ++count;
  return count;
}

std::string upper_start(std::string_view digits) {
  constexpr std::size_t kEnough = 8;
  std::string start(digits.substr(0, kEnough));
  for (char& c : start) c = upper(c);
  return start;
}

// 68 L L 68, 7E A…, DB 08, E6 E7: so a message begins, and hardly ever the middle of one.
bool begins_surely(std::string_view digits) {
  const std::string start = upper_start(digits);
  return start.starts_with("7EA") || start.starts_with("DB08") || start.starts_with("E6E") ||
         (start.size() >= 8 && start.starts_with("68") && start.substr(6, 2) == "68" &&
          start.substr(2, 2) == start.substr(4, 2));
}
// Or a push in the clear, a wrapper, SML, a telegram.
bool may_begin(std::string_view digits) {
  const std::string start = upper_start(digits);
  return begins_surely(digits) || start.starts_with("0F") || start.starts_with("0001") ||
         start.starts_with("1B1B1B1B") || start.starts_with("2F");
}

// …:68:FA: and FA:68:…, which no dump has.
bool ends_between(std::string_view line, std::string_view next) {
  constexpr std::size_t kByte = 3;
  if (line.size() <= kByte || next.size() < kByte) return false;
  const char mark = line.back();
  return std::string_view(":.-,").find(mark) != std::string_view::npos &&
         line[line.size() - 1 - kByte] == mark &&
         digits_at_end(line.substr(0, line.size() - 1)) == 2 && next[2] == mark;
}

// A line with nothing but bytes: as digits in one piece, or two by two with something between them.
struct Bare {
  bool is_plain = false;
  std::size_t first = 0;  // digits at its beginning
};

std::optional<Bare> bare(std::string_view line) {
  Bare out;
  std::size_t runs = 0;
  bool is_long = false;
  for (std::size_t at = 0; at < line.size();) {
    if (!is_hex_digit(line[at])) {
      if (std::string_view(" :.-,").find(line[at]) == std::string_view::npos) return std::nullopt;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && is_hex_digit(line[end])) ++end;
    const bool is_edge = at == 0 || end == line.size();
    if (end - at != 2 && !is_edge) return std::nullopt;
    if (at == 0) out.first = end - at;
    is_long = is_long || end - at > 2;
    ++runs;
    at = end;
  }
  out.is_plain = runs == 1 && out.first == line.size();
  if (runs == 0 || (!out.is_plain && is_long)) return std::nullopt;
  return out;
}

}  // namespace

std::vector<bool> find_broken_lines(std::span<const std::string> lines) {
  std::size_t width = 0;
  for (const std::string& line : lines) width = std::max(width, line.size());
  if (width < kNarrowest) return {};
  std::vector<bool> goes_on(lines.size());
  std::size_t cut = 0, against = 0;
  std::size_t digits = 0;  // of bytes in one piece, so far
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const std::size_t before = digits_at_end(lines[i]);
    const bool is_first = i == 0 || !goes_on[i - 1];
    if (is_first) digits = before;
    if (lines[i].size() != width) continue;
    const auto next = bare(lines[i + 1]);
    if (!next) continue;
    const std::string_view run =
        std::string_view(lines[i]).substr(lines[i].size() - (is_first ? before : 0));
    if (before >= kOfPlain && next->is_plain) {
      // Rows that lack a digit each do not begin as messages do, or each does.
      if ((is_first && !may_begin(run)) || begins_surely(lines[i + 1])) {
        ++against;
        continue;
      }
      goes_on[i] = true;
      cut += digits % 2;
      digits += next->first;
      const bool is_end = lines[i + 1].size() != width;
      if (is_end && digits % 2 != 0) ++against;
    } else if (before <= 2 && next->first <= 2 && (before == 1) == (next->first == 1)) {
      goes_on[i] = true;
      cut += before == 1 || ends_between(lines[i], lines[i + 1]) ? 1 : 0;
    } else {
      ++against;
    }
  }
  if (cut == 0 || against > cut) return {};
  return goes_on;
}

}  // namespace meterpipe::dump
