// What the heads of frames look like: where one may begin, and what is left of one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "apdu/tags.hpp"
#include "link/frame.hpp"
#include "link/hdlc.hpp"

namespace meterpipe::link {

// Without a frame around it.
constexpr bool is_bare(FrameKind kind) { return kind == FrameKind::llc || kind == FrameKind::bare; }

// Without a check; telegrams may have one.
constexpr bool is_weak(FrameKind kind) {
  return kind == FrameKind::wrapper || kind == FrameKind::p1 || is_bare(kind);
}

// What a weak frame that begins with this byte is, wherever it stands.
constexpr std::optional<FrameKind> weak_kind(std::uint8_t first) {
  switch (first) {
    case 0x00: return FrameKind::wrapper;
    case 0xe6: return FrameKind::llc;
    case apdu::kDataNotification:
    case apdu::kGeneralGloCiphering:
    case apdu::kGeneralDedCiphering: return FrameKind::bare;
    default: return std::nullopt;
  }
}

// The bytes that frames begin with, where no flag is shared: those that prove themselves, or all.
struct Heads {
  std::array<bool, 256> strong{}, any{};
};
constexpr Heads heads() {
  Heads out;
  for (std::size_t byte = 0; byte < out.any.size(); ++byte) {
    const auto first = static_cast<std::uint8_t>(byte);
    out.strong[byte] =
        first == 0x68 || first == 0x10 || first == 0xe5 || first == kHdlcFlag || first == '/';
    out.any[byte] = out.strong[byte] || weak_kind(first).has_value();
  }
  return out;
}
constexpr Heads kHeads = heads();

// Whether what began as a strong frame and was cut is one: an HDLC header has its HCS, an M-Bus
// frame has the fields of a push.
bool is_cut_frame(Bytes rest, const Error& why);

// Whether these bytes end in the head of an M-Bus or HDLC frame, so that the APDU behind them is
// that frame's. `llc`: an LLC header stands behind them.
bool ends_in_head(Bytes before, bool llc);

// Whether they end in the head of a ciphered APDU that is authenticated and not enciphered: what
// stands behind it is its plaintext, which looks like an APDU by itself and without the tag behind
// it proves nothing.
//   DB 08 4C475A475A63E4C3 43 10 00000007 | 0F 00 …
bool ends_in_cipher_head(Bytes before);

// The same of one that is signed: transaction-id, two titles, date-time, other-information, and the
// length of the content. Without the signature behind it, that proves nothing, either.
//   DF 00 08 4C475A475A63E4C3 00 00 00 1D | 0F 40 …
bool ends_in_signing_head(Bytes before);

}  // namespace meterpipe::link
