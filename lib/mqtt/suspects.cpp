#include "mqtt/suspects.hpp"

#include <algorithm>

namespace meterpipe::mqtt {
namespace {

constexpr std::size_t kMostRecent = 64;
constexpr std::size_t kMostSuspects = 2000;
constexpr long long kSoonMs = 1000;     // who breaks off does so at once
constexpr long long kAtOnceMs = 20;     // in the breath in which it has acknowledged
constexpr long long kWrittenMs = 2000;  // at QoS 0 the broker may have read it so much later

}  // namespace

void Suspects::connected() {
  probe_.reset();
  recent_.clear();
  recent_at_ = 0;
  last_done_ = wake_ = -1;
}

bool Suspects::may_send(std::string_view topic, std::size_t on_their_way, long long now) {
  wake_ = -1;
  if (probe_) {
    if (probe_->done_at < 0) return false;
    if (now < probe_->done_at + quiet_ms_) {
      wake_ = probe_->done_at + quiet_ms_;
      return false;
    }
    if (const auto known = suspects_.find(probe_->packet.topic); known != suspects_.end()) {
      suspects_.erase(known);
    }
    probe_.reset();
  }
  if (suspects_.empty()) return true;
  const auto known = suspects_.find(topic);
  if (known == suspects_.end()) return true;
  if (on_their_way != 0) return false;
  if (known->second.late && last_done_ >= 0 && now < last_done_ + quiet_ms_) {
    wake_ = last_done_ + quiet_ms_;
    return false;
  }
  return true;
}

void Suspects::sent(std::string_view topic, std::size_t bytes, bool retain, bool is_value,
                    long long now) {
  if (suspects_.empty()) return;
  const auto known = suspects_.find(topic);
  if (known == suspects_.end()) return;
  probe_ =
      Probe{{std::string(topic), bytes, retain, is_value}, known->second.late, now, last_done_ < 0};
}

void Suspects::done(std::string_view topic, long long now) {
  last_done_ = now;
  if (recent_.size() < kMostRecent) {
    recent_.push_back({std::string(topic), now});
  } else {
    recent_[recent_at_].topic.assign(topic);
    recent_[recent_at_].at = now;
    recent_at_ = (recent_at_ + 1) % kMostRecent;
  }
  if (!probe_ || probe_->packet.topic != topic) return;
  if (probe_->late) {
    probe_->done_at = now;
    return;
  }
  if (const auto known = suspects_.find(topic); known != suspects_.end()) suspects_.erase(known);
  probe_.reset();
}

void Suspects::was_away() {
  for (auto& [topic, one] : suspects_) one.breaks = 0;
}

std::vector<std::string_view> Suspects::recently_done(long long now) const {
  const long long since = now - (are_acknowledged_ ? quiet_ms_ : std::max(quiet_ms_, kWrittenMs));
  std::vector<std::string_view> topics;
  for (const Recent& one : recent_) {
    if (one.at >= since) topics.push_back(one.topic);
  }
  return topics;
}

void Suspects::suspect(std::string_view topic, bool late) {
  Suspect& one = suspects_[std::string(topic)];
  one.late = one.late || late;
}

// At QoS 0 "done" is written, and nothing is ever answered.
bool Suspects::counts_against_probe(long long now) const {
  if (!probe_->packet.is_value) return true;
  if (probe_->is_first && has_greeting_) return false;
  const bool is_answered = are_acknowledged_ && probe_->done_at >= 0;
  return !is_answered || now - probe_->done_at <= kAtOnceMs;
}

std::optional<Suspects::Culprit> Suspects::broken(const std::vector<std::string>& on_their_way,
                                                  long long now) {
  if (suspects_.size() > kMostSuspects) {
    std::erase_if(suspects_, [](const auto& one) { return one.second.breaks == 0; });
  }
  // A broker that hangs and is ended then does not do so for the packet that waits.
  if (probe_ && now - probe_->sent_at > std::max(quiet_ms_, kSoonMs)) return std::nullopt;
  if (probe_ && !counts_against_probe(now)) return std::nullopt;
  const auto done = recently_done(now);
  const bool is_sure = probe_ ? probe_->late || done.empty()
                              : on_their_way.size() == 1 && done.empty() && are_acknowledged_;
  if (is_sure) {
    Packet packet = probe_ ? probe_->packet : Packet{on_their_way.front()};
    Suspect& one = suspects_[packet.topic];
    one.late = one.late || !are_acknowledged_;
    return Culprit{std::move(packet), ++one.breaks};
  }
  for (const std::string& topic : on_their_way) suspect(topic, !are_acknowledged_ || probe_);
  for (const std::string_view topic : done) suspect(topic, true);
  return std::nullopt;
}

}  // namespace meterpipe::mqtt
