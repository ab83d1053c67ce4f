// Messages of one meter are the same but for numbers and clocks. A plan is a reading that was
// written in the general way, cut at these: what stands between them is copied, and of the bytes
// only those that count are read. What does not fit a plan to the last byte goes the general way.
//
// A plan cannot disagree with the general way unseen: it is made from that way's own text, and held
// against it on messages with other numbers and clocks before it is used.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/buffer.hpp"
#include "base/masked.hpp"
#include "cosem/clock.hpp"
#include "decode/reading.hpp"
#include "record/line_pattern.hpp"
#include "views/spots.hpp"

namespace meterpipe::views {

class ReadingPlan {
 public:
  // Of a reading that was written from `line` (the record that `reading` was made from) as `text`;
  // the spots are places of `text`. None for what has no plan: no push, reals, what
  // depends on more than its bytes, a list that nobody knows.
  static std::optional<ReadingPlan> of(record::Line& line, const decode::DecodedMessage& reading,
                                       std::string_view text, const Spots& spots);

  // The reading of a line like that; false, and nothing written, of another.
  bool write(std::string_view line, Buffer& out) const;
  // The same of other bytes than the line has.
  bool write(const record::LinePattern::Parts& parts, Bytes bytes, Buffer& out) const;

  // Where the numbers, clocks and short octet-strings stand in the APDU.
  struct Field {
    std::uint32_t offset, size;
    bool is_clock;
  };
  const std::vector<Field>& fields() const { return fields_; }
  bool is_free(const Field& field) const { return bytes_.is_free(field.offset); }
  // From here on its bytes count for the fit: more depends on them than their text.
  void fix(const Field& field, Bytes apdu);

  const record::LinePattern& line() const { return line_; }

  std::size_t values() const { return values_; }
  std::size_t size() const;  // the memory it takes, about

 private:
  struct Step {
    enum class What : std::uint8_t {
      ts,
      seq,
      counter,
      digest,
      invoke,
      number,
      raw,
      clock,
      hex,
      octets
    };
    What what;
    std::uint32_t text;        // bytes of fixed text in front of it
    std::uint32_t offset = 0;  // of its bytes in the APDU
    std::uint8_t size = 0;
    std::int8_t scaler = 0;
    bool contradicts = false;  // of a clock, as in the text
    bool is_signed = false;    // of a number
  };
  class Maker;

  record::LinePattern line_;
  MaskedBytes bytes_;
  std::vector<Field> fields_;
  std::vector<Step> steps_;
  std::string text_;
  std::size_t room_ = 0;  // of the longest text that it can become
  std::size_t values_ = 0;
};

// The plans of a stream.
class ReadingPlans {
 public:
  // Writes the reading of a record with other bytes in the general way; false: it has none.
  using General = std::function<bool(Bytes apdu, Buffer& out)>;

  ReadingPlans();

  // How many values the reading has that was written; nullopt: no plan fits the line.
  std::optional<std::size_t> write(std::string_view line, Buffer& out);

  // After a reading was written in the general way: makes a plan of it. `reading` may refer to
  // memory that `general` uses again.
  void learn(record::Line& line, const decode::DecodedMessage& reading, std::string_view text,
             const Spots& spots, const General& general);
  // Whether enough messages came since the last plan: making one costs as much as some dozen.
  bool may_learn() const;

 private:
  struct Kept {
    ReadingPlan plan;
    Kept* next = nullptr;  // whose line came behind this one's the last time
  };

  std::unordered_map<std::uint64_t, std::vector<std::unique_ptr<Kept>>> plans_;
  Kept* last_ = nullptr;
  std::size_t bytes_ = 0, turn_ = 0;
  int credit_;
};

}  // namespace meterpipe::views
