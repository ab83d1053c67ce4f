// The columns of a byte by byte view: offset, bytes, field. Every byte stands in exactly one row,
// in order, whoever writes the rows: a row takes what lies between the last one and its own end.
//
//   0000  0f                       data-notification
//   0001  00 17 fa 98                long-invoke-id-and-priority: id 1571480
//   0026  09 10                      octet-string(16)
//   0028  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10
//   #                            ciphertext, 3 bytes
//   0038  39 3a 3b
//   # ?? what is wrong
//
// A line without bytes begins with # as comments do, so that what was shown can be read again: it
// is a hex dump (record/input.hpp).
//
// Up to 8 bytes stand beside their text, more below it, 16 a row. An offset stands where bytes
// follow and only there; it has four digits, or as many as the last one needs. A text that passes
// column 100 goes on in a line without bytes, further in.
#pragma once

#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/bytes.hpp"

namespace meterpipe::views {

class Rows {
 public:
  Rows(Buffer& out, Bytes bytes);

  std::size_t at() const { return at_; }  // of the first byte that no row has
  Bytes bytes() const { return bytes_; }

  // A field up to `end`. Of a long one the bytes before `content` (tag, length) stand beside the
  // text.
  void field(std::size_t end, std::size_t content, int depth, std::string_view text);
  void field(std::size_t end, int depth, std::string_view text) { field(end, end, depth, text); }
  // A line of its own in the column of the fields.
  void remark(int depth, std::string_view text) { row({}, depth, text); }
  // One from the first columns on: "# text".
  void line(std::string_view text) { add_line(out_, text); }

  static void add_line(Buffer& out, std::string_view text);

 private:
  void row(Bytes bytes, int depth, std::string_view text);

  Buffer& out_;
  Bytes bytes_;
  std::size_t at_ = 0;
  int digits_ = 4;  // of an offset
};

// "1 byte", "12 bytes".
std::string bytes_text(std::size_t size);

// In quotes, with control characters, quotes and what is no UTF-8 escaped.
std::string quoted(Bytes text);

}  // namespace meterpipe::views
