// The port's side (lib/serial): every byte goes out once and in order, marks stay at their bytes,
// and where reads were cut matters neither for PARMRK nor for records.
#include <string>

#include "fuzz/fuzz.hpp"
#include "serial/assembler.hpp"
#include "serial/line_settings.hpp"
#include "serial/parmrk.hpp"
#include "serial/tcp_address.hpp"

namespace meterpipe::fuzz {

namespace {

struct Record {
  ByteVector bytes;
  std::string why;
  std::vector<std::uint32_t> marked;
  bool operator==(const Record&) const = default;
};

struct Port {
  std::vector<Record> records;
  std::vector<std::uint64_t> marks;  // in all that came out
  ByteVector all;
  serial::Assembler assembler{[this](const serial::Burst& burst) {
    REQUIRE_FALSE(burst.bytes.empty());
    records.push_back(
        {{burst.bytes.begin(), burst.bytes.end()}, std::string(burst.why), burst.marked});
    for (const std::uint32_t mark : burst.marked) {
      REQUIRE(mark < burst.bytes.size());
      marks.push_back(all.size() + mark);
    }
    append(all, burst.bytes);
  }};
};

}  // namespace

void check(Bytes input) {
  ByteVector bytes, cut_bytes;
  std::vector<std::size_t> marked, cut_marked;
  serial::Unmarker whole, cut;
  whole.push(input, bytes, marked);
  whole.finish(bytes);
  const std::vector<std::size_t> cuts = cuts_of(input);
  Port port, one_read;
  std::vector<std::uint64_t> marks;
  std::size_t from = 0;
  const auto push = [&](Bytes piece) {
    const std::size_t before = cut_bytes.size(), marks_before = cut_marked.size();
    cut.push(piece, cut_bytes, cut_marked);
    std::vector<std::size_t> fresh;
    for (std::size_t i = marks_before; i < cut_marked.size(); ++i) {
      fresh.push_back(cut_marked[i] - before);
    }
    port.assembler.push(Bytes(cut_bytes).subspan(before), fresh, {});
  };
  for (const std::size_t place : cuts) {
    push(input.subspan(from, place - from));
    from = place;
  }
  push(input.subspan(from));
  const std::size_t before = cut_bytes.size();
  cut.finish(cut_bytes);
  port.assembler.push(Bytes(cut_bytes).subspan(before), {}, {});
  port.assembler.end();
  REQUIRE(cut_bytes == bytes);
  REQUIRE(cut_marked == marked);
  REQUIRE(bytes.size() <= input.size());
  REQUIRE(port.all == bytes);
  REQUIRE(port.marks == std::vector<std::uint64_t>(marked.begin(), marked.end()));
  REQUIRE(port.assembler.pending() == 0);

  one_read.assembler.push(bytes, marked, {});
  one_read.assembler.end();
  REQUIRE(one_read.all == bytes);
  if (bytes.size() < serial::Assembler::kLimit) REQUIRE(one_read.records == port.records);

  if (const auto settings = serial::parse_line_settings(as_text(input))) {
    const std::string text = to_string(*settings);
    const auto again = serial::parse_line_settings(text);
    REQUIRE(again.has_value());
    REQUIRE(to_string(*again) == text);
  }
}

}  // namespace meterpipe::fuzz
