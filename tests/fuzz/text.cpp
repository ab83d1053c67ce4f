// Single values as texts (lib/base) and the broker's URL: what was read is written and read as the
// same; whatever is shown to people is printable.
#include <string>

#include "base/decimal.hpp"
#include "base/hex.hpp"
#include "base/host_port.hpp"
#include "base/key_like.hpp"
#include "base/timestamp.hpp"
#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "mqtt/broker_url.hpp"

namespace meterpipe::fuzz {

namespace {

void check_hex(std::string_view text) {
  ByteVector by_table(text.size() / 2);
  const bool scalar = text.size() % 2 == 0 && detail::read_hex_scalar(by_table.data(), text);
  const auto bytes = from_hex(text);
  REQUIRE(bytes.has_value() == scalar);
  if (bytes) REQUIRE(*bytes == by_table);
  const Bytes raw = as_bytes(text);
  std::string digits(2 * raw.size(), '?');
  detail::write_hex_scalar(digits.data(), raw);
  REQUIRE(to_hex(raw) == digits);
  REQUIRE(same(*from_hex(digits), raw));
}

void check_decimals(std::string_view text) {
  const std::size_t cut = text.find('\n');
  const auto a = parse_decimal(text.substr(0, cut));
  if (!a) return;
  const std::string written = to_string(*a);
  REQUIRE(written.size() <= kDecimalChars);
  if (const auto again = parse_decimal(written)) {
    REQUIRE(compare(*again, *a) == 0);
    if (a->exponent <= 0) REQUIRE(again->magnitude == a->magnitude);  // a zero has no sign
    if (a->exponent <= 0) REQUIRE(again->exponent == a->exponent);
    REQUIRE(to_string(*again) == written);
  } else {
    REQUIRE(a->exponent > 0);  // 64 bits do not hold the zeros
  }
  const auto b = cut == std::string_view::npos ? a : parse_decimal(text.substr(cut + 1));
  if (!b) return;
  REQUIRE(compare(*a, *b) == -compare(*b, *a));
  if (const auto sum = add(*a, *b)) {
    if (const auto back = subtract(*sum, *b)) REQUIRE(compare(*back, *a) == 0);
    REQUIRE(compare(*sum, *add(*b, *a)) == 0);
  }
}

void check_times(std::string_view text) {
  const auto wall = parse_wall_time(text);
  const auto time = parse_timestamp(text);
  REQUIRE(time.has_value() == (wall && wall->offset_minutes));
  if (!time) {
    REQUIRE_FALSE(is_record_time(text));
    return;
  }
  const std::string written = format_timestamp(*time);
  REQUIRE(written.size() == kTimestampChars);
  REQUIRE(is_record_time(written));
  REQUIRE(parse_timestamp(written) == time);
  if (is_record_time(text)) REQUIRE(written == text);
}

void check_printable(std::string_view text) {
  const std::string shown = printable_utf8(text);
  REQUIRE(is_printable_utf8(shown));
  if (is_printable_utf8(text)) REQUIRE(shown == text);
  REQUIRE_FALSE(looks_like_key(without_key(std::string(text))));
  REQUIRE(harmless_part(text, 6) <= text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = utf8_sequence(text, at);
    REQUIRE(size <= text.size() - at);
    at += size == 0 ? 1 : size;
  }
}

void check_places(std::string_view text) {
  if (const auto parts = split_host_port(text)) {
    if (parts->port && parse_port_number(*parts->port) && !parts->host.empty()) {
      const std::string again = host_port_text(parts->host, *parse_port_number(*parts->port));
      const auto second = split_host_port(again);
      REQUIRE(second.has_value());
      REQUIRE(second->host == parts->host);
    }
  }
  const auto url = mqtt::parse_broker_url(text);
  if (!url) return;
  REQUIRE(url->port != 0);
  REQUIRE_FALSE(url->host.empty());
  const auto again = mqtt::parse_broker_url(url->text());
  CAPTURE(url->text());
  REQUIRE(again.has_value());
  REQUIRE(again->host == url->host);
  REQUIRE(again->port == url->port);
  REQUIRE(again->tls == url->tls);
}

}  // namespace

void check(Bytes input) {
  const std::string_view text = as_text(input);
  check_hex(text);
  check_decimals(text);
  check_times(text);
  check_printable(text);
  check_places(text);
}

}  // namespace meterpipe::fuzz
