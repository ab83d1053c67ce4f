// Readings of one meter are the same text but for times and numbers. What is like the last one need
// not be split: its views stand where the last one's stood, as far on as the texts in front of them
// have become longer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "record/text_pattern.hpp"

namespace meterpipe::record {

class ReadingPattern {
 public:
  // Of a line and what read() made of it; none where its form is not the one in which this program
  // writes.
  static std::optional<ReadingPattern> of(Line& line, const ReadingRecord& record);

  // Line and record as parse() and read() would make them; false, and both are to be made so.
  bool read(std::string_view text, Line& line, ReadingRecord& record) const;

  std::size_t memory() const;  // that it takes, about

 private:
  // A place in the line: so many bytes behind the end of a free part, counted from 1, or of nothing
  // at the line's begin.
  struct Place {
    std::uint32_t text = 0, behind = 0;
  };
  struct View {
    Place begin, end;
  };

  static constexpr std::size_t kMostParts = 512;

  TextPattern pattern_;
  std::vector<View> views_;  // in the order of for_each_view()
  std::size_t fields_ = 0, values_ = 0;
  std::uint64_t shape_ = 0;  // of the reading: all that makes it is fixed text
  bool has_seq_ = false, is_replayed_ = false;
};

// The patterns of a stream: one of each meter, for as many as fit some memory.
class ReadingPatterns {
 public:
  bool read(std::string_view text, Line& line, ReadingRecord& record) const;
  // After a line was split and read in the general way.
  void learn(Line& line, const ReadingRecord& record);

 private:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr unsigned kLinesPerPattern = 8;  // to make one costs as much as some lines

  std::unordered_map<std::uint64_t, ReadingPattern> kept_;  // by the meter
  std::size_t bytes_ = 0;
  unsigned lines_ = 0;
};

}  // namespace meterpipe::record
