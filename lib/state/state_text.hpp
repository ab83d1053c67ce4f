// Texts and whole numbers as one text, and back: what stages save. Each is a netstring:
//
//   "1KFM", 15, ""  ->  4:1KFM,2:15,0:,
//
// A version is the first item. What a newer version cannot read is left alone; what an older one
// has written, as netstrings or otherwise, is read and written anew with the next save.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/whole_number.hpp"

namespace meterpipe::state {

class StateWriter {
 public:
  void text(std::string_view item) {
    text_.append(std::to_string(item.size())).append(1, ':').append(item).append(1, ',');
  }
  void number(std::int64_t item) { text(std::to_string(item)); }
  void natural(std::uint64_t item) { text(std::to_string(item)); }
  void flag(bool item) { number(item ? 1 : 0); }
  // Nothing is an empty text.
  void optional(const std::optional<std::int64_t>& item) {
    text(item ? std::to_string(*item) : std::string());
  }
  // One behind the other, each as its type has it.
  template <class... Items>
  void add(const Items&... items) {
    (one(items), ...);
  }
  std::string take() { return std::move(text_); }

 private:
  void one(std::string_view item) { text(item); }
  void one(const std::optional<std::int64_t>& item) { optional(item); }
  template <std::integral Item>
  void one(Item item) {
    text(std::to_string(item));
  }

  std::string text_;
};

// After the first item that is not as it was written all are empty or 0, and failed() says so.
class StateReader {
 public:
  explicit StateReader(std::string_view text) : rest_(text) {}

  std::string_view text() {
    std::size_t size = 0;
    const char* const end = rest_.data() + rest_.size();
    const auto [at, error] = std::from_chars(rest_.data(), end, size);
    const auto head = static_cast<std::size_t>(at - rest_.data()) + 1;
    if (failed_ || error != std::errc() || at == end || *at != ':' || rest_.size() - head <= size ||
        rest_[head + size] != ',') {
      failed_ = true;
      return {};
    }
    const std::string_view item = rest_.substr(head, size);
    rest_.remove_prefix(head + size + 1);
    return item;
  }

  std::int64_t number() { return whole<std::int64_t>(text()); }
  std::uint64_t natural() { return whole<std::uint64_t>(text()); }
  std::int64_t number(std::int64_t least, std::int64_t most) {
    return within(number(), least, most);
  }
  bool flag() { return number(0, 1) == 1; }

  // A time: no further from now than sums and differences of two may be.
  std::int64_t time() { return number(-kFarthest, kFarthest); }
  std::optional<std::int64_t> optional_time() {
    const std::string_view item = text();
    if (failed_ || item.empty()) return std::nullopt;
    return within(whole<std::int64_t>(item), -kFarthest, kFarthest);
  }

  bool failed() const { return failed_; }
  // Nothing left, and nothing was wrong.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  static constexpr std::int64_t kFarthest = 1'000'000'000'000'000'000;  // us: 30,000 years

  template <class Number>
  Number whole(std::string_view item) {
    const auto value = whole_number<Number>(item);
    failed_ = failed_ || !value;
    return failed_ ? 0 : *value;
  }
  std::int64_t within(std::int64_t value, std::int64_t least, std::int64_t most) {
    failed_ = failed_ || value < least || value > most;
    return failed_ ? 0 : value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

inline bool has_version(std::string_view text, std::string_view version) {
  return StateReader(text).text() == version;
}

}  // namespace meterpipe::state
