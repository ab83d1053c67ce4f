#include "record/input.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "dump/broken_lines.hpp"

namespace meterpipe::record {
namespace {

constexpr std::size_t kLongestDump = std::size_t{16} << 20;
constexpr std::size_t kLongestTelegram = std::size_t{64} << 10;
constexpr std::size_t kMostHeld = 64;  // lines that are looked at together
constexpr std::size_t kMostHeldBytes = std::size_t{1} << 20;

// A record of ours, if a broken one: other JSON may have bytes in it.
bool is_like_record(std::string_view line) {
  return line.substr(0, 16).find("\"v\"") != std::string_view::npos ||
         line.find("\"t\":") != std::string_view::npos;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// /ISK5\2M550T-1012, /LUGCUH50: a letter is a speed, too (mode B of IEC 62056-21).
bool begins_telegram(std::string_view line) {
  if (line.size() < 5 || line.size() > 40 || line[0] != '/') return false;
  if (!is_letter(line[1]) || !is_letter(line[2]) || !is_letter(line[3])) return false;
  return (line[4] >= '0' && line[4] <= '9') || (line[4] >= 'A' && line[4] <= 'I');
}

// What ends a read-out of mode C, ETX and a BCC, which may be any character; the next one may stand
// right behind it. Line ends are not what they were, so that there is nothing to check.
std::string_view without_end_of_read_out(std::string_view line) {
  constexpr char kEtx = 0x03;
  constexpr std::size_t kEnd = 2;
  if (line.empty() || line[0] != kEtx) return line;
  return line.substr(std::min(kEnd, line.size()));
}

// The elements of the first list of objects or lists in a line of JSON. Empty: there is none.
//
//   [{"data":"68fa…"},{"data":"68fa…"}]    {"frames":[[104,250],[104,250]]}
std::vector<std::string_view> elements_of(std::string_view line) {
  std::vector<std::string_view> elements;
  std::vector<std::size_t> open;    // brackets
  std::size_t list = 0, begin = 0;  // how deep the list stands, 0: not found yet
  bool in_string = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
      continue;
    }
    const auto add = [&] {
      elements.push_back(trimmed(line.substr(begin, at - begin)));
      begin = at + 1;
    };
    switch (c) {
      case '"': in_string = true; break;
      case '[':
      case '{': {
        if (open.size() >= 64) return {};
        const bool in_list = !open.empty() && line[open.back()] == '[';
        if (list == 0 && in_list &&
            trimmed(line.substr(open.back() + 1, at - open.back() - 1)).empty()) {
          list = open.size();
          begin = at;
        }
        open.push_back(at);
        break;
      }
      case ']':
      case '}':
        if (open.empty() || line[open.back()] != (c == ']' ? '[' : '{')) return {};
        if (list != 0 && open.size() == list) {
          add();
          list = SIZE_MAX;
        }
        open.pop_back();
        break;
      case ',':
        if (list != 0 && open.size() == list) add();
        break;
      default: break;
    }
  }
  if (!open.empty() || in_string || elements.empty()) return {};
  const bool are_alike = std::ranges::all_of(elements, [](std::string_view element) {
    return element.starts_with('{') || element.starts_with('[');
  });
  // Bytes beside the list count more.
  const auto end =
      static_cast<std::size_t>(elements.back().data() - line.data()) + elements.back().size();
  std::string beside(line.substr(0, static_cast<std::size_t>(elements[0].data() - line.data())));
  beside += line.substr(end);
  const bool is_all = !dump::take_apart(beside, {}).is_sure;
  return are_alike && is_all ? elements : std::vector<std::string_view>();
}

}  // namespace

InputSplitter::InputSplitter(Form form, Sink& sink)
    : LineSplitter(sink), form_(form), start_(dump::Start::undecided) {
  rows_.set_forced(form == Form::hexdump);
}

void InputSplitter::push(std::string_view chunk) {
  pushed_ += chunk.size();
  if (form_ == Form::binary) {
    if (!chunk.empty()) give(InputPiece::Kind::stream, as_bytes(chunk), 0);
    return line_done(pushed_);
  }
  if (start_ == dump::Start::text) [[likely]]
    return push_text(chunk);
  begin(chunk, false);
}

// A source whose first bytes are no plain text, or not known yet.
bool InputSplitter::begin(std::string_view chunk, bool at_end) {
  std::size_t waited = 0;
  if (start_ == dump::Start::undecided) {
    const std::size_t size = chunk.size();
    head_ += chunk;
    start_ = dump::start_of(head_, at_end);
    if (start_ == dump::Start::undecided) return false;
    if (start_ == dump::Start::utf16_le || start_ == dump::Start::utf16_be) {
      utf16_.emplace(start_ == dump::Start::utf16_be);
    }
    if (start_ == dump::Start::gzip) {
      number_ = 1;
      line_end_ = pushed_;
      bad(Error{Fault::gzip}, {});
    }
    chunk = head_;
    waited = head_.size() - size;
  }
  const std::string head = std::move(head_);  // `chunk` may be of it
  head_.clear();
  if (!head.empty()) chunk = head;
  switch (start_) {
    case dump::Start::text: push_begin(chunk, waited); break;
    case dump::Start::utf16_le:
    case dump::Start::utf16_be: push_text(utf16_->to_utf8(chunk)); break;
    case dump::Start::raw:
      if (!chunk.empty()) give(InputPiece::Kind::stream, as_bytes(chunk), 0);
      line_done(pushed_);
      break;
    default: line_done(pushed_);
  }
  return true;
}

// `waited` bytes of it came before it was clear how the source begins. Of a live one each line of
// these is read as it would have been at once: for itself.
void InputSplitter::push_begin(std::string_view chunk, std::size_t waited) {
  const std::uint64_t end = pushed_;
  while (live_ && waited != 0) {
    const std::string_view line = chunk.substr(0, std::min(chunk.find('\n'), waited - 1) + 1);
    chunk.remove_prefix(line.size());
    waited -= line.size();
    pushed_ = end - chunk.size();  // a line's place is counted from here
    push_text(line);
  }
  pushed_ = end;
  push_text(chunk);
}

void InputSplitter::push_text(std::string_view chunk) {
  push_lines(chunk);
  if (live_ && waits()) {
    read_waiting();
    end_joined();
  }
}

void InputSplitter::end_line() {
  if (sink_.done()) return;
  if (start_ == dump::Start::undecided && form_ != Form::binary && !head_.empty()) begin({}, true);
  LineSplitter::end_line();
}

void InputSplitter::end_source() {
  head_.clear();
  held_.clear();
  held_bytes_ = 0;
  end_telegram();
  end_dump();
  end_joined();
  if (form_ == Form::automatic || form_ == Form::hexdump) {
    sink_.on_end({rows_.found(), start_, telegrams_});
    rows_.end_source();
    start_ = dump::Start::undecided;
  }
  utf16_.reset();
  telegrams_ = 0;
  LineSplitter::end_source();
}

void InputSplitter::take_line(std::string_view raw) {
  if (number_ == 1) raw = without_mark(raw);
  if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  if (const auto rest = without_end_of_read_out(raw); rest.size() != raw.size()) {
    if (rest.empty()) return;
    raw = rest;
  }
  if (!raw.empty() && raw[0] == '{' && take_record(raw)) return;  // the common case first
  const std::string_view line = trimmed(raw);
  if (!telegram_.empty() && take_telegram(line)) return;
  // Digits and nothing else, and nothing that waits before them.
  if (held_.empty() && !in_dump_ && !line.empty() && rows_.takes_plain_hex() &&
      form_ == Form::automatic) {
    bytes_.clear();
    if (append_hex(bytes_, line)) {
      end_joined();
      rows_.note_plain();
      return give(InputPiece::Kind::line, bytes_, number_);
    }
  }
  if (line.empty() && held_.empty()) {
    end_dump();
    end_joined();
    return rows_.end_dump();
  }
  if (!line.empty() && line[0] == '{' && line.data() != raw.data() && take_record(line)) return;
  if (!line.empty() && line[0] == '#') {
    if (line.starts_with("#@")) {
      read_waiting();
      end_dump();
      end_joined();
      take_meta(line.substr(2));
    }
    return;
  }
  if (std::memchr(raw.data(), 0, raw.size()) != nullptr) {
    return take_around_nuls(raw);
  }
  if (begins_telegram(line)) {
    read_waiting();
    end_dump();
    end_joined();
    telegram_line_ = number_;
    telegram_.assign(line);
    telegram_ += "\r\n";
    return;
  }
  if ((line.starts_with('[') || line.starts_with('{')) && take_list(line)) return;
  hold(raw);
}

// The elements of a list on a line of JSON, each a line of its own: what an API or jq -s prints.
bool InputSplitter::take_list(std::string_view line) {
  const std::vector<std::string_view> elements = elements_of(line);
  for (const std::string_view element : elements) take_line(element);
  return !elements.empty();
}

// A record, or what was meant to be one. False: other JSON.
bool InputSplitter::take_record(std::string_view line) {
  const bool nothing_waits = held_.empty() && telegram_.empty() && joined_.empty() && !in_dump_;
  if (nothing_waits && sink_.take_unsplit(line)) {
    rows_.note_record();
    return true;
  }
  const auto parsed = line_.parse(line);
  if (!parsed && !is_like_record(line)) return false;
  end_telegram();
  if (!held_.empty()) {
    read_waiting();
    if (sink_.done()) return true;
  }
  end_dump();
  end_joined();
  if (!parsed) {
    bad(parsed.error(), line);
  } else {
    rows_.note_record();
    sink_.on_record(line_, number_);
  }
  return true;
}

// A line of a telegram. False: it is none, and the telegram has ended.
bool InputSplitter::take_telegram(std::string_view line) {
  if (begins_telegram(line) || telegram_.size() > kLongestTelegram) {
    end_telegram();
    return false;
  }
  telegram_ += line;
  telegram_ += "\r\n";  // as the meter sends it; a paste may have lost the CR
  if (!line.empty() && line[0] == '!') end_telegram();
  return true;
}

void InputSplitter::end_telegram() {
  if (telegram_.empty()) return;
  const std::string telegram = std::move(telegram_);
  telegram_.clear();
  ++telegrams_;
  give(InputPiece::Kind::dump, as_bytes(telegram), telegram_line_);
}

// What a power cut leaves of a line, the NUL bytes of a block that was never written, and a line.
void InputSplitter::take_around_nuls(std::string_view line) {
  const std::size_t first = line.find('\0'), last = line.rfind('\0');
  const auto nuls = static_cast<std::uint64_t>(std::count(line.begin(), line.end(), '\0'));
  const std::string before(trimmed(line.substr(0, first))), after(line.substr(last + 1));
  if (!before.empty() && before[0] != '{') hold(before, 0, true);
  // More of them on the lines before are the same cut.
  if (!held_.empty() && held_.back().nuls != 0) {
    held_.back().nuls += nuls;
  } else {
    hold({}, nuls);
  }
  if (!after.empty()) take_line(after);
}

// It may be read at once, with all that waits.
void InputSplitter::hold(std::string_view line, std::uint64_t nuls, bool is_cut) {
  held_.push_back({std::string(line), number_, line_end_, nuls, is_cut});
  held_bytes_ += line.size();
  if (held_.size() >= kMostHeld || held_bytes_ > kMostHeldBytes) read_held(true);
}

// Lines that somebody broke at a width are one again. `more`: others come, and what may go on in
// them waits.
void InputSplitter::join_broken(std::vector<Held>& held, bool more) {
  std::vector<std::string> lines;
  for (const Held& one : held) lines.push_back(one.text);
  const std::vector<bool> goes_on = dump::find_broken_lines(lines);
  if (goes_on.empty()) return;
  if (more) {
    std::size_t start = held.size() - 1;
    while (start > 0 && goes_on[start - 1]) --start;
    if (start > 0) {
      for (std::size_t i = start; i < held.size(); ++i) held_bytes_ += held[i].text.size();
      held_.assign(std::make_move_iterator(held.begin() + static_cast<std::ptrdiff_t>(start)),
                   std::make_move_iterator(held.end()));
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(start), held.end());
    }
  }
  std::vector<Held> joined;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (i == 0 || !goes_on[i - 1]) {
      joined.push_back(std::move(held[i]));
    } else {
      joined.back().text += held[i].text;
      joined.back().end = held[i].end;
    }
  }
  held = std::move(joined);
}

// Reads the lines that wait, in the light of each other.
void InputSplitter::read_held(bool more) {
  if (held_.empty()) return;
  std::vector<Held> held = std::move(held_);
  held_.clear();
  held_bytes_ = 0;
  if (form_ == Form::automatic) join_broken(held, more);
  std::vector<std::string> lines;
  std::vector<std::uint64_t> numbers;
  for (const Held& one : held) {
    lines.push_back(one.text);
    numbers.push_back(one.number);
  }
  std::vector<dump::Outcome> outcomes = rows_.read(lines, numbers);
  const std::uint64_t number = number_, end = line_end_;
  for (std::size_t i = 0; i < held.size() && !sink_.done(); ++i) {
    number_ = held[i].number;
    line_end_ = held[i].end;
    take(outcomes[i], held[i]);
    line_done(line_end_);
  }
  number_ = number;
  line_end_ = end;
}

void InputSplitter::take(dump::Outcome& outcome, const Held& held) {
  using Kind = dump::Outcome::Kind;
  const std::string_view line = trimmed(held.text);
  switch (outcome.kind) {
    case Kind::blank:
    case Kind::skipped:
      end_dump();
      end_joined();
      if (held.nuls != 0) bad(Error{Fault::nul_bytes, 0, 0, held.nuls}, line);
      return;
    case Kind::star: starred_ = in_dump_; return;
    case Kind::bad:
      if (!outcome.keeps_dump) end_dump();
      end_joined();
      if (!held.is_cut) bad(*outcome.error, line);
      if (outcome.keeps_dump && !sink_.done()) sink_.on_missing();
      return;
    case Kind::bytes:
      if (outcome.is_end && in_dump_) return take_end(outcome, line);
      if (outcome.offset && !outcome.is_end) return take_offset(outcome, line);
      end_dump();
      if (outcome.bytes.empty()) return;
      if (joined_.empty()) set_time(outcome);
      if (joined_.empty() && !outcome.goes_on) {
        return give(InputPiece::Kind::line, outcome.bytes, number_);
      }
      if (joined_.empty()) joined_first_line_ = number_;
      append(joined_, outcome.bytes);
      if (!outcome.goes_on || joined_.size() > kLongestDump) end_joined();
      return;
  }
}

void InputSplitter::take_offset(dump::Outcome& outcome, std::string_view line) {
  end_joined();
  const std::uint64_t offset = *outcome.offset;
  if (in_dump_ && offset < dump_start_ + dump_.size()) end_dump();
  if (!in_dump_) {
    set_time(outcome);
    begin_dump(offset);
  } else if (const std::uint64_t next = dump_start_ + dump_.size(); offset != next) {
    if (!(starred_ && repeat_to(offset))) {
      end_dump();
      bad(Error{Fault::offset_gap, 0, next, offset}, line);
      if (!sink_.done()) sink_.on_missing();
      begin_dump(offset);
    }
  }
  starred_ = false;
  dump_line_ = outcome.bytes;
  append(dump_, dump_line_);
  if (dump_.size() > kLongestDump) {  // a day of a line: goes on, but not in one piece
    give(InputPiece::Kind::dump, dump_, dump_first_line_);
    dump_start_ += dump_.size();
    dump_first_line_ = number_ + 1;
    dump_.clear();
  }
}

// An offset alone: where the dump ends.
void InputSplitter::take_end(dump::Outcome& outcome, std::string_view line) {
  const std::uint64_t next = dump_start_ + dump_.size();
  if (starred_ && repeat_to(*outcome.offset)) {
    starred_ = false;
    return;
  }
  if (*outcome.offset == next) return;
  end_dump();
  bad(Error{Fault::offset_gap, 0, next, *outcome.offset}, line);
  if (!sink_.done()) sink_.on_missing();
}

void InputSplitter::begin_dump(std::uint64_t offset) {
  in_dump_ = true;
  dump_start_ = offset;
  dump_first_line_ = number_;
}

// `*`: the lines up to this offset are as the one before. False: nothing to repeat, or far too
// much.
bool InputSplitter::repeat_to(std::uint64_t offset) {
  if (dump_line_.empty() || offset < dump_start_ || offset - dump_start_ > kLongestDump)
    return false;
  while (dump_start_ + dump_.size() < offset) {
    const std::uint64_t missing = offset - dump_start_ - dump_.size();
    append(dump_, Bytes(dump_line_).first(std::min<std::uint64_t>(missing, dump_line_.size())));
  }
  return true;
}

void InputSplitter::end_dump() {
  if (!in_dump_) return;
  in_dump_ = false;
  starred_ = false;
  if (!dump_.empty()) give(InputPiece::Kind::dump, dump_, dump_first_line_);
  dump_.clear();
  dump_line_.clear();
}

void InputSplitter::end_joined() {
  if (joined_.empty()) return;
  const ByteVector joined = std::move(joined_);
  joined_.clear();
  give(InputPiece::Kind::dump, joined, joined_first_line_);
}

void InputSplitter::set_time(const dump::Outcome& outcome) {
  if (times_ && meta_.ts.empty()) meta_.ts = outcome.time;
}

}  // namespace meterpipe::record
