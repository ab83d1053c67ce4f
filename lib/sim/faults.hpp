// What a simulated meter, its keys and its line can be made to do wrong: names, values, and what a
// reader must find. A new fault is a row here and its deed in one of
//
//   fault_meter.cpp      clock, layout, plaintext, ciphering, keys, counter
//   fault_frames.cpp     segments and blocks, bytes of frames, frames of other protocols
//   fault_line.cpp       noise, baud rate, parity, levels
//
// faults = fault *( "," fault )        fault = name [ "=" value ]
//   lost-segment        bitflip=3,clock=-120        parity=seven
//
// All chance comes from the seed: the same options give the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "doctor/causes.hpp"

namespace meterpipe::sim {

// In the order in which they are done: from the meter to the line.
enum class FaultKind : std::uint8_t {
  clock,
  clock_zone,
  layout,
  bad_apdu,
  wrong_key,
  wrong_ak,
  swap_keys,
  garbled_key,
  wrong_title,
  suite,
  compressed,
  wrong_tag,
  counter_backwards,
  replay,
  lost_segment,
  lost_block,
  duplicate,
  reorder,
  modbus,
  rsp_ud,
  oms,
  sml,
  dsmr,
  bitflip,
  drop_byte,
  cut,
  checksum,
  noise,
  parity,
  wrong_baud,
  inverted,
  zeros,
  ones,
  silence,
  unread,  // last: the others' bytes come from their numbers
};

enum class Garbling : std::uint8_t { halves, reversed, digit, transposed, nibbles };
enum class ParityFault : std::uint8_t { zeroed, dropped, seven, marked };

struct FaultRow {
  FaultKind kind;
  std::string_view name;
  doctor::Cause cause;
  std::string_view deed;        // a line for people
  std::string_view value = {};  // as the help shows it: "SHARE"; empty: none
  std::string_view usual = {};  // what it is without a value
};

std::span<const FaultRow> fault_rows();
const FaultRow& row_of(FaultKind kind);

// Shares are parts per million; words are numbers of their enum; a baud rate of 0 is chosen by the
// line.
struct FaultChoice {
  FaultKind kind;
  std::int64_t value = 0;
};

struct Faults {
  std::vector<FaultChoice> list;        // in the order of FaultKind
  std::uint32_t share_ppm = 1'000'000;  // of the messages that they are done to

  bool any() const { return !list.empty(); }
  const FaultChoice* find(FaultKind kind) const;
};

// Adds those of `text`; what is wrong with it otherwise.
tl::expected<void, std::string> add_faults(Faults& faults, std::string_view text);
// "0.25" to 250000: above 0, at most 1, up to six decimals.
std::optional<std::uint32_t> parse_share(std::string_view text);

// What was done to a message, and what a reader must make of it.
class FaultNote {
 public:
  // Without a cause: the bytes cannot tell.
  void add(FaultKind kind, std::optional<doctor::Cause> cause);
  void add(FaultKind kind) { add(kind, row_of(kind).cause); }
  void damaged(std::uint64_t bytes) { bytes_ = bytes_.value_or(0) + bytes; }

  const std::vector<std::string_view>& names() const { return names_; }
  // Of the first layer of those that something was done to.
  std::optional<doctor::Cause> cause() const;
  const std::optional<std::uint64_t>& bytes() const { return bytes_; }
  bool any() const { return !names_.empty(); }

 private:
  std::vector<std::string_view> names_;
  std::vector<std::optional<doctor::Cause>> causes_;
  std::optional<std::uint64_t> bytes_;
};

// Of a clock that is off by so many seconds: of another zone if that is nearly a whole number of
// quarters of an hour. Of a clock that claims no zone nobody can tell half hours (nullopt).
std::optional<doctor::Cause> cause_of_clock(std::int64_t seconds, bool says_deviation);

}  // namespace meterpipe::sim
