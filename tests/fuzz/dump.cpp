// Input of any form (lib/dump, lib/record): where it was cut does not matter, in a file and live;
// what was read is no more than what there was.
#include <algorithm>
#include <iterator>

#include "base/hex.hpp"
#include "fuzz/fuzz.hpp"
#include "record/input.hpp"
#include "support/pasted.hpp"

namespace meterpipe::fuzz {

namespace {

test::Pasted pasted(std::string_view text, const std::vector<std::size_t>& cuts, bool live) {
  test::Pasted seen;
  record::InputSplitter splitter(record::Form::automatic, seen);
  splitter.set_times(true);
  splitter.set_live(live);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    splitter.push(text.substr(from, cut - from));
    from = cut;
  }
  splitter.push(text.substr(from));
  splitter.finish();
  REQUIRE(splitter.taken() <= text.size());
  return seen;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "; ";
  return all;
}

void check_same(const test::Pasted& a, const test::Pasted& b) {
  REQUIRE(to_hex(a.bytes) == to_hex(b.bytes));
  REQUIRE(joined(a.bad) == joined(b.bad));
  REQUIRE(a.records == b.records);
  REQUIRE(a.taken == b.taken);
}

// A live source hands over what is there, whole lines or parts of them: these end at the lines'
// ends.
std::vector<std::size_t> lines_of(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos;) {
    if (++at < text.size()) ends.push_back(at);
  }
  return ends;
}

}  // namespace

void check(Bytes input) {
  const std::string_view text = as_text(input);
  const std::vector<std::size_t> cuts = cuts_of(input), lines = lines_of(text);
  check_same(pasted(text, cuts, false), pasted(text, {}, false));
  std::vector<std::size_t> parts;
  std::ranges::set_union(lines, cuts, std::back_inserter(parts));
  check_same(pasted(text, parts, true), pasted(text, lines, true));
}

}  // namespace meterpipe::fuzz
