#include "mqtt/aside.hpp"

#include <algorithm>

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMostTopics = 50'000;  // 1,000 meters of 50 values
constexpr std::size_t kMostTaken = 5'000;
constexpr int kOfABranch = 3;

// "a/b/" of "a/b/c".
std::string_view branch_above(std::string_view topic) {
  return topic.substr(0, topic.rfind('/') + 1);  // empty without any
}

}  // namespace

const Aside::Entry* Aside::find(std::string_view topic, std::size_t bytes, long long now) const {
  if (empty()) return nullptr;
  if (const auto known = topics_.find(topic); known != topics_.end()) {
    const Entry& entry = known->second;
    if (now < entry.until && bytes >= entry.least_bytes) return &entry;
  }
  for (const auto& [branch, entry] : branches_) {
    if (now < entry.until && topic.starts_with(branch)) return &entry;
  }
  return nullptr;
}

bool Aside::has_taken_below(std::string_view branch) const {
  const auto first = taken_.lower_bound(branch);
  return too_many_taken_ || (first != taken_.end() && first->starts_with(branch));
}

bool Aside::add(std::string_view topic, Entry entry) {
  branch_.clear();
  if (topics_.size() >= kMostTopics) return false;
  // It may have been acknowledged first, and the connection ended then.
  if (entry.why == Why::breaks_off) {
    if (const auto known = taken_.find(branch_above(topic)); known != taken_.end()) {
      taken_.erase(known);
    }
    last_taken_ = topic;
  }
  next_end_ = next_end_ < 0 ? entry.until : std::min(next_end_, entry.until);
  const bool is_new = topics_.insert_or_assign(std::string(topic), entry).second;
  if (!is_new || entry.why != Why::breaks_off) return true;
  for (std::size_t at = topic.find('/'); at != std::string_view::npos;
       at = topic.find('/', at + 1)) {
    const std::string branch(topic.substr(0, at + 1));
    if (++broken_below_[branch] < kOfABranch || has_taken_below(branch)) continue;
    branches_.insert_or_assign(branch, Entry{entry.until, 0, entry.why});
    branch_ = branch;
    break;
  }
  return true;
}

void Aside::taken(std::string_view topic) {
  const std::string_view branch = branch_above(topic);
  if (branch == last_taken_) return;
  last_taken_ = branch;
  if (taken_.size() >= kMostTaken) {
    too_many_taken_ = true;
  } else {
    taken_.emplace(branch);
  }
}

bool Aside::end_due(long long now) {
  if (next_end_ < 0 || now < next_end_) return false;
  next_end_ = -1;
  for (Entries* const entries : {&topics_, &branches_}) {
    std::erase_if(*entries, [&](const auto& one) { return now >= one.second.until; });
    for (const auto& [topic, entry] : *entries) {
      if (next_end_ < 0 || entry.until < next_end_) next_end_ = entry.until;
    }
  }
  broken_below_.clear();
  return true;
}

}  // namespace meterpipe::mqtt
