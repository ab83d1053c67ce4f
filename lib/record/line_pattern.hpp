// A record's line as the lines behind it will be: the same text but for the time, the numbers that
// count up and the digits of the bytes. What fits need not be split and read again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/line.hpp"

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

  // The memory it takes, about.
  std::size_t size() const { return text_.size() + holes_.size() * sizeof(Hole) + sizeof *this; }

 private:
  enum class What : std::uint8_t { ts, seq, counter, hex };
  struct Hole {
    What what;
    std::size_t before;  // bytes of fixed text in front of it
    std::size_t size;    // of ts and hex
  };

  std::string text_;  // all that is fixed
  std::vector<Hole> holes_;
};

}  // namespace meterpipe::record
