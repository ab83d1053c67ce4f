#include "record/hex_line.hpp"

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"

namespace meterpipe::record {
namespace {

// A blank would end the value: a file's name may hold one, and what a terminal obeys.
void add_word(Buffer& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out.add(' ', key, '=');
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t size = std::max<std::size_t>(utf8_sequence(value, at), 1);
    const std::string_view one = value.substr(at, size);
    out.add(one != " " && is_printable_utf8(one) ? one : std::string_view("_"));
    at += size;
  }
}

}  // namespace

void write_hex_line(Buffer& out, const Head& head, const apdu::Security* security, Bytes bytes) {
  if (!head.ts.empty() || !head.src.empty() || security != nullptr) {
    out.add("#@");
    add_word(out, "ts", head.ts);
    add_word(out, "src", head.src);
    if (security != nullptr) {
      if (!security->title.empty()) {
        out.add(" title=");
        add_hex(out, security->title);
      }
      if (security->has_control && (!security->service.empty() || !security->title.empty())) {
        out.add(" counter=");
        char* to = out.room(12);
        out.set_end(std::to_chars(to, to + 12, security->counter).ptr);
      }
      add_word(out, "auth", name(security->auth));
    }
    out.add('\n');
  }
  add_hex(out, bytes);
  out.add('\n');
}

std::optional<apdu::Security> security_of(const Meta& meta) {
  const auto auth = apdu::auth_of(meta.auth).value_or(apdu::Auth::unknown);
  if (auth == apdu::Auth::plain || (meta.title.empty() && meta.counter.empty()))
    return std::nullopt;
  apdu::Security security;
  if (const auto title = from_hex(meta.title)) security.title.assign(*title);
  security.has_control = !meta.counter.empty();
  security.counter = static_cast<std::uint32_t>(json::to_unsigned(meta.counter).value_or(0));
  security.auth = auth;
  return security;
}

}  // namespace meterpipe::record
