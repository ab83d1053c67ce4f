// What of a message is drawn as rows: an APDU, its Data, a P1 telegram.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "cosem/names.hpp"
#include "views/meanings.hpp"
#include "views/rows.hpp"

namespace meterpipe::views {

// An APDU from its tag down to each element, by the general walk (apdu/walk.hpp). Of a ciphered one
// the header, security control and invocation counter; its content stays hex.
//
// All bytes of the rows, once each: what cannot be read follows as it is behind lines with ??.
// `tag_note` is said of an authentication tag. Gives why it could not be read to its end.
std::optional<Error> apdu_rows(Rows& rows, const Meanings& meanings, std::string_view tag_note);

// Data (A-XDR), a row per element:
//
//   0016  02 03                  structure of 3
//   0018  09 06 01 00 20 07 00 ff  octet-string(6): 1-0:32.7.0 Voltage L1
//   0020  12 09 11                 long-unsigned 2321 -> 232.1 V
//
// `nodes` refer to `apdu`, which begins `base` bytes behind the start of the rows. A tree that was
// cut (its open containers have next 0) is shown as far as it goes.
void data_rows(Rows& rows, const axdr::Nodes& nodes, Bytes apdu, std::size_t base, int depth,
               const Meanings& meanings);

// A P1 telegram, a line of it at a time: its text, and what the readings made of it. Gives what is
// wrong with the telegram as a whole, or with its first bad line.
std::optional<Error> p1_rows(Rows& rows, const cosem::NameFormat& format);

// Text a line at a time, quoted; behind(line) says what stands behind it.
template <class Behind>
void text_rows(Rows& rows, const Behind& behind) {
  constexpr std::size_t kShown = 120;  // of a line's text; its bytes stand below it
  const std::string_view text = as_text(rows.bytes());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    std::string_view line = text.substr(at, end - at);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    std::string shown = line.empty() ? "empty line" : quoted(as_bytes(line.substr(0, kShown)));
    if (line.size() > kShown) shown += "...";
    rows.field(end, rows.at(), 0, shown + behind(line));
    at = end;
  }
}

}  // namespace meterpipe::views
