#include "record/line_pattern.hpp"

#include <cstring>
#include <limits>

#include "base/ascii.hpp"
#include "base/timestamp.hpp"

namespace meterpipe::record {
namespace {

constexpr std::size_t kMostSeqDigits = 19;  // all of these fit 64 bits
constexpr std::size_t kMostCounterDigits = 10;

// A whole number as this program writes it, at most `most` digits; empty: something else.
std::string_view take_digits(const char* at, const char* end, std::size_t most) {
  std::size_t n = 0;
  while (n < most && at + n < end && is_digit(at[n])) ++n;
  const bool more = at + n < end && is_digit(at[n]);
  return more || (n > 1 && *at == '0') ? std::string_view() : std::string_view(at, n);
}

bool is_counter(std::string_view digits) {
  constexpr std::string_view kHighest = "4294967295";
  static_assert(std::numeric_limits<std::uint32_t>::max() == 4294967295);
  return digits.size() < kHighest.size() || digits <= kHighest;
}

}  // namespace

std::optional<LinePattern> LinePattern::of(Line& line) {
  const std::string_view text = line.text();
  const auto inside = [&](std::string_view part) {
    return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
  };
  LinePattern pattern;
  std::size_t at = 0;
  const auto hole = [&](What what, std::string_view part) {
    const auto begin = static_cast<std::size_t>(part.data() - text.data());
    pattern.holes_.push_back({what, begin - at, part.size()});
    pattern.text_.append(text.substr(at, begin - at));
    at = begin + part.size();
  };
  const auto unquoted = [](std::string_view raw) { return raw.substr(1, raw.size() - 2); };
  std::vector<json::Field> members;
  for (const json::Field& field : line.fields()) {
    if (!inside(field.raw) || !inside(field.key)) return std::nullopt;
    if (field.key == "ts") {
      if (unquoted(field.raw).size() != kTimestampChars) return std::nullopt;
      hole(What::ts, unquoted(field.raw));
    } else if (field.key == "seq") {
      hole(What::seq, field.raw);
    } else if (field.key == "hex") {
      hole(What::hex, unquoted(field.raw));
    } else if (field.key == "security") {
      if (!json::split_object(field.raw, members)) return std::nullopt;
      for (const json::Field& member : members) {
        if (member.key == "counter") hole(What::counter, member.raw);
      }
    }
  }
  pattern.text_.append(text.substr(at));
  Parts parts;
  if (!pattern.fits(text, parts) || parts.hex.empty()) return std::nullopt;
  return pattern;
}

bool LinePattern::fits(std::string_view line, Parts& parts) const {
  const char* at = line.data();
  const char* const end = at + line.size();
  const char* text = text_.data();
  const auto room = [&](std::size_t n) { return static_cast<std::size_t>(end - at) >= n; };
  for (const Hole& hole : holes_) {
    if (!room(hole.before) || std::memcmp(at, text, hole.before) != 0) return false;
    at += hole.before;
    text += hole.before;
    switch (hole.what) {
      case What::ts:
        if (!room(hole.size)) return false;
        parts.ts = {at, hole.size};
        if (!is_record_time(parts.ts)) return false;
        at += hole.size;
        break;
      case What::seq:
        parts.seq = take_digits(at, end, kMostSeqDigits);
        if (parts.seq.empty()) return false;
        at += parts.seq.size();
        break;
      case What::counter:
        parts.counter = take_digits(at, end, kMostCounterDigits);
        if (parts.counter.empty() || !is_counter(parts.counter)) return false;
        at += parts.counter.size();
        break;
      case What::hex:
        if (!room(hole.size)) return false;
        parts.hex = {at, hole.size};
        at += hole.size;
        break;
    }
  }
  const auto tail = static_cast<std::size_t>(text_.data() + text_.size() - text);
  return static_cast<std::size_t>(end - at) == tail && std::memcmp(at, text, tail) == 0;
}

}  // namespace meterpipe::record
