// What the look at one layer came to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/counted.hpp"
#include "doctor/causes.hpp"

namespace meterpipe::doctor {

// A number or a word that the finding rests on, for the report's `evidence`. No key, ever.
struct Fact {
  std::string name;  // "frames_good"
  std::variant<std::uint64_t, std::int64_t, double, bool, std::string> value;
};

// Something against the book that does no harm.
struct Remark {
  std::string code;  // "l-overflow"
  std::string text;
};

struct Finding {
  State state = State::ok;
  Cause cause = Cause::none;
  double confidence = 1;  // 0 to 1, that it is this cause and no other
  std::string text;    // the evidence in a line for people: "12 frames verified, 0 bytes skipped"
  std::string advice;  // in place of the cause's own; may be empty
  std::vector<Fact> facts;
  std::vector<Remark> remarks;

  void fact(std::string_view name, std::uint64_t value) {
    facts.push_back({std::string(name), value});
  }
  void fact(std::string_view name, std::string value) {
    facts.push_back({std::string(name), std::move(value)});
  }
  // A whole number that may be below zero.
  void difference(std::string_view name, std::int64_t value) {
    facts.push_back({std::string(name), value});
  }
  void share(std::string_view name, double value) { facts.push_back({std::string(name), value}); }

  template <class... Args>
  void say(fmt::format_string<Args...> words, Args&&... args) {
    text = fmt::format(words, std::forward<Args>(args)...);
  }
  template <class... Args>
  void set(State found, Cause named, double sure, fmt::format_string<Args...> words,
           Args&&... args) {
    state = found;
    cause = named;
    confidence = sure;
    say(words, std::forward<Args>(args)...);
  }
  template <class... Args>
  void broken(Cause named, double sure, fmt::format_string<Args...> words, Args&&... args) {
    set(State::broken, named, sure, words, std::forward<Args>(args)...);
  }
  // Only if `is_so`.
  template <class... Args>
  void remark(bool is_so, std::string_view code, fmt::format_string<Args...> words,
              Args&&... args) {
    if (!is_so) return;
    remarks.push_back({std::string(code), fmt::format(words, std::forward<Args>(args)...)});
  }
};
// Of a layer that nothing came to.
inline Finding not_reached() {
  Finding finding;
  finding.state = State::not_reached;
  return finding;
}

// Of one value at least.
template <class Number>
Number median(std::vector<Number> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How a layer stands of whose messages or frames `bad` of all were lost: a few in a long log are
// suspicious, more (or any in a short one) mean that it is broken.
inline State state_of(std::uint64_t bad, std::uint64_t all) {
  if (bad == 0) return State::ok;
  return bad * 50 >= all ? State::broken : State::suspicious;
}

}  // namespace meterpipe::doctor
