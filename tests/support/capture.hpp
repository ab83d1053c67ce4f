// A capture of a real meter, ID.hex and ID.expected.json, and how readings are held against it
// (the captures' README): raw equal and in order, nothing added; value = raw * 10^scaler exactly
// and unit equal where a scaler is expected; times equal, an offset only where a deviation was
// sent.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "support/json_tree.hpp"

namespace meterpipe::test {

struct Capture {
  std::string id, transport, category, title;
  std::string keys;  // a key file's line, or empty
  ByteVector bytes;
  Json expected{""};
};

// Where they are: METERPIPE_CAPTURES, else beside the project.
std::string captures_folder();

// All captures in `folder`, by id.
std::vector<Capture> load_captures(const std::string& folder);

// Errors that noise, or a stream that was entered in its middle, may give.
bool is_about_the_line(const Json& record);

// What is wrong with the records that the pipeline gave, one line each; empty: all as expected.
std::vector<std::string> compare(const Capture& capture, const std::vector<Json>& records);

// The same for a stream that was entered in mid-frame: its last messages are as expected, those
// before are among them, and errors before do not matter.
std::vector<std::string> compare_the_last(const Capture& capture, const std::vector<Json>& records);

// At least one error with code and text, and no value: for damaged bytes and wrong keys.
std::vector<std::string> expect_reason_only(const std::vector<Json>& records);

}  // namespace meterpipe::test
