// A message shown byte by byte, taken apart again: what each line must be like is checked here, the
// bytes that were shown are for the caller to hold against the message.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "record/input.hpp"
#include "support/text.hpp"

namespace meterpipe::test {

inline constexpr std::size_t kWidth = 100;

struct Shown {
  std::string text;
  std::vector<ByteVector> blocks;  // the bytes column, from each offset 0 on
  bool good = false;
};

inline bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

inline std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// offset, two blanks, bytes with a blank between them, then the end or two blanks. False: a flaw.
inline bool take_row(const std::string& line, std::vector<ByteVector>& blocks, bool& begins) {
  std::size_t at = 0;
  while (at < line.size() && is_hex(line[at])) ++at;
  if (at < 4 || line.compare(at, 2, "  ") != 0) return false;
  const std::size_t offset = std::stoul(line.substr(0, at), nullptr, 16);
  ByteVector bytes;
  for (at += 2;; ++at) {
    if (at + 2 > line.size() || !is_hex(line[at]) || !is_hex(line[at + 1])) return false;
    append(bytes, hex(line.substr(at, 2)));
    at += 2;
    if (at == line.size()) break;
    if (line[at] != ' ') return false;
    if (line.compare(at, 2, "  ") == 0) break;
  }
  if (begins && offset == 0) blocks.emplace_back();
  begins = false;
  if (blocks.empty() || blocks.back().size() != offset || bytes.size() > 16) return false;
  if (at != line.size() && bytes.size() > 8) return false;
  append(blocks.back(), bytes);
  return true;
}

// Takes the lines apart; what each must be is checked here.
inline Shown taken_apart(std::string text, bool good) {
  Shown shown{std::move(text), {}, good};
  bool begins = true;
  for (std::size_t at = 0; at < shown.text.size();) {
    const std::size_t end = shown.text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = shown.text.substr(at, end - at);
    at = end + 1;
    CAPTURE(line);
    REQUIRE(is_printable_utf8(line));
    REQUIRE(columns(line) <= kWidth);
    REQUIRE((line.empty() || line.back() != ' '));
    for (const char* head : {"# message", "# plaintext", "# inside"}) {
      if (line.starts_with(head)) begins = true;
    }
    if (line.empty() || line[0] == '#') continue;
    REQUIRE(take_row(line, shown.blocks, begins));
  }
  return shown;
}

struct PiecesSeen final : record::Sink {
  std::vector<ByteVector> bytes;
  std::size_t bad = 0;
  void on_record(record::Line&, std::uint64_t) override { ++bad; }
  void on_piece(const record::InputPiece& piece) override {
    bytes.emplace_back(piece.bytes.begin(), piece.bytes.end());
  }
  void on_bad_line(const Error&, std::uint64_t, std::string_view) override { ++bad; }
};

inline void check_read_again(const Shown& shown) {
  PiecesSeen pieces;
  record::InputSplitter splitter(record::Form::automatic, pieces);
  splitter.push(shown.text);
  splitter.finish();
  CHECK(pieces.bad == 0);
  CHECK(pieces.bytes == shown.blocks);
}

}  // namespace meterpipe::test
