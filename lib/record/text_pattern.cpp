#include "record/text_pattern.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "base/fnv.hpp"
#include "base/timestamp.hpp"
#include "json/plain.hpp"

namespace meterpipe::record {
namespace {

constexpr std::ptrdiff_t kMostDigits = 19;  // all of these fit 64 bits

// Behind a whole number as this program writes it; nullptr: there is none, or a longer one.
const char* skip_digits(const char* at, const char* end) {
  const char* const begin = at;
  while (at < end && is_digit(*at)) ++at;
  const auto count = at - begin;
  return count == 0 || count > kMostDigits || (count > 1 && *begin == '0') ? nullptr : at;
}

}  // namespace

TextPattern::TextPattern(std::string_view text, std::vector<Free> free) {
  std::ranges::sort(free, {}, [](const Free& one) { return one.part.data(); });
  std::size_t at = 0;
  for (const Free& one : free) {
    const auto begin = static_cast<std::size_t>(one.part.data() - text.data());
    holes_.push_back({one.kind, static_cast<std::uint32_t>(begin - at),
                      static_cast<std::uint32_t>(one.part.size())});
    text_.append(text.substr(at, begin - at));
    at = begin + one.part.size();
  }
  text_.append(text.substr(at));
}

bool TextPattern::fits(std::string_view text, std::string_view* parts) const {
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* fixed = text_.data();
  const auto left = [&] { return static_cast<std::size_t>(end - at); };
  for (const Hole& hole : holes_) {
    if (left() < hole.before || std::memcmp(at, fixed, hole.before) != 0) return false;
    at += hole.before;
    fixed += hole.before;
    const char* const begin = at;
    switch (hole.kind) {
      case Kind::time:
        at = left() < kTimestampChars || !is_record_time({at, kTimestampChars})
                 ? nullptr
                 : at + kTimestampChars;
        break;
      case Kind::digits: at = skip_digits(at, end); break;
      case Kind::number: at = json::skip_number(at, end); break;
      case Kind::plain: at = json::skip_plain(at, end); break;
      case Kind::sized: at = left() < hole.size ? nullptr : at + hole.size; break;
    }
    if (at == nullptr) return false;
    *parts++ = {begin, static_cast<std::size_t>(at - begin)};
  }
  const auto tail = static_cast<std::size_t>(text_.data() + text_.size() - fixed);
  return left() == tail && std::memcmp(at, fixed, tail) == 0;
}

std::uint64_t source_key(std::string_view line, std::initializer_list<std::string_view> keys) {
  constexpr std::size_t kMost = 32;
  for (const std::string_view key : keys) {
    const std::size_t at = line.find(key);
    if (at == line.npos) continue;
    const std::string_view behind = line.substr(at + key.size(), kMost);
    return fnv1a_64(behind.substr(0, behind.find('"')));
  }
  return 0;
}

}  // namespace meterpipe::record
