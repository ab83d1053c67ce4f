// What an input of any form is read as: at once, cut, or live line by line.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "record/fault_text.hpp"
#include "record/input.hpp"

namespace meterpipe::test {

struct Pasted : record::Sink {
  ByteVector bytes;
  std::vector<record::InputPiece::Kind> kinds;
  std::vector<std::string> times, bad, records;
  std::string taken;

  void on_record(record::Line& line, std::uint64_t) override { records.emplace_back(line.text()); }
  void on_piece(const record::InputPiece& piece) override {
    append(bytes, piece.bytes);
    kinds.push_back(piece.kind);
    times.push_back(piece.meta.ts);
  }
  void on_bad_line(const Error& error, std::uint64_t number, std::string_view) override {
    bad.push_back(std::to_string(number) + ": " + record::describe(error));
  }
  void on_end(const record::TakenFor& taken_for) override { taken = taken_for.text(); }
};

enum class Way { at_once, cut, line_by_line };

inline Pasted paste(const std::string& text, Way way = Way::at_once, std::size_t cut = 0) {
  Pasted pasted;
  record::InputSplitter splitter(record::Form::automatic, pasted);
  splitter.set_times(true);
  const std::string_view whole = text;
  if (way == Way::line_by_line) {
    splitter.set_live(true);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
      splitter.push(whole.substr(at, end - at));
      at = end;
    }
  } else {
    splitter.push(whole.substr(0, cut));
    splitter.push(whole.substr(cut));
  }
  splitter.finish();
  return pasted;
}

}  // namespace meterpipe::test
