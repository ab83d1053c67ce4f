// Every paste form as plain hex: an APDU over any link, pasted in any form, in a file and live, is
// the bytes of the message, or is refused with a reason.
#include <algorithm>
#include <string_view>

#include "apdu/extent.hpp"
#include "base/hex.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/links.hpp"
#include "support/pasted.hpp"
#include "support/pasted_forms.hpp"

namespace meterpipe::fuzz {

namespace {

// One row with an offset of two digits: nothing says that it is none of the bytes.
bool is_row_with_offset(const test::PastedForm& form, std::string_view text) {
  return std::string_view(form.name) == "offset of two digits" &&
         std::ranges::count(text, '\n') == 1;
}

}  // namespace

void check(Bytes input) {
  static const std::vector<test::PastedForm> forms = test::pasted_forms();
  Taker taker(input);
  const test::PastedForm& form = forms[integer_of(taker.bytes(2)) % forms.size()];
  const sim::LinkForm link = link_form_of(taker);
  const Bytes apdu = taker.rest();
  if (!apdu::is_whole(apdu)) return;
  std::vector<ByteVector> frames;
  if (!sim::to_frames(link, apdu, {}, frames)) return;
  ByteVector message;
  for (const ByteVector& frame : frames) append(message, frame);
  CAPTURE(form.name);
  const std::string text = form.make(message);
  CAPTURE(text);
  for (const test::Way way : {test::Way::cut, test::Way::line_by_line}) {
    if (way == test::Way::line_by_line && !form.live) continue;
    const std::size_t cut = static_cast<std::size_t>(chance_of(input).below(text.size() + 1));
    const test::Pasted seen = test::paste(text, way, cut);
    if (!seen.bad.empty()) {
      REQUIRE(seen.bytes.size() < message.size());
      continue;
    }
    // It ends where its message does: with the offset as a byte the message is the same.
    if (is_row_with_offset(form, text) && to_hex(seen.bytes) == "00" + to_hex(message)) continue;
    REQUIRE(to_hex(seen.bytes) == to_hex(message));
    REQUIRE(seen.records.empty());
  }
}

}  // namespace meterpipe::fuzz
