#include "io/record_queue.hpp"

namespace meterpipe::io {

void RecordQueue::add(std::string_view record, std::string_view ts) {
  records_.push_back({std::string(record), std::string(ts)});
  bytes_ += record.size();
  const std::size_t kept = at_ != 0 ? 1 : 0;
  while (bytes_ > limit_ && records_.size() > kept + 1) {
    const auto oldest = records_.begin() + kept;
    if (dropped_ == 0) dropped_since_ = oldest->ts;
    ++dropped_;
    ++total_;
    bytes_ -= oldest->text.size();
    records_.erase(oldest);
  }
}

std::string_view RecordQueue::front() {
  if (at_ == 0 && dropped_ != 0) {
    std::string text = overrun_(dropped_, dropped_since_);
    dropped_ = 0;
    ++told_;
    if (!text.empty()) {
      bytes_ += text.size();
      records_.push_front({std::move(text), dropped_since_});
    }
  }
  if (records_.empty()) return {};
  return std::string_view(records_.front().text).substr(at_);
}

void RecordQueue::written(std::size_t n) {
  at_ += n;
  if (records_.empty() || at_ < records_.front().text.size()) return;
  bytes_ -= records_.front().text.size();
  records_.pop_front();
  at_ = 0;
}

}  // namespace meterpipe::io
