#include "json/writer.hpp"

#include "base/utf8.hpp"
#include "json/plain.hpp"

namespace meterpipe::json {
namespace {

void add_one_escaped(Buffer& out, std::uint8_t c) {
  switch (c) {
    case '"': return out.add("\\\"");
    case '\\': return out.add("\\\\");
    case '\n': return out.add("\\n");
    case '\r': return out.add("\\r");
    case '\t': return out.add("\\t");
    default: {
      out.add("\\u00");
      add_hex(out, Bytes(&c, 1));
    }
  }
}

// A sequence of two or three bytes: all that deceives has no more.
void add_deceptive(Buffer& out, std::string_view one) {
  unsigned point = static_cast<std::uint8_t>(one[0]) & (one.size() == 2 ? 0x1fU : 0x0fU);
  for (const char c : one.substr(1)) point = point << 6 | (static_cast<std::uint8_t>(c) & 0x3fU);
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(point >> 8),
                                static_cast<std::uint8_t>(point)};
  out.add("\\u");
  add_hex(out, bytes);
}

}  // namespace

void add_escaped(Buffer& out, std::string_view text) {
  if (skip_plain(text.data(), text.data() + text.size()) == text.data() + text.size()) {
    return out.add(text);
  }
  std::size_t at = 0;
  while (at < text.size()) {
    const char* stop = skip_plain(text.data() + at, text.data() + text.size());
    const auto end = static_cast<std::size_t>(stop - text.data());
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
    } else if (const auto next = static_cast<std::uint8_t>(text[at + 1]);
               c == 0xc2 && next < 0xa0) {
      add_one_escaped(out, next);  // C1: a terminal obeys 9b as it does 1b 5b
      at += n;
    } else {
      const std::string_view one = text.substr(at, n);
      is_deceptive(one) ? add_deceptive(out, one) : out.add(one);
      at += n;
    }
  }
}

}  // namespace meterpipe::json
