#include "json/writer.hpp"

#include "base/utf8.hpp"

namespace meterpipe::json {
namespace {

bool is_plain(char c) {
  const auto u = static_cast<std::uint8_t>(c);
  return u >= 0x20 && u < 0x7f && c != '"' && c != '\\';
}

void add_one_escaped(Buffer& out, std::uint8_t c) {
  switch (c) {
    case '"':
      return out.add("\\\"");
    case '\\':
      return out.add("\\\\");
    case '\n':
      return out.add("\\n");
    case '\r':
      return out.add("\\r");
    case '\t':
      return out.add("\\t");
    default: {
      out.add("\\u00");
      add_hex(out, Bytes(&c, 1));
    }
  }
}

}  // namespace

void add_escaped(Buffer& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && is_plain(text[end])) ++end;
    out.add(text.substr(at, end - at));
    if (end == text.size()) return;
    at = end;
    const auto c = static_cast<std::uint8_t>(text[at]);
    if (c < 0x80) {
      add_one_escaped(out, c);
      ++at;
      continue;
    }
    const std::size_t n = utf8_sequence(text, at);
    if (n == 0) {
      out.add("\xef\xbf\xbd");
      ++at;
    } else {
      out.add(text.substr(at, n));
      at += n;
    }
  }
}

}  // namespace meterpipe::json
