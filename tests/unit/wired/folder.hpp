// Frames of wired meters, SML files and read-outs with what they must decode to, read in place: a
// folder `wired` beside the captures (METERPIPE_CAPTURES), or METERPIPE_WIRED. Its README says what
// passes. Without it the tests say so and pass.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "decode/wired_reading.hpp"
#include "link/mbus.hpp"
#include "support/capture.hpp"
#include "support/json_tree.hpp"

namespace meterpipe::test {

inline std::filesystem::path wired_folder() {
  if (const char* given = std::getenv("METERPIPE_WIRED")) return given;
  return std::filesystem::path(captures_folder()) / ".." / "wired";
}

inline std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct WiredFile {
  std::string name;
  ByteVector bytes;
  Json expected{""};
};

inline std::vector<WiredFile> load_wired(bool sml) {
  constexpr std::string_view kEnd = ".expected.json";
  std::vector<WiredFile> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(wired_folder(), none)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(kEnd)) continue;
    name.resize(name.size() - kEnd.size());
    if (name.starts_with("sml-") != sml) continue;
    std::string hex = content(entry.path().parent_path() / (name + ".hex"));
    std::erase_if(hex, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    files.push_back({name, *from_hex(hex), Json::parse(content(entry.path()))});
  }
  std::ranges::sort(files, {}, &WiredFile::name);
  return files;
}

// What WiredMaker gives of frames.
struct Made {
  std::vector<decode::WiredReading> readings;
  std::vector<Error> errors;
};
inline Made make_readings(const std::vector<ByteVector>& frames) {
  Made made;
  decode::WiredMaker maker(
      [&made](decode::WiredReading& reading) { made.readings.push_back(std::move(reading)); });
  for (const ByteVector& frame : frames) {
    record::MbusMessage message;
    message.head.src = "test";
    message.frame = frame;
    if (const auto pushed = maker.push(message); !pushed) made.errors.push_back(pushed.error());
  }
  maker.finish();
  return made;
}

// A value as text; "null" for none.
inline std::string shown(const wired::Record& record) {
  switch (record.is) {
    case wired::Record::Is::nothing: return "null";
    case wired::Record::Is::number: return to_string(record.number);
    case wired::Record::Is::text: return record.text;
  }
  return {};
}

}  // namespace meterpipe::test
