// Records (lib/record): one that is read and written is the same when it is read again; the
// patterns that spare the splitting of lines read what the general way reads.
#include <string>

#include "fuzz/fuzz.hpp"
#include "record/input.hpp"
#include "record/line_pattern.hpp"
#include "record/reading_pattern.hpp"
#include "record/reading_record.hpp"
#include "record/records.hpp"

namespace meterpipe::fuzz {

namespace {

template <class Record>
std::string written(const Record& record) {
  Buffer out;
  record::write(out, record);
  return std::string(out.view().substr(0, out.size() - 1));
}

// Gives the first writing.
template <class Record>
void check_round(record::Line& line) {
  Record record;
  if (!record::read(line, record)) return;
  const std::string once = written(record);
  CAPTURE(once);
  record::Line again;
  REQUIRE(again.parse(once).has_value());
  REQUIRE(again.type() == line.type());
  REQUIRE(again.head().seq == line.head().seq);
  REQUIRE(again.head().src == line.head().src);
  REQUIRE(again.head().ts == line.head().ts);
  Record second;
  REQUIRE(record::read(again, second).has_value());
  REQUIRE(second.bytes == record.bytes);
  REQUIRE(written(second) == once);
}

bool is_same(const record::ReadingValue& a, const record::ReadingValue& b) {
  return a.obis == b.obis && a.pos == b.pos && a.name == b.name && a.value == b.value &&
         a.hex == b.hex && a.text == b.text && a.unit == b.unit && a.type == b.type &&
         a.scaler == b.scaler && a.attr == b.attr && a.at == b.at && a.unchanged == b.unchanged;
}

void check_same(const record::ReadingRecord& a, const record::ReadingRecord& b) {
  REQUIRE(a.head.ts == b.head.ts);
  REQUIRE(a.head.src == b.head.src);
  REQUIRE(a.head.seq == b.head.seq);
  REQUIRE(a.id == b.id);
  REQUIRE(a.meter == b.meter);
  REQUIRE(a.time == b.time);
  REQUIRE(a.auth == b.auth);
  REQUIRE(a.layout == b.layout);
  REQUIRE(a.invoke == b.invoke);
  REQUIRE(a.title() == b.title());
  REQUIRE(a.values.size() == b.values.size());
  for (std::size_t i = 0; i < a.values.size(); ++i) REQUIRE(is_same(a.values[i], b.values[i]));
}

struct Seen final : record::Sink {
  record::ReadingPatterns patterns;
  std::optional<record::LinePattern> pattern;
  std::string pattern_of;
  std::size_t records = 0;

  void on_record(record::Line& line, std::uint64_t) override {
    ++records;
    switch (line.type()) {
      case record::Type::bytes: return check_round<record::BytesRecord>(line);
      case record::Type::apdu: check_round<record::ApduRecord>(line); return check_pattern(line);
      case record::Type::reading: return check_reading(line);
      default: return;
    }
  }
  void on_piece(const record::InputPiece&) override {}
  void on_bad_line(const Error&, std::uint64_t number, std::string_view) override {
    REQUIRE(number > 0);
  }

  void check_reading(record::Line& line) {
    record::ReadingRecord general;
    const bool is_good = record::read(line, general).has_value();
    record::Line quick_line;
    record::ReadingRecord quick;
    if (patterns.read(line.text(), quick_line, quick)) {
      REQUIRE(is_good);
      check_same(general, quick);
      REQUIRE(quick_line.type() == line.type());
      REQUIRE(quick_line.fields().size() == line.fields().size());
      for (std::size_t i = 0; i < line.fields().size(); ++i) {
        REQUIRE(quick_line.fields()[i].key == line.fields()[i].key);
        REQUIRE(quick_line.fields()[i].raw == line.fields()[i].raw);
      }
    }
    // Made of each line, and not of one in eight: the pattern of a line fits that line.
    if (!is_good) return;
    if (const auto own = record::ReadingPattern::of(line, general)) {
      REQUIRE(own->read(line.text(), quick_line, quick));
      check_same(general, quick);
    }
    patterns.learn(line, general);
  }

  // What a pattern takes, the general way reads as a record of the same kind.
  void check_pattern(record::Line& line) {
    record::ApduRecord record;
    if (!record::read(line, record)) return;
    record::LinePattern::Parts parts;
    if (pattern && pattern->fits(line.text(), parts)) {
      REQUIRE(parts.ts == line.head().ts);
      if (!parts.seq.empty()) REQUIRE(parts.seq == std::to_string(*line.head().seq));
      REQUIRE(parts.hex.size() == 2 * record.bytes.size());
    }
    pattern = record::LinePattern::of(line);
    if (pattern) REQUIRE(pattern->fits(line.text(), parts));
  }
};

}  // namespace

void check(Bytes input) {
  Seen seen;
  record::InputSplitter splitter(record::Form::automatic, seen);
  splitter.push(as_text(input));
  splitter.finish();
}

}  // namespace meterpipe::fuzz
