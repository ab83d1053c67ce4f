// What can be wrong on the way from a meter's pins to its values: the layers in the order in which
// they are walked, and what may break each. A new cause is a row in causes.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace meterpipe::doctor {

enum class Layer : std::uint8_t {
  line,       // levels, baud rate, parity
  framing,    // M-Bus, HDLC, P1: headers and checksums
  transport,  // segments, blocks
  cipher,     // ciphering header: title, suite
  key,        // EK, AK
  apdu,       // the plaintext
  layout,     // which value is what
  clock,      // times and counters
  none,
};
inline constexpr std::size_t kLayers = static_cast<std::size_t>(Layer::none);
inline constexpr std::array<std::string_view, kLayers + 1> kLayerNames{
    "line", "framing", "transport", "cipher", "key", "apdu", "layout", "clock", "none"};
inline std::string_view name(Layer layer) { return kLayerNames[static_cast<std::size_t>(layer)]; }

enum class State : std::uint8_t { ok, suspicious, broken, not_reached };
inline constexpr std::array<std::string_view, 4> kStateNames{"ok", "suspicious", "broken",
                                                             "not-reached"};
inline std::string_view name(State state) { return kStateNames[static_cast<std::size_t>(state)]; }

enum class Cause : std::uint8_t {
  none,
  // line
  nothing_received,
  zeros_or_ones,
  noise,
  leftover_bytes,  // a few behind each message: of a frame that was taken off, an end of line
  changed_bytes,   // by a program on the way
  baud,
  parity,
  inverted,
  no_answer,  // of a meter that was asked
  // framing
  cut_frames,
  checksum,
  needs_answer,  // OMS: the meter sends no values before it gets an E5
  modbus,
  rsp_ud,  // a heat, water or gas meter's answer
  sml,
  dsmr,       // text of a P1 port that makes no telegram
  collision,  // several meters answer one request
  // transport
  segment_lost,
  block_lost,
  // cipher
  wrong_title,
  unsupported_cipher,
  // key
  no_key,
  key_file,  // what was given is none
  wrong_key,
  swapped_keys,
  garbled_key,
  tag_failed,
  // apdu
  bad_apdu,
  // layout
  unknown_layout,
  unsure_values,
  // clock
  clock_zone,
  clock_off,
  counter_replay,
  counter_backwards,
};

struct CauseRow {
  Cause cause;
  Layer layer;
  std::string_view code;     // stable: "zeros-or-ones"
  std::string_view meaning;  // a sentence for people
  std::string_view advice;   // what to try
};

const CauseRow& row_of(Cause cause);
inline std::string_view code_of(Cause cause) { return row_of(cause).code; }
inline Layer layer_of(Cause cause) { return row_of(cause).layer; }
std::optional<Cause> find_cause(std::string_view code);

}  // namespace meterpipe::doctor
