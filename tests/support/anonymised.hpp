// A capture of simulated meters made anonymous, and what the tools behind it make of it. The search
// for the old identity shares nothing with the one in the program.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apdu/open.hpp"
#include "base/hex.hpp"
#include "decode/frame_source.hpp"
#include "decode/reading_maker.hpp"
#include "keys/key_finder.hpp"
#include "share/anonymise.hpp"
#include "sim/simulator.hpp"
#include "support/json_tree.hpp"
#include "views/reading_json.hpp"

namespace meterpipe::test {

class Rings final : public share::KeyRings {
 public:
  explicit Rings(const std::string& lines) : ring_(parsed(lines)), old_(ring_) {}
  apdu::KeySource& old_keys() override { return old_; }
  apdu::KeySource& new_keys(std::string_view lines) override {
    new_ring_ = parsed(std::string(lines));
    new_ = std::make_unique<keys::KeyFinder>(new_ring_);
    return *new_;
  }
  std::vector<Bytes> secrets() const override {
    std::vector<Bytes> all;
    for (const auto& entry : ring_.entries()) all.push_back(entry.encryption);
    return all;
  }
  static keys::KeyRing parsed(const std::string& lines) {
    std::vector<std::string> warnings;
    return keys::KeyRing::parse(lines, "keys", warnings);
  }

 private:
  keys::KeyRing ring_;
  keys::KeyFinder old_;
  keys::KeyRing new_ring_;
  std::unique_ptr<keys::KeyFinder> new_;
};

inline std::string key_line(const sim::SimSettings& settings) {
  if (!settings.control) return {};
  std::string line = "title=" + to_hex(settings.meter->title) + " ek=" + to_hex(settings.keys.ek);
  if ((*settings.control & apdu::kAuthenticated) != 0) line += " ak=" + to_hex(settings.keys.ak);
  if ((*settings.control & apdu::kBroadcast) != 0) {
    line += " broadcast=" + to_hex(settings.keys.broadcast);
  }
  return line + "\n";
}

inline sim::SimSettings settings_of(const sim::Meter& meter, std::uint64_t seed) {
  sim::SimSettings settings;
  settings.meter = &meter;
  settings.seed = seed;
  settings.start = sim::kFirstStart + 86400 * 500;
  settings.control = meter.control;
  settings.keys = sim::own_keys(meter, meter.control.value_or(0));
  return settings;
}

// A line of hex for each message; empty where the link cannot carry it.
inline std::string lines_of(const sim::SimSettings& settings, int count,
                            std::vector<ByteVector>* plain) {
  sim::Simulator simulator(settings);
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto message = simulator.next();
    if (!message) return {};
    for (const ByteVector& frame : (*message)->frames) text += to_hex(frame);
    text += '\n';
    if (plain != nullptr) plain->push_back((*message)->plain);
  }
  return text;
}

// What the tools behind it make of a capture.
struct Seen final : decode::FrameRecordSink, record::Sink {
  explicit Seen(const std::string& keys) : ring(Rings::parsed(keys)), finder(ring) {}

  void give(const record::ApduRecord& record) override {
    apdus.push_back(record.bytes);
    record::ApduRecord one = record;
    apdu::Auth auth = apdu::Auth::plain;
    if (apdu::is_ciphered(record.bytes)) {
      apdu::Opener opener(finder, apdu::AuthMode::check, {});
      apdu::Security security;
      ByteVector plain;
      if (!opener.open(record.bytes, security, plain)) return void(++errors);
      auth = security.auth;
      counters.push_back(security.counter);
      one.security = std::move(security);
      one.bytes = plain;
    }
    plains.push_back(one.bytes);
    const auto reading = maker.make(one, auth);
    if (!reading) return void(++errors);
    Buffer out;
    views::ReadingJson(cosem::NameFormat{}).write(out, **reading);
    readings.push_back(Json::parse(std::string(out.view())));
  }
  void give(const record::FrameRecord& record) override {
    frame_sizes.push_back(record.bytes.size());
  }
  void give(const record::MbusRecord& record) override { answers.push_back(record.id); }
  void give(const record::ErrorRecord&) override { ++errors; }

  void on_record(record::Line& line, std::uint64_t) override {
    record::BytesRecord record;
    if (!record::read(line, record)) return void(++errors);
    lines.push_back(std::string(line.text()));
    append(stream, record.bytes);
    source_of(record.head.src).push_alone(record.bytes, {});
  }
  void on_piece(const record::InputPiece& piece) override {
    if (piece.kind != record::InputPiece::Kind::stream) return push(piece.bytes);
    append(stream, piece.bytes);
    source.push(piece.bytes, {});
  }
  void on_bad_line(const Error&, std::uint64_t, std::string_view) override { ++errors; }
  void push(Bytes bytes) {
    append(stream, bytes);
    source.push_alone(bytes, {});
  }
  void read(std::string_view text) {
    record::InputSplitter splitter(record::Form::automatic, *this);
    splitter.push(text);
    splitter.finish();
    source.finish();
    for (auto& [name, one] : sources) one->finish();
  }
  decode::FrameSource& source_of(std::string_view name) {
    auto& one = sources[std::string(name)];
    if (!one)
      one = std::make_unique<decode::FrameSource>("test", std::string(name), settings, *this);
    return *one;
  }

  keys::KeyRing ring;
  keys::KeyFinder finder;
  decode::FrameSettings settings{{}, 2'000'000, true};
  decode::FrameSource source{"test", "x", settings, *this};
  std::map<std::string, std::unique_ptr<decode::FrameSource>> sources;  // of records
  decode::ReadingMaker maker{[] {
                               readings::ProfileSet set;
                               set.use_builtin();
                               return set;
                             }(),
                             {}};
  ByteVector stream;
  std::vector<ByteVector> apdus, plains;
  std::vector<Json> readings;
  std::vector<std::size_t> frame_sizes;
  std::vector<std::uint32_t> counters;
  std::vector<std::string> answers, lines;
  int errors = 0;
};

inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
inline bool holds(Bytes bytes, std::string_view what) {
  return lower(std::string(as_text(bytes))).find(lower(std::string(what))) != std::string::npos;
}
inline bool is_serial(std::string_view text) {
  std::size_t run = 0, longest = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest >= 6;
}

// Nothing of the old meter: raw, as hex, as text, as hex of text.
inline void check_gone(const std::string& text, const Seen& seen,
                       const sim::SimSettings& settings) {
  const sim::Meter& meter = *settings.meter;
  std::vector<std::string> old;
  if (settings.control) {
    old.emplace_back(as_text(meter.title));
    old.emplace_back(as_text(settings.keys.ek));
    if (!settings.keys.ak.empty()) old.emplace_back(as_text(settings.keys.ak));
  }
  for (const std::string_view one : {meter.serial, meter.device_name}) {
    if (is_serial(one)) old.emplace_back(one);
  }
  for (const std::string& one : old) {
    const std::string hex = to_hex(as_bytes(one));
    INFO(std::string(meter.name), " ", hex);
    CHECK_FALSE(holds(as_bytes(text), hex));
    CHECK_FALSE(holds(seen.stream, one));
    CHECK_FALSE(holds(seen.stream, hex));
    for (const ByteVector& plain : seen.plains) {
      CHECK_FALSE(holds(plain, one));
      CHECK_FALSE(holds(plain, hex));
    }
  }
}

inline bool may_change(const Json& value, const std::string& meter) {
  const std::string code = value["obis"].text(), text = value["value"].text();
  return code.find(":96.1.") != std::string::npos || code.ends_with(":42.0.0") ||
         code.find(":0.0.") != std::string::npos || text == meter ||
         (code.empty() && is_serial(text)) || text.find("Node [") != std::string::npos ||
         text.find("059F43") != std::string::npos;
}

// Everything but who it is.
inline void check_same(const Seen& was, const Seen& is) {
  REQUIRE(was.readings.size() == is.readings.size());
  REQUIRE(was.errors == 0);
  CHECK(is.errors == 0);
  CHECK(was.frame_sizes == is.frame_sizes);
  CHECK(was.counters == is.counters);
  for (std::size_t i = 0; i < was.plains.size(); ++i) {
    CHECK(was.plains[i].size() == is.plains[i].size());
    CHECK(was.apdus[i].size() == is.apdus[i].size());
  }
  for (std::size_t i = 0; i < was.readings.size(); ++i) {
    const Json &a = was.readings[i], &b = is.readings[i];
    for (const char* key : {"time", "invoke", "auth", "layout", "profile", "list"}) {
      CHECK(a[key].raw() == b[key].raw());
    }
    const auto before = a["values"].elements(), after = b["values"].elements();
    REQUIRE(before.size() == after.size());
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (before[k].raw() == after[k].raw()) continue;
      INFO(before[k].raw(), " became ", after[k].raw());
      CHECK(may_change(before[k], a["meter"].text()));
      CHECK(before[k]["obis"].raw() == after[k]["obis"].raw());
      CHECK(before[k]["type"].raw() == after[k]["type"].raw());
      CHECK(before[k]["value"].text().size() == after[k]["value"].text().size());
    }
  }
}

inline share::Anonymised made(const std::string& text, Rings& rings, std::uint64_t seed) {
  share::AnonymiseSettings settings;
  settings.seed = seed;
  auto done = share::anonymise(text, settings, rings);
  const std::string why = done ? "" : done.error().text;
  INFO(why);
  REQUIRE(done);
  return std::move(*done);
}

inline const sim::Meter& meter(std::string_view name) {
  const sim::Meter* found = sim::find_meter(name);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace meterpipe::test
