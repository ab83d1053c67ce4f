// A frame of any link, and what a probe answers that looks for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::link {

enum class FrameKind : std::uint8_t {
  mbus_long,   // 68 L L 68 C A CI … CS 16; a control frame has L = 3
  mbus_short,  // 10 C A CS 16
  mbus_ack,    // E5
  hdlc,        // 7E … 7E; without the first 7E where it is the last one of the frame before
  hdlc_fill,   // flags between frames; empty lines between telegrams, and requests for them
  wrapper,     // 00 01 source destination length APDU
  p1,          // / … ! CRC; or a head, an APDU, ! CRC
  llc,         // E6 E7 00 APDU
  bare,        // APDU
  sml,         // 1B1B1B1B 01010101 … 1B1B1B1B 1A fill CRC
};

// `mbus`, `hdlc`, `wrapper`, `p1`, `llc`, `sml`; `none` for a bare APDU.
std::string_view link_name(FrameKind kind);

// What the stream is said to hold.
enum class Link : std::uint8_t { automatic, mbus, hdlc, wrapper, p1, llc, none };

struct LinkSettings {
  Link link = Link::automatic;
  bool check_fcs = true;  // HDLC: HCS and FCS; P1: CRC
  bool sml = false;       // SML files, too, where the stream may hold anything
};

struct Frame {
  FrameKind kind;
  Bytes bytes;           // all of it, from the first to the last byte
  std::uint64_t offset;  // of its first byte in the stream
  Bytes data;            // M-Bus: behind CI, before the checksum; HDLC: information; else the APDU
  // M-Bus
  std::uint8_t c = 0;  // long and short frames; the control field of HDLC
  std::uint8_t a = 0;
  std::optional<std::uint8_t> ci;  // long frames
  std::uint32_t length = 0;        // L, as it really is
  bool length_overflow = false;    // L was sent modulo 256 (Sagemcom T210-D)
  // HDLC
  bool segmented = false;
  Bytes destination, source;  // addresses as sent, 1, 2 or 4 bytes
  // wrapper
  std::uint16_t source_port = 0, destination_port = 0;

  // Where a part of its bytes stands in the stream.
  std::uint64_t offset_of(Bytes part) const {
    return offset + static_cast<std::uint64_t>(part.data() - bytes.data());
  }
};

struct Probe {
  enum class Answer : std::uint8_t { need_more, found, bad } answer;
  Frame frame{};               // found; offset is not set
  std::optional<Error> why{};  // bad: more than noise; offset 0
  std::size_t why_size = 0;    // how far the frame that is not good would have reached
  std::size_t needed = 0;      // need_more: so many bytes at least, if known
  bool has_check = true;       // found and not weak: a check fits
  bool is_weak = false;        // found: no check says that it is a frame
  bool is_telling = true;      // found and weak: its head says what it is, not its place alone
  bool if_closed = false;      // `why` holds only if a flag stands at why_size - 1
};

// How many bytes are needed of what is gone through anew each time that it has grown: one more, or
// a sixteenth more of what is longer than is usual.
constexpr std::size_t grown(std::size_t size, std::size_t usual) {
  return size + (size > usual ? size / 16 : 1);
}

// Whether bytes begin as a frame of M-Bus, HDLC or the wrapper, and as no APDU. Of these alone: P1
// is text.
bool begins_as_frame(Bytes bytes);

}  // namespace meterpipe::link
