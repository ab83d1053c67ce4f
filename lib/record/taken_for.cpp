// What a source was taken for, in words.
#include <fmt/format.h>

#include "record/input.hpp"

namespace meterpipe::record {
namespace {

void add(std::string& text, std::string_view between, std::string_view more) {
  if (!text.empty()) text += between;
  text += more;
}

}  // namespace

std::string TakenFor::text() const {
  if (start == dump::Start::raw) return "read as raw bytes";
  if (start == dump::Start::gzip) return {};
  std::string form;
  if (found.decimal) add(form, " and ", "decimal numbers");
  if (found.bits) add(form, " and ", "binary numbers");
  if (found.escapes) add(form, " and ", "strings with escapes");
  if (found.base64) add(form, " and ", "base64");
  const bool is_plain = form.empty() && !found.prefix && !found.counts;
  if (found.hex || (form.empty() && found.rows > 0)) {
    form = form.empty() ? "hex" : "hex and " + form;
  }
  if (telegrams > 0) add(form, " and ", "P1 telegrams");
  if (found.prefix)
    form += found.offsets ? ", a prefix and an offset before it" : ", a prefix before it";
  if (found.counts) form += ", a number before it";
  const bool is_wide = start == dump::Start::utf16_le || start == dump::Start::utf16_be;
  if (is_wide) form += form.empty() ? "UTF-16" : ", in UTF-16";
  std::string text;
  if (!form.empty() && (!is_plain || is_wide || telegrams > 0 || found.skipped > 0)) {
    text = "read as " + form;
  }
  if (found.skipped > 0) {
    add(text, "; ",
        fmt::format("{} line{} of text skipped (the first: line {})", found.skipped,
                    found.skipped == 1 ? "" : "s", found.first_skipped));
  }
  return text;
}

}  // namespace meterpipe::record
