#include "views/csv.hpp"

#include <string>

#include "base/utf8.hpp"

namespace meterpipe::views {
namespace {

// A text that a spreadsheet would take for a formula; -12.5 is a number.
bool is_formula(std::string_view text) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text[0]) == std::string_view::npos) {
    return false;
  }
  return text[0] != '-' || text.size() == 1 ||
         text.find_first_not_of("0123456789.", 1) != std::string_view::npos;
}

}  // namespace

void add_csv(Buffer& out, std::string_view text, char end) {
  std::string safe;
  if (!is_printable_utf8(text)) {
    text = safe = printable_utf8(text);
  }
  if (is_formula(text)) {
    safe = "'" + std::string(text);
    text = safe;
  }
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.add(text);
  } else {
    out.add('"');
    for (const char c : text) {
      if (c == '"') out.add('"');
      out.add(c);
    }
    out.add('"');
  }
  out.add(end);
}

}  // namespace meterpipe::views
