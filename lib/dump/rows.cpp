#include "dump/rows.hpp"

#include <algorithm>
#include <utility>

#include "base/hex.hpp"
#include "dump/base64.hpp"
#include "dump/escapes.hpp"
#include "dump/lead.hpp"
#include "dump/stamps.hpp"

namespace meterpipe::dump {
namespace {

using Kind = Outcome::Kind;

constexpr std::size_t kMostShapes = 256;
constexpr std::size_t kLongestBase64 = std::size_t{1} << 20;

// Colours of a terminal: ESC [ … letter.
std::string without_colours(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\x1b') {
      plain += text[at];
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == '[') {
      at += 2;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) < 0x40)) ++at;
    }
  }
  return plain;
}

// The line of a log in a JSON string, with the end that it had: {"log":"68 FA\n", …}. As wide as it
// was; nothing where it has other escapes, or none.
std::optional<std::string> without_line_ends(std::string_view text) {
  std::optional<std::string> plain;
  for (std::size_t at = text.find('\\'); at != std::string_view::npos;
       at = text.find('\\', at + 2)) {
    const char c = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == 'x' || c == 'u') return std::nullopt;
    if (c != 'n' && c != 'r' && c != 't') continue;
    if (!plain) plain.emplace(text);
    (*plain)[at] = (*plain)[at + 1] = ' ';
  }
  return plain;
}

// "data": [
bool opens_list(std::string_view text) {
  for (const char c : {'[', ':', '"'}) {
    text = without_blanks(text);
    if (text.empty() || text.back() != c) return false;
    text.remove_suffix(1);
  }
  return true;
}

}  // namespace

// What the numbers of a dump are like.
struct RowReader::Digits {
  std::size_t tokens = 0, bits = 0, three = 0, ones_inside = 0, ones = 0, wide = 0;
  bool letters = false, marked = false, zero_before = false, too_large = false, minus = false;
  bool below_signed = false, above_signed = false;
  std::uint64_t first_column = 0;

  void add(const Row& row) {
    for (std::size_t i = row.first; i < row.last; ++i) {
      const Token& token = row.token(i);
      const std::string_view digits = row.lexed.digits(token);
      ++tokens;
      letters = letters || !is_decimal(digits);
      marked = marked || token.mark != Mark::none;
      minus = minus || token.minus;
      if (token.width() > 1 && digits[0] == '0') zero_before = true;
      if (token.width() == 3) ++three;
      if (token.width() > 3) ++wide;
      if (token.width() == 1) {
        ++ones;
        ones_inside += i + 1 != row.last;
      }
      if (token.width() == 8 && digits.find_first_not_of("01") == std::string_view::npos) ++bits;
      const std::uint64_t value = value_in(digits, 10).value_or(1000);
      too_large = too_large || value > 255;
      below_signed = below_signed || (token.minus && value > 128);
      above_signed = above_signed || (!token.minus && value > 127);
    }
  }
};

std::vector<Outcome> RowReader::read(std::span<const std::string> lines,
                                     std::span<const std::uint64_t> numbers) {
  std::vector<Outcome> outcomes(lines.size());
  std::vector<Line> parts(lines.size());
  cleaned_.clear();
  std::vector<std::string_view> texts(lines.begin(), lines.end());
  if (!forced_ && line_numbers_.take(texts)) found_.counts = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    parts[i].text = texts[i];
    parts[i].number = numbers[i];
    take_line(parts[i], outcomes[i]);
  }
  decide_prefixes(parts, outcomes);
  // Dump by dump.
  std::vector<Line*> rows;
  std::vector<Outcome*> results;
  const auto flush = [&] {
    if (!rows.empty()) read_dump(rows, results);
    rows.clear();
    results.clear();
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].is_comment) continue;
    if (parts[i].is_data) {
      if (parts[i].row.is_ruler && !parts[i].row.column) {
        const bool over_rows =
            i + 1 < parts.size() && parts[i + 1].is_data && parts[i + 1].row.column;
        const bool over_blank = i + 2 < parts.size() && outcomes[i + 1].kind == Kind::blank &&
                                parts[i + 2].is_data && parts[i + 2].row.column;
        const bool set_in = parts[i].indent >= 3 || !parts[i].row.lexed.words.empty();
        if (over_rows || over_blank || set_in) {
          skip(parts[i], outcomes[i]);
          continue;
        }
      }
      rows.push_back(&parts[i]);
      results.push_back(&outcomes[i]);
    } else if (outcomes[i].kind == Kind::star) {
      if (rows.empty() && !in_dump_) skip(parts[i], outcomes[i]);
    } else {
      flush();
      const std::string_view text = without_blanks(parts[i].text);
      if (outcomes[i].kind == Kind::skipped && in_dump_ && is_gap(text)) {
        outcomes[i].kind = Kind::bad;
        outcomes[i].error = Error{Fault::cut_dump, 1};
        outcomes[i].keeps_dump = true;
        --found_.skipped;
      }
      if (outcomes[i].kind != Kind::bytes) forget_dump();
      json_list_ = outcomes[i].kind == Kind::skipped && opens_list(text);
    }
  }
  flush();
  return outcomes;
}

void RowReader::take_line(Line& line, Outcome& outcome) {
  if (line.text.find('\x1b') != std::string_view::npos) {
    line.text = cleaned_.emplace_back(without_colours(line.text));
  }
  if (without_blanks(line.text).starts_with('{')) {
    if (auto plain = without_line_ends(line.text)) {
      line.text = cleaned_.emplace_back(*std::move(plain));
    }
  }
  const std::string_view text = without_blanks(line.text);
  if (text.empty()) {
    outcome.kind = Kind::blank;
    separator_.clear();
    column_width_ = 0;
    return;
  }
  if (text == "*") {
    outcome.kind = Kind::star;
    return;
  }
  line.indent = static_cast<std::size_t>(text.data() - line.text.data());
  line.is_comment = text.starts_with("//");
  if (line.is_comment) return;
  line.row = take_apart(text, {separator_, column_width_});
  // Behind the bytes of a dump's row escapes are only what it shows of them.
  const bool has_bytes = line.row.is_sure && line.row.has_characters;
  if (!has_bytes && take_escapes(text, outcome)) {
    line.row = {};
    return;
  }
  if (line.row.has_run()) {
    if (line.row.column && column_width_ == 0) {
      column_width_ = line.row.token(*line.row.column).width();
    }
  }
  // What stands between bytes makes no times, if no times stand before the bytes.
  const bool bare = line.row.has_run() && line.row.prefix().empty();
  separator_ = bare ? line.row.separator : std::string();
  if (!line.row.has_run()) column_width_ = 0;
}

// A string with escapes, or one without any in the place where the last one stood: a piece of a
// message may be text alone.
bool RowReader::take_escapes(std::string_view text, Outcome& outcome) {
  const bool follows = std::exchange(after_escapes_, false);
  auto escaped = read_escapes(text);
  if (!escaped && found_.escapes) {
    escaped = read_escapes(text, true);
    if (!escaped) return false;
    const std::string shape = shape_of(text.substr(0, escaped->begin + 1));
    if (shape != escape_shape_ || (shape.size() == 1 && !follows)) return false;
  }
  if (!escaped) return false;
  escape_shape_ = shape_of(text.substr(0, escaped->begin + 1));
  after_escapes_ = true;
  found_.escapes = true;
  ++found_.rows;
  if (text.substr(escaped->end).starts_with("...")) {
    outcome.kind = Kind::bad;
    outcome.error = Error{Fault::cut_dump, escaped->end + 1};
    outcome.keeps_dump = true;
    return true;
  }
  outcome.kind = Kind::bytes;
  outcome.bytes = std::move(escaped->bytes);
  outcome.time = iso_time(text.substr(0, escaped->begin));
  if (escaped->begin > 2) found_.prefix = true;
  return true;
}

// Which lines are data: those that are sure, those with nothing else on them, and those that begin
// like a sure one.
void RowReader::decide_prefixes(std::vector<Line>& lines, std::vector<Outcome>& outcomes) {
  for (Line& line : lines) {
    if (!line.row.is_sure || !line.row.has_run() || line.row.prefix().empty()) continue;
    if (shapes_.size() < kMostShapes) {
      shapes_[shape_of(line.row.prefix())] = line.row.column.has_value();
    }
  }
  begins_like_bytes(lines, outcomes);
  bool before = in_dump_ && bare_rows_;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Line& line = lines[i];
    Row& row = line.row;
    if (line.is_comment) continue;
    if (outcomes[i].kind != Kind::skipped) {
      base64_.clear();
      base64_lines_ = 0;
      before = false;
      continue;
    }
    const bool is_known =
        row.is_bare ? leave_known_group(row) : !row.is_sure && take_known_prefix(row);
    const std::string_view prefix = row.prefix();
    const std::size_t count = row.last - row.first;
    // (26) and [1] are bytes only where those before them look like that.
    const bool is_remark = count == 1 && row.is_enclosed &&
                           row.token(row.first).mark == Mark::none &&
                           row.lexed.line.find_first_of("\"'`") == std::string_view::npos &&
                           !shapes_.contains(shape_of(prefix));
    if (row.is_sure || (row.has_run() && row.is_bare && !is_remark)) {
      line.is_data = true;
    } else if (is_known) {
      line.is_data = true;
    } else if (before && count >= 2 && prefix.empty() && row.lexed.words.size() <= 1 &&
               !row.lexed.words.empty()) {
      const std::size_t at = row.lexed.words[0].begin;
      row.fault = Error{Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(row.lexed.line[at])};
      line.is_data = true;
    } else if (!row.has_run() && !row.lexed.tokens.empty() && row.lexed.tokens[0].from == 0 &&
               row.lexed.tokens[0].width() >= 4 && is_zero(row.lexed.digits(row.lexed.tokens[0])) &&
               row.lexed.line.substr(row.lexed.tokens[0].to).starts_with(": ") &&
               !row.lexed.words.empty()) {
      std::size_t at = row.lexed.words[0].begin;  // an offset, and something odd behind it
      while (at + 1 < row.lexed.words[0].end && hex_digit(row.lexed.line[at]) >= 0) ++at;
      row.fault = Error{Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(row.lexed.line[at])};
      line.is_data = true;
    }
    if (line.is_data) {
      base64_.clear();
      base64_lines_ = 0;
      before = prefix.empty();
      continue;
    }
    before = false;
    if (!take_base64(line, outcomes[i])) skip(line, outcomes[i]);
  }
}

// A few bytes behind what stood before sure ones: from the first token that a known prefix ends at
// to the end of the line, whatever they look like.
bool RowReader::take_known_prefix(Row& row) const {
  const std::vector<Token>& tokens = row.lexed.tokens;
  if (shapes_.empty() || tokens.empty()) return false;
  const std::size_t words = row.lexed.words.empty() ? 0 : row.lexed.words.back().end;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].from < words || tokens[i].from == 0) continue;
    const auto found = shapes_.find(shape_of(row.lexed.line.substr(0, tokens[i].from)));
    if (found == shapes_.end()) continue;
    const bool has_column = found->second && i + 1 < tokens.size();
    row.column = has_column ? std::optional(i) : std::nullopt;
    row.first = i + (has_column ? 1 : 0);
    row.last = tokens.size();
    row.fault.reset();
    return true;
  }
  return false;
}

// aa:bb:cc:dd:ee:ff 68:10:10:68:53:6c: of two groups alike the first one is none of the bytes if
// one like it stood before sure ones.
bool RowReader::leave_known_group(Row& row) const {
  if (row.first != 0 || row.column || !row.has_run()) return false;
  const std::size_t half = row.last / 2;
  if (half < 2 || row.last != 2 * half || row.separator == " ") return false;
  for (std::size_t i = 0; i + 1 < row.last; ++i) {
    if ((row.lexed.join(i) == row.separator) == (i + 1 == half)) return false;
  }
  if (!shapes_.contains(shape_of(row.lexed.line.substr(0, row.token(half).from)))) return false;
  row.first = half;
  return true;
}

// A byte or two a line behind a time or a tag, or up to eight without blanks: no line is sure, but
// all begin alike, and the numbers are no decimal ones.
void RowReader::begins_like_bytes(std::span<Line> lines, std::span<const Outcome> outcomes) {
  std::map<std::string, std::size_t> counts;
  std::size_t all = 0;
  bool letters = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Row& row = lines[i].row;
    if (outcomes[i].kind != Kind::skipped || lines[i].is_comment) continue;
    ++all;
    if (row.is_sure) return;
    if (!row.has_run() || row.prefix().empty() || row.last != row.lexed.tokens.size()) continue;
    bool twos = true;
    for (std::size_t t = row.first; t < row.last; ++t) {
      twos = twos && row.token(t).width() == 2;
      letters = letters || !is_decimal(row.lexed.digits(row.token(t)));
    }
    const std::size_t width = row.token(row.first).width();
    const bool is_piece = row.last - row.first == 1 && width >= 4 && width % 2 == 0;
    if (twos || is_piece) ++counts[shape_of(row.prefix())];
  }
  for (const auto& [shape, count] : counts) {
    if (!letters || count < 4 || count * 2 <= all) continue;
    shapes_[shape] = false;
  }
}

bool RowReader::take_base64(Line& line, Outcome& outcome) {
  const std::string_view text = without_blanks(line.text);
  std::string_view word = base64_word(text);
  if (word.empty() && !base64_.empty() && text.find_first_of(" \t") == std::string_view::npos) {
    word = text;  // the last line of a block
  }
  if (word.empty()) {
    base64_.clear();
    base64_lines_ = 0;
    return false;
  }
  auto bytes = read_base64(word);
  const bool alone = bytes.has_value();
  if (!alone) {
    if (base64_.size() + word.size() > kLongestBase64) base64_.clear();
    base64_ += word;
    if (base64_lines_++ > 0) bytes = read_base64(base64_);
  }
  if (!bytes) return false;
  outcome.kind = Kind::bytes;
  outcome.bytes = std::move(*bytes);
  outcome.time =
      iso_time(line.text.substr(0, static_cast<std::size_t>(word.data() - line.text.data())));
  found_.base64 = true;
  if (!alone) found_.skipped -= std::min(found_.skipped, base64_lines_ - 1);
  found_.rows += alone ? 1 : base64_lines_;
  base64_.clear();
  base64_lines_ = 0;
  return true;
}

void RowReader::skip(const Line& line, Outcome& outcome) {
  if (has_records_ || forced_) {
    std::size_t at = line.indent;
    while (at + 1 < line.text.size() &&
           (hex_digit(line.text[at]) >= 0 || sign_at(line.text, at).length != 0)) {
      ++at;
    }
    outcome.kind = Kind::bad;
    outcome.error = Error{Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(line.text[at])};
    return;
  }
  outcome.kind = Kind::skipped;
  if (found_.skipped++ == 0) found_.first_skipped = line.number;
}

void RowReader::read_dump(std::span<Line* const> rows, std::span<Outcome* const> outcomes) {
  find_columns(rows);
  const auto no_base = decide_base(rows);
  find_offsets(rows, outcomes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Line& line = *rows[i];
    Row& row = line.row;
    Outcome& outcome = *outcomes[i];
    ++found_.rows;
    std::optional<Error> error = row.fault;
    if (!error && !outcome.is_end) error = no_base;
    if (!error) {
      error = read_bytes(row, outcome.bytes);
      if (error && outcome.is_end) {
        error.reset();
        outcome.bytes.clear();
      }
    }
    // What follows an unsure row in its count is no surer.
    if (!error && (is_unsure_lead(row, outcome.bytes) ||
                   (was_unsure_ && i > 0 && !row.column && leads_.size() == 2))) {
      was_unsure_ = true;
      error = Error{Fault::unsure_column, row.token(row.first).from + std::uint64_t{1}};
    }
    if (error) {
      outcome.kind = Kind::bad;
      outcome.error = error;
      outcome.error->offset += line.indent;
      outcome.keeps_dump = true;
      outcome.bytes.clear();
      continue;
    }
    outcome.kind = Kind::bytes;
    outcome.goes_on = row.goes_on;
    const std::string_view prefix = row.prefix();
    if (live_ && leads_.size() == 1 && !row.column) {
      lead_is_byte_ = begins_message(outcome.bytes);
      if (lead_is_byte_) plain_shape_ = shape_of(prefix) + row.separator;
    }
    if (!prefix.empty()) outcome.time = iso_time(prefix);
    const bool has_text =
        std::any_of(prefix.begin(), prefix.end(), [](char c) { return hex_digit(c) >= 0; }) ||
        std::any_of(row.lexed.words.begin(), row.lexed.words.end(),
                    [&](const Lexed::Word& word) { return word.end <= prefix.size(); });
    found_.prefix = found_.prefix || has_text;
    found_.offsets = found_.offsets || outcome.offset.has_value();
    found_.counts = found_.counts || (row.column && !outcome.offset);
  }
  in_dump_ = true;
  bare_rows_ = rows.back()->row.prefix().empty();
}

std::optional<Error> RowReader::decide_base(std::span<Line* const> rows) {
  if (in_dump_ && base_is_sure_) return std::nullopt;
  Digits digits;
  const Row* first = nullptr;
  for (const Line* line : rows) {
    const Row& row = line->row;
    if (!row.has_run() || row.fault) continue;
    // An offset alone is no number of the dump.
    const bool is_end = line == rows.back() && rows.size() > 1 && row.last - row.first == 1 &&
                        rows[rows.size() - 2]->row.column;
    if (is_end) continue;
    if (first == nullptr) first = &row;
    digits.add(row);
  }
  if (first == nullptr) return std::nullopt;
  const std::uint64_t column = first->token(first->first).from + std::uint64_t{1};
  const bool in_list = json_list_ || opens_list(first->prefix());
  json_list_ = false;
  const bool numbers =
      !digits.letters && !digits.marked && digits.wide == 0 && (digits.tokens > 1 || in_list);
  const Base before = base_;
  one_digit_ = digits.ones_inside > 0 && !digits.zero_before;
  base_is_sure_ = false;
  if (digits.bits == digits.tokens && digits.tokens >= 4) {
    base_ = Base::bits;
    base_is_sure_ = true;
  } else if (numbers && in_list && !digits.too_large && !digits.zero_before && !digits.minus) {
    base_ = Base::decimal;
    base_is_sure_ = true;
  } else if (numbers && digits.minus && !digits.below_signed && !digits.above_signed) {
    base_ = Base::decimal;
    base_is_sure_ = true;
  } else if (numbers && digits.three > 0 && !digits.too_large && !digits.zero_before &&
             !digits.minus) {
    base_ = Base::decimal;
    base_is_sure_ = true;
  } else if (numbers && before == Base::decimal && !digits.too_large && !digits.zero_before &&
             !digits.minus) {
    base_ = Base::decimal;  // as the dump before
  } else if (numbers && digits.three == digits.tokens && digits.tokens >= 2) {
    base_ = Base::hex;
    return Error{Fault::three_digits, column};
  } else if (numbers && digits.ones > 0 && digits.ones_inside > 0 && !digits.zero_before &&
             digits.three == 0 && before != Base::hex) {
    base_ = Base::hex;
    return Error{Fault::two_bases, column};
  } else {
    base_ = Base::hex;
    base_is_sure_ = digits.letters || digits.marked || digits.zero_before;
  }
  found_.decimal = found_.decimal || base_ == Base::decimal;
  found_.bits = found_.bits || base_ == Base::bits;
  found_.hex = found_.hex || base_ == Base::hex;
  return std::nullopt;
}

std::optional<Error> RowReader::read_bytes(const Row& row, ByteVector& bytes) const {
  for (std::size_t i = row.first; i < row.last; ++i) {
    const Token& token = row.token(i);
    const std::string_view digits = row.lexed.digits(token);
    const std::uint64_t column = token.begin + std::uint64_t{1};
    if (base_ == Base::decimal) {
      const auto value = value_in(digits, 10);
      if (!value || *value > 255 || digits.size() > 3 || (token.minus && *value > 128)) {
        return Error{Fault::not_decimal, column};
      }
      bytes.push_back(static_cast<std::uint8_t>(token.minus ? 256 - *value : *value));
    } else if (base_ == Base::bits) {
      const auto value = value_in(digits, 2);
      if (!value || digits.size() != 8) return Error{Fault::not_decimal, column};
      bytes.push_back(static_cast<std::uint8_t>(*value));
    } else if (token.width() == 1 && (one_digit_ || token.mark != Mark::none)) {
      bytes.push_back(static_cast<std::uint8_t>(hex_digit(digits[0])));
    } else if (digits.empty() || !append_hex(bytes, digits)) {
      return Error{Fault::half_hex, column, 0, digits.size()};
    }
  }
  return std::nullopt;
}

void RowReader::end_dump() {
  forget_dump();
  separator_.clear();
  column_width_ = 0;
}

// All but what the lines that were looked at last are like: they may stand behind its end.
void RowReader::forget_dump() {
  in_dump_ = false;
  base_is_sure_ = false;
  hidden_column_ = lead_is_byte_ = false;
  leads_.clear();
  offsets_ = Offsets::unknown;
  offset_bases_.clear();
  next_offset_ = 0;
  row_bytes_ = 0;
  bare_rows_ = false;
}

void RowReader::end_source() {
  end_dump();
  base_ = Base::unknown;
  shapes_.clear();
  escape_shape_.clear();
  plain_shape_.clear();
  after_escapes_ = false;
  line_numbers_ = {};
  json_list_ = false;
  base64_.clear();
  base64_lines_ = 0;
  has_records_ = false;
  found_ = {};
}

void RowReader::note_plain() {
  if (!in_dump_) base_ = Base::hex;
  in_dump_ = true;
  bare_rows_ = true;
  base_is_sure_ = true;
  ++found_.rows;
}

}  // namespace meterpipe::dump
