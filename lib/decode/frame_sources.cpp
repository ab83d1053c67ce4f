#include "decode/frame_sources.hpp"

namespace meterpipe::decode {

FrameSource& FrameSources::source(std::string_view name) {
  if (!sources_.empty() && sources_.back().name == name) return sources_.back().source;
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    sources_.splice(sources_.end(), sources_, found->second);
    return sources_.back().source;
  }
  sources_.emplace_back(by_, name, settings_, sink_);
  by_name_.emplace(sources_.back().name, std::prev(sources_.end()));
  if (counts_ != nullptr) sources_.back().source.count_in(*counts_);
  return sources_.back().source;
}

void FrameSources::push(std::string_view name, Bytes bytes, const FrameSource::Arrival& arrival) {
  source(name).push(bytes, arrival);
  weigh();
}

void FrameSources::push_alone(std::string_view name, Bytes bytes, std::string_view ts) {
  source(name).push_alone(bytes, ts);
  weigh();
}

void FrameSources::weigh() {
  if (sources_.size() == 1) return;
  Held& last = sources_.back();
  const std::size_t now = last.source.memory() + sizeof(Held) + last.name.capacity();
  bytes_ += now - last.bytes;
  last.bytes = now;
  while (bytes_ > most_bytes_ && sources_.size() > 1) {
    Held& oldest = sources_.front();
    oldest.source.finish();
    bytes_ -= oldest.bytes;
    by_name_.erase(oldest.name);
    sources_.pop_front();
  }
}

void FrameSources::finish() {
  for (Held& one : sources_) one.source.finish();
}

void FrameSources::clear() {
  by_name_.clear();
  sources_.clear();
  bytes_ = 0;
}

}  // namespace meterpipe::decode
