// Writes JSON into a Buffer: the order of the calls is the order of the keys, no blanks. A comma is
// set wherever the text before does not open an object, an array or a value.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "base/hex.hpp"

namespace meterpipe::json {

// The text between quotes: control characters escaped, bytes that are not UTF-8 become U+FFFD.
void add_escaped(Buffer& out, std::string_view text);

class Writer {
 public:
  explicit Writer(Buffer& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { out_.add('}'); }
  void begin_array() { open('['); }
  void end_array() { out_.add(']'); }

  void begin_object(std::string_view name) { key(name), open('{'); }
  void begin_array(std::string_view name) { key(name), open('['); }

  // The key must need no escaping: all of ours are lower-case words.
  void key(std::string_view name) {
    char* to = out_.room(name.size() + 4);
    if (needs_comma()) *to++ = ',';
    *to++ = '"';
    std::memcpy(to, name.data(), name.size());
    to += name.size();
    *to++ = '"';
    *to++ = ':';
    out_.set_end(to);
  }

  void string(std::string_view text) {
    comma();
    out_.add('"');
    add_escaped(out_, text);
    out_.add('"');
  }
  void hex(Bytes bytes) {
    comma();
    char* to = out_.room(2 * bytes.size() + 2);
    *to++ = '"';
    to = write_hex(to, bytes);
    *to++ = '"';
    out_.set_end(to);
  }
  template <std::integral T>
  void number(T value) {
    comma();
    char* to = out_.room(24);
    out_.set_end(std::to_chars(to, to + 24, value).ptr);
  }
  void decimal(const Decimal& value) {
    comma();
    out_.set_end(write_decimal(out_.room(kDecimalChars), value));
  }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  // JSON text that is known to be well-formed.
  void raw(std::string_view text) {
    comma();
    out_.add(text);
  }

  void member(std::string_view name, std::string_view text) { key(name), string(text); }
  // A text of which it is known that nothing in it needs escaping: names from tables, hex, times.
  void plain_member(std::string_view name, std::string_view text) {
    char* to = out_.room(name.size() + text.size() + 6);
    if (needs_comma()) *to++ = ',';
    *to++ = '"';
    std::memcpy(to, name.data(), name.size());
    to += name.size();
    std::memcpy(to, "\":\"", 3);
    to += 3;
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
    *to++ = '"';
    out_.set_end(to);
  }
  void member_hex(std::string_view name, Bytes bytes) { key(name), hex(bytes); }
  template <std::integral T>
  void member_number(std::string_view name, T value) {
    key(name), number(value);
  }
  void member_boolean(std::string_view name, bool value) { key(name), boolean(value); }
  // null where there is none.
  void text_or_null(std::string_view name, std::string_view text) {
    text.empty() ? member_raw(name, "null") : member(name, text);
  }
  void member_raw(std::string_view name, std::string_view text) { key(name), raw(text); }

  Buffer& buffer() { return out_; }

 private:
  void open(char c) {
    comma();
    out_.add(c);
  }
  bool needs_comma() const {
    if (out_.empty()) return false;
    const char last = out_.data()[out_.size() - 1];
    return last != '{' && last != '[' && last != ':' && last != '\n';
  }
  void comma() {
    if (needs_comma()) out_.add(',');
  }

  Buffer& out_;
};

}  // namespace meterpipe::json
