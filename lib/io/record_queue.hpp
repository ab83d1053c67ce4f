// Records that wait for a reader who does not keep up. When they would grow past the limit the
// oldest go, whole ones; a record that has been written in part stays. In their place comes one
// record that counts them, made when its turn to be written has come.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace meterpipe::io {

class RecordQueue {
 public:
  // What stands for `count` dropped records, the first of which was stamped `ts`. May be empty.
  using Overrun = std::function<std::string(std::uint64_t count, std::string_view ts)>;

  RecordQueue(std::size_t limit, Overrun overrun) : limit_(limit), overrun_(std::move(overrun)) {}

  void add(std::string_view record, std::string_view ts);
  bool empty() const { return records_.empty() && dropped_ == 0; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return records_.size(); }
  std::uint64_t dropped() const { return total_; }
  std::uint64_t overruns() const { return told_; }  // times that it was told

  // The next bytes to write; written() says how many of them went.
  std::string_view front();
  void written(std::size_t n);

 private:
  struct Item {
    std::string text;
    std::string ts;
  };

  std::size_t limit_;
  Overrun overrun_;
  std::deque<Item> records_;
  std::size_t bytes_ = 0;
  std::size_t at_ = 0;         // of the first record, what has been written
  std::uint64_t dropped_ = 0;  // behind a first record in part written, else before it
  std::string dropped_since_;  // ts of the first of them
  std::uint64_t total_ = 0, told_ = 0;
};

}  // namespace meterpipe::io
