// Pasted lines to bytes. What a line alone does not tell, the lines beside it do: whether numbers
// are hex or decimal, whether a first number is an offset or a count, what stands before the bytes
// of a log.
//
//   dump     = row { row }           without an empty line or prose between
//   base     = decimal   no a to f in the dump, each number at most 255, none with a zero before
//                        it, one of three digits; with a minus: -128 to 127; in a list of JSON
//            | bits      eight digits each, 0 and 1
//            | hex       two digits each, or one where none has a zero before it
//   offset   = a first number that grows by each row's bytes, hex, decimal or octal
//   count    = a first number that grows by one
//              (of up to four rows that have an even number of bytes with it, it may be one of
//              them: they are refused)
//   prefix   = what stands before sure bytes on one line stands before few bytes on others
//
// What was found holds for the rows that follow in the dump.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "dump/line_numbers.hpp"
#include "dump/row.hpp"

namespace meterpipe::dump {

// What a source was taken for.
struct Found {
  std::uint64_t skipped = 0;        // lines of prose, headers, fences
  std::uint64_t first_skipped = 0;  // number of the first one
  std::uint64_t rows = 0;           // lines with bytes
  bool hex = false, decimal = false, bits = false, escapes = false, base64 = false;
  bool prefix = false, offsets = false, counts = false;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    blank,    // nothing: what belongs together ends
    skipped,  // prose
    star,     // `*` in a dump: the row before it is repeated
    bytes,
    bad,
  } kind = Kind::skipped;
  ByteVector bytes;
  std::optional<std::uint64_t> offset;  // of the first byte, where there is a column of them
  bool is_end = false;                  // an offset alone: `bytes` are what it would be as data
  bool goes_on = false;                 // the next line goes on with it
  bool keeps_dump = false;              // bad: what stands around it belongs together
  std::optional<Error> error;
  std::string time;  // of the prefix, as in records; empty: it has none
};

class RowReader {
 public:
  // `numbers`: of the lines, from 1. An outcome for each line.
  std::vector<Outcome> read(std::span<const std::string> lines,
                            std::span<const std::uint64_t> numbers);
  // Something other than rows came between.
  void end_dump();
  void end_source();
  // A bare line of hex digits may be read without looking at it here.
  bool takes_plain_hex() const { return base_ != Base::decimal && base_ != Base::bits; }
  // Such a line has been read elsewhere.
  void note_plain();
  // The source has records: a line that is none and no bytes is no prose.
  void note_record() { has_records_ = true; }
  // Every line has an offset (-i hexdump).
  void set_forced(bool forced) { forced_ = forced; }
  // Rows come one by one, and none waits for those below it.
  void set_live(bool live) { live_ = live; }
  const Found& found() const { return found_; }

 private:
  enum class Base : std::uint8_t { unknown, hex, decimal, bits };
  struct Line {
    std::string_view text;
    std::uint64_t number = 0;
    Row row;
    std::size_t indent = 0;
    bool is_data = false;
    bool is_comment = false;
  };
  struct Digits;

  void forget_dump();
  void take_line(Line& line, Outcome& outcome);
  bool take_known_prefix(Row& row) const;
  bool leave_known_group(Row& row) const;
  bool take_escapes(std::string_view text, Outcome& outcome);
  bool take_base64(Line& line, Outcome& outcome);
  void decide_prefixes(std::vector<Line>& lines, std::vector<Outcome>& outcomes);
  void skip(const Line& line, Outcome& outcome);
  void read_dump(std::span<Line* const> rows, std::span<Outcome* const> outcomes);
  void find_columns(std::span<Line* const> rows);
  void find_offsets(std::span<Line* const> rows, std::span<Outcome* const> outcomes);
  std::optional<Error> decide_base(std::span<Line* const> rows);
  std::optional<Error> read_bytes(const Row& row, ByteVector& bytes) const;
  void begins_like_bytes(std::span<Line> lines, std::span<const Outcome> outcomes);
  bool leads_grow(bool by_bytes) const;
  bool may_be_whole() const;
  bool leads_climb() const;
  bool leads_follow() const;
  bool is_unsure_lead(const Row& row, Bytes bytes) const;

  bool forced_ = false;
  bool live_ = false;
  bool has_records_ = false;
  Found found_;
  std::map<std::string, bool> shapes_;  // of prefixes of sure rows, and whether a column follows
  std::deque<std::string> cleaned_;     // lines without their colours
  // the dump at hand
  bool in_dump_ = false;
  Base base_ = Base::unknown;
  bool json_list_ = false;  // a line before the rows opened one
  bool one_digit_ = false;  // bytes of one digit are meant
  bool base_is_sure_ = false;
  bool hidden_column_ = false;  // the first of equal numbers is none
  bool lead_is_byte_ = false;   // it is one: the first row was read so, live, and begins a message
  std::string plain_shape_;     // of a dump of this source of which that was so
  bool was_unsure_ = false;     // the first row was refused: it may be one
  struct Lead {
    std::string digits;  // the first number of a row
    std::size_t bytes;   // behind it
  };
  std::vector<Lead> leads_;  // of the last rows, where rows come one by one
  enum class Offsets : std::uint8_t { unknown, yes, no } offsets_ = Offsets::unknown;
  std::vector<unsigned> offset_bases_;  // that fit so far; empty: all
  std::uint64_t next_offset_ = 0;
  std::size_t row_bytes_ = 0;
  std::string separator_;
  std::size_t column_width_ = 0;
  bool bare_rows_ = false;
  LineNumbers line_numbers_;
  // what stood before the last string with escapes, and what its line and the one at hand are
  std::string escape_shape_;
  bool after_escapes_ = false;
  // words that may be base64 together
  std::string base64_;
  std::uint64_t base64_lines_ = 0;
};

}  // namespace meterpipe::dump
