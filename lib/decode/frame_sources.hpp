// The sources of a stream, by their names (`src`): each has a receiver of its own, made when it is
// first heard of. What they hold is bounded in bytes: beyond the bound the one that has been silent
// for longest ends as at the end of its input, so that what was unfinished in it is told as lost,
// and is forgotten.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "decode/frame_source.hpp"

namespace meterpipe::decode {

class FrameSources {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  // `by`, `settings` and `sink` as of FrameSource. `counts`: where all of them count, or nullptr.
  FrameSources(std::string_view by, const FrameSettings& settings, FrameRecordSink& sink,
               FrameCounts* counts, std::size_t most_bytes = kMostBytes)
      : by_(by), settings_(settings), sink_(sink), counts_(counts), most_bytes_(most_bytes) {}

  void push(std::string_view name, Bytes bytes, const FrameSource::Arrival& arrival);
  void push_alone(std::string_view name, Bytes bytes, std::string_view ts);
  // The end of all of them. Their counts go on.
  void finish();
  void clear();

  std::size_t size() const { return sources_.size(); }
  std::size_t memory() const { return bytes_; }  // about

 private:
  struct Held {
    Held(std::string_view by, std::string_view of, const FrameSettings& settings,
         FrameRecordSink& sink)
        : name(of), source(by, name, settings, sink) {}
    std::string name;
    FrameSource source;
    std::size_t bytes = 0;
  };
  using List = std::list<Held>;  // the one heard last is last

  FrameSource& source(std::string_view name);
  void weigh();  // the one heard last

  const std::string_view by_;
  const FrameSettings& settings_;
  FrameRecordSink& sink_;
  FrameCounts* counts_;
  const std::size_t most_bytes_;
  List sources_;
  std::unordered_map<std::string_view, List::iterator> by_name_;  // of Held::name
  std::size_t bytes_ = 0;
};

}  // namespace meterpipe::decode
