// What a tool's input may look like, told from the input itself:
//
//   source   = raw bytes | text                      told from its first bytes (dump/start.hpp)
//   line     = json | comment | meta | telegram | bare-hex | row | prose | ""
//   json     = "{" …                                 one record
//   meta     = "#@" { " " key "=" value }            about the next hex: ts src title counter auth
//   comment  = "#" …
//   telegram = "/" … to the line that begins with "!"    P1, as text
//   bare-hex = digits and nothing else
//   row      = bytes in any form in which people paste them (dump/row.hpp, dump/rows.hpp)
//
//   68fafa6853ff                                      bare
//   00000010: 68fa fa68 53ff  h..hS.                  a row with an offset and characters
//   [16:58:09][V][uart:030]: 68.FA.FA.68              a row with a prefix
//
// What the lines beside a row tell of it is looked at for 64 lines of a file; a live source is
// read line by line, as soon as a line is there. Rows with offsets belong together until the offset
// falls or an empty line comes; so do rows that end in a comma.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "dump/rows.hpp"
#include "dump/start.hpp"
#include "record/lines.hpp"

namespace meterpipe::record {

enum class Form : std::uint8_t {
  automatic,
  hexdump,  // each line has an offset
  binary,
};

// What a source was taken for, at its end.
struct TakenFor {
  dump::Found found;
  dump::Start start = dump::Start::text;
  std::uint64_t telegrams = 0;

  // For people: "read as …, n lines of text skipped"; empty where there is nothing to say.
  std::string text() const;
};

class InputSplitter : public LineSplitter {
 public:
  InputSplitter(Form form, Sink& sink);

  void push(std::string_view chunk) override;
  void end_line() override;
  // The source may pause: what is there is read at once, no line waits for one behind it.
  void set_live(bool live) {
    live_ = live;
    rows_.set_live(live);
  }
  // A time before bytes becomes their ts.
  void set_times(bool times) { times_ = times; }

 private:
  // A line that waits for those beside it.
  struct Held {
    std::string text;
    std::uint64_t number, end;
    std::uint64_t nuls = 0;  // that were there in its place
    bool is_cut = false;     // by NUL bytes: said once, there
  };

  void push_begin(std::string_view chunk, std::size_t waited);
  void push_text(std::string_view chunk);
  bool begin(std::string_view chunk, bool at_end);
  void take_line(std::string_view raw) override;
  void take_around_nuls(std::string_view line);
  bool take_record(std::string_view line);
  bool take_list(std::string_view line);
  bool take_telegram(std::string_view line);
  void end_telegram();
  void hold(std::string_view line, std::uint64_t nuls = 0, bool is_cut = false);
  void read_waiting() override { read_held(false); }
  void read_held(bool more);
  void join_broken(std::vector<Held>& held, bool more);
  bool waits() const override { return !held_.empty(); }
  void end_source() override;
  void take(dump::Outcome& outcome, const Held& held);
  void take_offset(dump::Outcome& outcome, std::string_view line);
  void take_end(dump::Outcome& outcome, std::string_view line);
  void begin_dump(std::uint64_t offset);
  bool repeat_to(std::uint64_t offset);
  void end_dump();
  void end_joined();
  void set_time(const dump::Outcome& outcome);

  Form form_;
  bool live_ = false;
  bool times_ = false;
  dump::Start start_;
  std::string head_;  // while it is not known how the source begins
  std::optional<dump::Utf16> utf16_;
  dump::RowReader rows_;
  std::vector<Held> held_;
  std::size_t held_bytes_ = 0;
  // the telegram at hand
  std::string telegram_;
  std::uint64_t telegram_line_ = 0, telegrams_ = 0;
  // the dump at hand
  bool in_dump_ = false;
  bool starred_ = false;
  ByteVector dump_;
  ByteVector dump_line_;
  std::uint64_t dump_start_ = 0;
  std::uint64_t dump_first_line_ = 0;
  // rows that a comma joins
  ByteVector joined_;
  std::uint64_t joined_first_line_ = 0;
};

}  // namespace meterpipe::record
