// A source cut into lines, and JSON lines read as records: all that a tool needs whose input is
// records alone. What other lines can be is known in record/input.hpp.
//
//   line    = json | meta | comment | hex | ""
//   json    = "{" …                             one record
//   meta    = "#@" { " " key "=" value }        about the next hex: ts src title counter auth
//   comment = "#" …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "record/line.hpp"

namespace meterpipe::record {

struct TakenFor;

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
  // Bytes are known to be missing here, as a row of a dump is that could not be read: what stands
  // around it does not belong together.
  virtual void on_missing() {}
  // The end of a source.
  virtual void on_end(const TakenFor& /*taken*/) {}
  // True ends the input where it is (-n reached).
  virtual bool done() const { return false; }
  // Whether the last line counts as taken: false where done() has become true before it was used.
  virtual bool took_last() const { return true; }
};

// Without blanks around it, and without the CR of its end.
std::string_view trimmed(std::string_view text);

class LineSplitter {
 public:
  explicit LineSplitter(Sink& sink) : sink_(sink) {}
  virtual ~LineSplitter() = default;
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;

  virtual void push(std::string_view chunk);
  // Another file goes on under the same name: an unfinished line ends, all else goes on.
  virtual void end_line();
  // The end of one input: an unfinished line counts as a line.
  void finish();
  // How many of all bytes that were ever pushed are done with: up to behind the last line that the
  // sink has had, an unfinished one not counted. Within a call of the sink that line is not done.
  std::uint64_t taken() const { return taken_; }
  // Within a call of the sink: behind the line that it is about.
  std::uint64_t line_end() const { return line_end_; }

 protected:
  // A line without its LF.
  virtual void take_line(std::string_view raw);
  // Reads the lines that wait for those beside them, if any do.
  virtual void read_waiting() {}
  virtual bool waits() const { return false; }
  virtual void end_source();

  void push_lines(std::string_view chunk);
  void line_done(std::uint64_t end);
  void take_meta(std::string_view text);
  void give(InputPiece::Kind kind, Bytes bytes, std::uint64_t line);
  void bad(const Error& error, std::string_view line);

  Sink& sink_;
  std::string carry_;
  std::uint64_t number_ = 0;  // of the line at hand
  std::uint64_t pushed_ = 0;
  std::uint64_t line_end_ = 0;
  Line line_;
  Meta meta_;
  ByteVector bytes_;

 private:
  bool skipping_long_line_ = false;
  std::uint64_t taken_ = 0;
};

}  // namespace meterpipe::record
