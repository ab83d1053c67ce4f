// The line of an apdu record as the lines behind it will be: the same text but for the time, the
// numbers that count up and the digits of the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "record/line.hpp"
#include "record/text_pattern.hpp"

namespace meterpipe::record {

class LinePattern {
 public:
  // What a line has that fits. Views of the line; empty where the pattern has none.
  struct Parts {
    std::string_view ts;       // checked, in the form that records are written in
    std::string_view seq;      // digits without a zero in front
    std::string_view counter;  // security's, the same; at most 4294967295
    std::string_view hex;      // as many characters as in the line of the pattern; not checked
  };

  // Of an apdu record that has been read; none where its form is not the one in which this program
  // writes.
  static std::optional<LinePattern> of(Line& line);

  // Whether the line would be read as the pattern's line was, but for `parts`.
  bool fits(std::string_view line, Parts& parts) const;

  std::size_t memory() const { return pattern_.memory() + sizeof *this; }

 private:
  using Part = std::string_view Parts::*;
  static constexpr std::size_t kMostParts = 4;

  TextPattern pattern_;
  std::vector<Part> parts_;  // what each free part is
};

}  // namespace meterpipe::record
