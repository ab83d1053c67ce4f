#include "record/line_pattern.hpp"

#include <array>
#include <limits>

namespace meterpipe::record {
namespace {

bool is_counter(std::string_view digits) {
  constexpr std::string_view kHighest = "4294967295";
  static_assert(std::numeric_limits<std::uint32_t>::max() == 4294967295);
  return digits.size() < kHighest.size() ||
         (digits.size() == kHighest.size() && digits <= kHighest);
}

}  // namespace

std::optional<LinePattern> LinePattern::of(Line& line) {
  const std::string_view text = line.text();
  const auto is_inside = [&](std::string_view part) {
    return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
  };
  const auto unquoted = [](std::string_view raw) { return raw.substr(1, raw.size() - 2); };
  LinePattern made;
  std::vector<TextPattern::Free> free;
  bool has_all = true;
  // Keys may stand in any order: the parts are sorted by where they are.
  const auto leave_free = [&](std::string_view part, TextPattern::Kind kind, Part which) {
    has_all = has_all && !part.empty();
    std::size_t at = 0;
    while (at < free.size() && free[at].part.data() < part.data()) ++at;
    free.insert(free.begin() + static_cast<std::ptrdiff_t>(at), {part, kind});
    made.parts_.insert(made.parts_.begin() + static_cast<std::ptrdiff_t>(at), which);
  };
  using Kind = TextPattern::Kind;
  std::vector<json::Field> members;
  for (const json::Field& field : line.fields()) {
    if (!is_inside(field.raw) || !is_inside(field.key)) return std::nullopt;
    if (field.key == "ts") leave_free(unquoted(field.raw), Kind::time, &Parts::ts);
    if (field.key == "seq") leave_free(field.raw, Kind::digits, &Parts::seq);
    if (field.key == "hex") leave_free(unquoted(field.raw), Kind::sized, &Parts::hex);
    if (field.key != "security") continue;
    if (!json::split_object(field.raw, members)) return std::nullopt;
    for (const json::Field& member : members) {
      if (member.key == "counter") leave_free(member.raw, Kind::digits, &Parts::counter);
    }
  }
  if (!has_all || free.size() > kMostParts) return std::nullopt;
  made.pattern_ = TextPattern(text, std::move(free));
  Parts parts;
  if (!made.fits(text, parts) || parts.hex.empty()) return std::nullopt;
  return made;
}

bool LinePattern::fits(std::string_view line, Parts& parts) const {
  std::array<std::string_view, kMostParts> found;
  if (!pattern_.fits(line, found.data())) return false;
  for (std::size_t i = 0; i < parts_.size(); ++i) parts.*parts_[i] = found[i];
  return parts.counter.empty() || is_counter(parts.counter);
}

}  // namespace meterpipe::record
