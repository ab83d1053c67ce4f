// What a tool's input may look like, told from the input itself, line by line:
//
//   line     = json | comment | meta | offset-line | bare-hex | ""
//   json     = "{" …                                  one record
//   meta     = "#@" { " " key "=" value }             about the next hex: ts src title counter auth
//   comment  = "#" …
//   bare-hex = digits with blanks, "0x", ":", "-" or "," between bytes
//   offset-line = offset [":"] bytes [characters]     xxd, hexdump -C, Wireshark
//
//   68 fa fa 68 53 ff                                 bare
//   00000010: 68fa fa68 53ff  h..hS.                  xxd: the text follows a double blank
//   00000010  68 fa fa 68 53 ff 00 01  67 db 08 4b    hexdump -C: a double blank in the middle, and
//                                        |h..hS..|    the text between bars; `*` repeats a line
//
// An offset column is believed when it says 0 or what follows from the line before; such lines
// belong together until the offset falls or an empty line comes. hexdump without -C prints words
// in an unknown byte order and is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "record/line.hpp"

namespace meterpipe::record {

enum class Form : std::uint8_t { automatic, hexdump, binary };

// Said of a piece of hex by a `#@` line before it, or by nobody. Empty: not said.
struct Meta {
  std::string ts, src, title, counter, auth;
};

struct InputPiece {
  enum class Kind : std::uint8_t { line, dump, stream };  // stream: a read's worth of raw bytes
  Kind kind;
  Bytes bytes;
  const Meta& meta;
  std::uint64_t line;  // its (first) line's number, from 1
};

class Sink {
 public:
  virtual ~Sink() = default;
  // A line that begins as a record does, before it is split; true: it has been taken as it is.
  virtual bool take_unsplit(std::string_view) { return false; }
  virtual void on_record(Line& line, std::uint64_t number) = 0;
  virtual void on_piece(const InputPiece& piece) = 0;
  // A line that could not be read; `text` is the line, or its beginning.
  virtual void on_bad_line(const Error& error, std::uint64_t number, std::string_view text) = 0;
  // True ends the input where it is (-n reached).
  virtual bool done() const { return false; }
  // Whether the last line counts as taken: false where done() has become true before it was used.
  virtual bool took_last() const { return true; }
};

class InputSplitter {
 public:
  InputSplitter(Form form, Sink& sink) : form_(form), sink_(sink) {}

  void push(std::string_view chunk);
  // Another file goes on under the same name: an unfinished line ends, all else goes on.
  void end_line();
  // The end of one input: an unfinished line counts as a line, an unfinished dump ends.
  void finish();
  // How many of all bytes that were ever pushed are done with: up to behind the last line that the
  // sink has had, an unfinished one not counted. Within a call of the sink that line is not done.
  std::uint64_t taken() const { return taken_; }
  // Within a call of the sink: behind the line that it is about.
  std::uint64_t line_end() const { return line_end_; }

 private:
  struct OffsetLine {
    std::uint64_t offset;
    std::string_view rest;
    bool colon;
    std::size_t width;
  };

  void take_line(std::string_view line);
  void line_done(std::uint64_t end);
  void take_meta(std::string_view text);
  void take_bare(std::string_view line);
  bool take_offset_line(std::string_view line);
  void begin_dump(const OffsetLine& line);
  bool repeat_to(std::uint64_t offset);
  void end_dump();
  std::optional<OffsetLine> offset_line(std::string_view line) const;
  void give(InputPiece::Kind kind, Bytes bytes, std::uint64_t line);
  void bad(const Error& error, std::string_view line);

  Form form_;
  Sink& sink_;
  std::string carry_;
  bool skipping_long_line_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t line_end_ = 0;
  Line line_;
  Meta meta_;
  ByteVector bytes_;
  // the dump at hand
  bool in_dump_ = false;
  bool starred_ = false;
  ByteVector dump_;
  ByteVector dump_line_;
  std::uint64_t dump_start_ = 0;
  std::uint64_t dump_first_line_ = 0;
  std::size_t dump_width_ = 0;  // digits of the offset
  std::size_t indent_ = 0;      // blanks before the line at hand
};

}  // namespace meterpipe::record
