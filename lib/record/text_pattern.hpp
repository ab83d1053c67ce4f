// A text of which some parts may be others, as the lines of one source are: the same but for times,
// numbers and digits. What fits need not be split and read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::record {

class TextPattern {
 public:
  enum class Kind : std::uint8_t {
    time,    // as records carry it (is_record_time)
    digits,  // a whole number of at most 19 digits, without a zero in front
    number,  // as this program writes it (json::skip_number)
    plain,   // any text that needs no escape; the text behind it begins with a quote
    sized,   // as many characters as there were
  };
  struct Free {
    std::string_view part;  // of the text
    Kind kind;
  };

  TextPattern() = default;
  // The parts do not overlap; none is empty.
  TextPattern(std::string_view text, std::vector<Free> free);

  // How many parts are free, in the order of the text.
  std::size_t free() const { return holes_.size(); }
  // Whether the text is the same but for those; `parts` gets what stands there, views of `text`.
  bool fits(std::string_view text, std::string_view* parts) const;

  // The memory it takes, about.
  std::size_t memory() const { return text_.size() + holes_.size() * sizeof(Hole) + sizeof *this; }

 private:
  struct Hole {
    Kind kind;
    std::uint32_t before;  // bytes of fixed text in front of it
    std::uint32_t size;    // of a sized part
  };

  std::string text_;  // all that is fixed
  std::vector<Hole> holes_;
};

// Tells the lines of one source from most others: a number made of the value of the first of these
// keys that stands in the line, a string; 0: none does.
std::uint64_t source_key(std::string_view line, std::initializer_list<std::string_view> keys);

}  // namespace meterpipe::record
