// P1 telegrams (IEC 62056-21 mode D, DSMR P1 companion standard 5).
//
//   / XXX Z ident CR LF  CR LF  0-0:1.0.0(…) CR LF …  ! CRC CR LF
//
// XXX: three letters of the manufacturer. CRC: CRC-16/ARC from `/` to `!`, four hex digits, high
// one first.
//
// What real meters do: no CRC at all (Iskra AM550 in Slovenia, EasyMeter Q3D), then a NUL or other
// bytes behind the `!` and empty lines between telegrams; a CRC without its zeros in front. Logs
// have lost the CR; the CRC is then taken as if it stood there. A damaged byte in a line costs one
// value and not the telegram if nothing checks it, so only the identification line must be
// printable. Without a CRC the lines speak for the telegram: most of them are CODE(value).
//
// In Poland (Elgama) a ciphered APDU stands behind the head, without tag and title, and the CRC is
// that of head and APDU:
//
//   / E G M 5 G 3 5 CR LF  CR LF  00 82 02 30 30 00 00 00 00 … tag  ! C F F 1 CR LF
//
// A telegram ends with its last line's end, so that nothing waits for the next one. Another
// identification line before the `!` ends it, too: it was cut.
#pragma once

#include "link/frame.hpp"

namespace meterpipe::link {

// Lines of a stream in which no telegram ends and none begins: each is gone through once, however
// many identification lines stand before it. Places are counted as that of `rest` is.
class PlainLines {
 public:
  // From where one line begins to where another does.
  void add(std::size_t from, std::size_t to);
  // Where the lines behind `place`, a line's begin, have to be gone through.
  std::size_t behind(std::size_t place) const {
    return from_ <= place && place < to_ ? to_ : place;
  }
  // So many bytes were taken away before the first place.
  void shift(std::size_t size);

 private:
  std::size_t from_ = 0, to_ = 0;
};

// `check`: whether a CRC must fit; one that is not there need not. `place`: of rest[0].
Probe probe_p1(Bytes rest, bool at_end, bool check, std::size_t place, PlainLines& plain);

// Whether it is requests of a reading device, /?12345678! CR LF, and ends of lines: what a line
// that hears both sides has between the answers of mode C.
bool are_sign_ons(Bytes run);

}  // namespace meterpipe::link
