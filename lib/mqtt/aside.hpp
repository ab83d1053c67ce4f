// Topics that are put aside for an hour, because the broker refuses what comes for them or ends the
// connection on it: the same would come with every reading, and nothing else would get through.
// Then they are tried again.
//
// Three topics of one branch (homeassistant/sensor/…) of which the broker has taken nothing: the
// branch goes with them, or each of its topics would have to be found in turn. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace meterpipe::mqtt {

class Aside {
 public:
  static constexpr long long kForMs = 3'600'000;

  enum class Why : std::uint8_t { refused, breaks_off };
  struct Entry {
    long long until = 0;
    std::size_t least_bytes = 0;  // smaller ones may go
    Why why = Why::refused;
  };

  // nullptr: it may go. Times are of a monotonic clock, in milliseconds.
  const Entry* find(std::string_view topic, std::size_t bytes, long long now) const;
  // Whether it was put aside; false: there are too many. branch: of its topics all are from now on.
  bool add(std::string_view topic, Entry entry);
  const std::string& branch() const { return branch_; }  // of the last add(); empty: none
  // The broker has taken a message.
  void taken(std::string_view topic);
  // Forgets what is over; whether there was anything.
  bool end_due(long long now);
  long long next_end() const { return next_end_; }  // -1: nothing is put aside
  bool empty() const { return topics_.empty() && branches_.empty(); }

 private:
  using Entries = std::map<std::string, Entry, std::less<>>;

  bool has_taken_below(std::string_view branch) const;

  Entries topics_, branches_;
  std::map<std::string, int, std::less<>> broken_below_;  // by branch
  std::set<std::string, std::less<>> taken_;              // branches right above the topics
  std::string last_taken_, branch_;
  bool too_many_taken_ = false;
  long long next_end_ = -1;
};

}  // namespace meterpipe::mqtt
