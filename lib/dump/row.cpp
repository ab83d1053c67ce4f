#include "dump/row.hpp"

#include <algorithm>
#include <map>

#include "base/hex.hpp"
#include "dump/characters.hpp"
#include "dump/stamps.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kLongestNumber = 16;  // digits of a number in prose

bool is_alone(std::string_view text) {  // marks and blanks only
  for (std::size_t at = 0; at < text.size();) {
    const Sign sign = sign_at(text, at);
    if (sign.length == 0) return false;
    at += sign.length;
  }
  return true;
}

std::string_view trimmed_front(std::string_view text, std::string_view marks) {
  while (!text.empty()) {
    const Sign sign = sign_at(text, 0);
    if (!sign.is_blank && marks.find(text[0]) == std::string_view::npos) break;
    text.remove_prefix(std::max<std::size_t>(sign.length, 1));
  }
  return text;
}

std::string_view trimmed_back(std::string_view text, std::string_view marks) {
  while (!text.empty() &&
         (is_blank(text.back()) || marks.find(text.back()) != std::string_view::npos)) {
    text.remove_suffix(1);
  }
  return text;
}

bool starts_with_dots(std::string_view text) {
  text = trimmed_front(text, ",;[(<{\"'`|");
  return text.starts_with("..") || text.starts_with("\xe2\x80\xa6");
}

// Where a comment begins that stands behind bytes: // # /* behind a blank.
std::size_t comment_at(const Lexed& lexed) {
  const std::string_view line = lexed.line;
  std::size_t digits = 0, token = 0;
  for (std::size_t at = 1; at < line.size(); ++at) {
    const bool begins = (line[at] == '#' && is_blank(line[at - 1])) ||
                        (line[at] == '/' && at + 1 < line.size() &&
                         (line[at + 1] == '/' || line[at + 1] == '*') && line[at - 1] != ':');
    if (!begins) continue;
    for (; token < lexed.tokens.size() && lexed.tokens[token].to <= at; ++token) {
      if (!lexed.tokens[token].is_stamp) digits += lexed.tokens[token].width();
    }
    if (digits >= 2) return at;
  }
  return line.size();
}

// So many bytes that they are no numbers of prose.
bool is_sure(const Row& row) {
  std::size_t twos = 0, digits = 0, small = 0, even = 0, longest = 0;
  for (std::size_t i = row.first; i < row.last; ++i) {
    const std::size_t width = row.token(i).width();
    digits += width;
    twos += width == 2;
    small += width <= 3;
    even += width % 2 == 0;
    longest = std::max(longest, width);
  }
  const std::size_t count = row.last - row.first;
  if (row.separator == "." && count == 4 && row.token(row.first).mark == Mark::none &&
      is_decimal(row.lexed.digits(row.token(row.first)))) {
    return false;  // an address
  }
  const bool has_words = !row.lexed.words.empty();
  return longest > kLongestNumber || (twos >= 4 && small == count) ||
         (small == count && count >= (has_words ? 8 : 4)) ||
         (even == count && digits > kLongestNumber);
}

struct Segment {
  std::size_t first, last;
  std::size_t bytes;
};

class Finder {
 public:
  Finder(Row& row, const Hints& hints) : row_(row), hints_(hints), tokens_(row.lexed.tokens) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) labels_ += has_colon(i);
  }

  void find() {
    split(usual_join());
    if (segments_.empty()) return;
    std::size_t best = 0;
    for (std::size_t i = 1; i < segments_.size(); ++i) {
      if (segments_[i].bytes >= segments_[best].bytes) best = i;
    }
    take_segment(best);
    if (!is_sure(row_)) {
      // Few bytes are the last thing on their line, not the numbers before them.
      const std::size_t count = tokens_.size();
      const bool are_last =
          row_.lexed.words.empty() || row_.lexed.words.back().end <= tokens_.back().from;
      if (are_last && segments_.back().last == count) best = segments_.size() - 1;
    }
    row_.first = segments_[best].first;
    row_.last = segments_[best].last;
    join_groups(best);
    row_.separator = row_.last - row_.first > 1 ? row_.lexed.join(row_.first) : std::string();
    take_columns();
    take_label(best);
    if (row_.last - row_.first > 1) row_.separator = row_.lexed.join(row_.last - 2);
  }

 private:
  // A number with a colon and a blank behind it: an offset, a count. So are 1. 1) and [1] at the
  // front of a line.
  bool has_colon(std::size_t i) const {
    const std::string_view behind = row_.lexed.line.substr(tokens_[i].to);
    return !behind.empty() && std::string_view(":.)]").find(behind[0]) != std::string_view::npos &&
           (behind.size() == 1 || sign_at(behind, 1).is_blank);
  }
  bool is_label(std::size_t i) const {
    if (labels_ > 2 || !has_colon(i)) return false;
    return row_.lexed.line[tokens_[i].to] == ':' ||
           (i == 0 && tokens_[0].from <= 1 && i + 1 < tokens_.size());
  }

  bool are_joined(std::size_t i) const {  // this token and the next, by anything
    return !tokens_[i + 1].after_word && !tokens_[i].is_stamp && !tokens_[i + 1].is_stamp &&
           tokens_[i].mark == tokens_[i + 1].mark && !is_label(i) && !is_count_behind(i + 1);
  }

  // Seconds since the start, as wmbusmeters logs them: |68fafa68…|+17
  bool is_count_behind(std::size_t i) const {
    return i + 1 == tokens_.size() && tokens_[i - 1].width() > kLongestNumber &&
           row_.lexed.between(i - 1) == "|+";
  }

  void take_segment(std::size_t index) {
    row_.first = segments_[index].first;
    row_.last = segments_[index].last;
    row_.separator = row_.last - row_.first > 1 ? row_.lexed.join(row_.first) : std::string();
  }

  // The join that most tokens have.
  std::string usual_join() const {
    std::map<std::string, std::size_t> counts;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      // Numbers of one width belong together more than others.
      if (are_joined(i)) {
        counts[row_.lexed.join(i)] += tokens_[i].width() == tokens_[i + 1].width() ? 3 : 2;
      }
    }
    std::string join;
    std::size_t most = 0;
    for (const auto& [text, count] : counts) {
      // A mark of its own, between what is no byte and the bytes: " | ", "]: ".
      if (count <= 3 && text.size() > 1 &&
          (text[0] == ' ' ||
           (text.back() == ' ' && text.find_first_of(":]|)") != std::string::npos))) {
        continue;
      }
      // Of those that are as many the one with a blank: what is tight is a number of its own.
      if (count > most || (count == most && text == " ")) {
        join = text;
        most = count;
      }
    }
    return join;
  }

  // Runs of tokens with this join.
  void split(const std::string& join) {
    segments_.clear();
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is_stamp || is_label(i)) continue;
      const bool goes_on = i > 0 && !segments_.empty() && segments_.back().last == i &&
                           are_joined(i - 1) && row_.lexed.join(i - 1) == join;
      if (!goes_on) segments_.push_back({i, i, 0});
      segments_.back().last = i + 1;
      segments_.back().bytes += bytes_of(tokens_[i]);
    }
  }

  // An offset may stand before the first group.
  Segment without_offset(const Segment& segment) const {
    if (width_of(segment) != 0 || segment.last - segment.first <= 4) return segment;
    return {segment.first + 1, segment.last, segment.bytes};
  }

  // The width that all tokens of a segment have; 0: they differ.
  std::size_t width_of(const Segment& segment) const {
    const std::size_t width = tokens_[segment.first].width();
    for (std::size_t i = segment.first; i < segment.last; ++i) {
      if (tokens_[i].width() != width) return 0;
    }
    return width;
  }

  // Groups with another join between them: 53 ff 00 01-67 db, 68fa fa68 | 53ff 0001.
  void join_groups(std::size_t best) {
    const Segment whole = without_offset(segments_[best]);
    const std::size_t width = width_of(whole);
    if (width == 0 || width > 8) return;
    const std::size_t size = whole.last - whole.first;
    const auto fits = [&](std::size_t index, bool is_left) {
      const Segment one = is_left ? without_offset(segments_[index]) : segments_[index];
      const std::size_t count = one.last - one.first;
      const std::size_t joined = is_left ? one.last - 1 : one.first - 1;
      if (width_of(one) != width || !are_joined(joined)) return false;
      if (is_left ? one.last != row_.first : one.first != row_.last) return false;
      const std::string between = row_.lexed.join(joined);
      if (between.find_first_not_of(" -|,;:.\"'_/") != std::string::npos) return false;
      return is_left ? (count >= 4 && count % 4 == 0) || count == size
                     : size % 4 == 0 || count == size;
    };
    for (std::size_t i = best; i > 0 && fits(i - 1, true); --i) row_.first = segments_[i - 1].first;
    for (std::size_t i = best + 1; i < segments_.size() && fits(i, false); ++i) {
      row_.last = segments_[i].last;
    }
  }

  // How many tokens stand right before this one, with one mark between each two of them. Commas
  // are between columns of a table.
  std::size_t tight_before(std::size_t index) const {
    std::size_t count = 0;
    for (; index > 0 && tokens_[index - 1].to + 1 == tokens_[index].from; --index, ++count) {
      const char mark = row_.lexed.line[tokens_[index].from - 1];
      if (mark == ',' && count == 0) return 1;
      if (std::string_view(":.-/").find(mark) == std::string_view::npos) break;
    }
    return count;
  }

  enum class Column : std::uint8_t { no, yes, unsure };

  // Three digits that may be one of a row of decimal numbers.
  bool is_number_of_row() const {
    if (tokens_[row_.first].width() != 3) return false;
    for (std::size_t i = row_.first; i < row_.last; ++i) {
      const std::string_view digits = row_.lexed.digits(tokens_[i]);
      if (!is_decimal(digits) || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) {
        return false;
      }
    }
    return row_.lexed.digits(tokens_[row_.first]) <= "255";
  }

  // Whether the run's first token is none of its bytes.
  Column column() const {
    const Token& token = tokens_[row_.first];
    const std::size_t rest = row_.last - row_.first - 1;
    const std::string_view line = row_.lexed.line;
    const std::string_view digits = row_.lexed.digits(token);
    const std::size_t width = token.width();
    if (rest == 0) return Column::no;
    if (hints_.column_width == width && row_.first == 0 && (width > 2 || width == 1)) {
      return Column::yes;
    }
    // The end of something that is no byte: 192.168.1.10 68 fa. Of two it may be a byte behind the
    // number of its line: 12:68 fa.
    if (const std::size_t parts = row_.separator == " " ? tight_before(row_.first) : 0; parts > 0) {
      const char mark = line[token.from - 1];
      if (parts > 1 || mark == '.' || mark == '/' || width != 2) return Column::yes;
      const bool may_be_number =
          is_decimal(digits) && is_decimal(row_.lexed.digits(tokens_[row_.first - 1]));
      return may_be_number ? Column::unsure : Column::no;
    }
    const std::size_t second = tokens_[row_.first + 1].width();
    bool uniform = true;
    for (std::size_t i = row_.first + 1; i + 1 < row_.last; ++i) {
      uniform = uniform && tokens_[i].width() == second;
    }
    if (rest > 1) uniform = uniform && tokens_[row_.last - 1].width() <= second;
    const bool zero = digits.find_first_not_of('0') == std::string_view::npos;
    const std::string_view between = row_.lexed.between(row_.first);
    bool wide = (between.size() >= 2 || between == "\t") &&
                between.find_first_not_of(" \t") == std::string_view::npos;
    for (std::size_t i = row_.first + 1; wide && i + 1 < row_.last; ++i) {
      wide = row_.lexed.between(i).size() < between.size() || between == "\t";
      if (wide && between == "\t" && row_.lexed.between(i) == "\t") wide = false;
    }
    if (wide && rest >= 2 && uniform && second != 1 && (zero || width != second)) {
      return is_number_of_row() ? Column::no : Column::yes;
    }
    const std::size_t usual = tokens_[row_.first + (rest + 1) / 2].width();
    if (width >= 6 && width != usual && can_be_stamp(digits)) return Column::yes;
    if (rest == 1 && second == 2 && width >= 6 && is_decimal(digits) && !zero) {
      return Column::unsure;
    }
    if (rest == 1 && width >= 4 && width != second && (zero || (wide && digits[0] == '0'))) {
      return Column::yes;
    }
    if (!uniform || width == second || width <= 2) {
      // Three digits before numbers of one to three are decimal.
      return Column::no;
    }
    if (second <= 3 && rest >= 2 && second != 2) return Column::no;
    const bool has_text = !is_alone(line.substr(0, token.from));
    if (rest >= 2 && second == 2) {
      if (is_number_of_row()) return Column::no;
      const bool plain = width % 2 == 1 || digits[0] == '0' || is_decimal(digits);
      return plain && width <= kLongestNumber ? Column::yes : Column::unsure;
    }
    if (width > kLongestNumber) return Column::no;
    if (is_number_of_row()) return Column::no;
    if (tokens_[row_.first + 1].width() <= kLongestNumber && rest < 2) {
      return width % 2 == 1 && width != 1 ? Column::yes : Column::no;
    }
    if (second < width && second >= 4 && rest >= 2) {
      return width % 2 == 1 || digits[0] == '0' ? Column::yes : Column::unsure;
    }
    if (width % 2 == 1 || (zero && width >= 4) || can_be_stamp(digits)) return Column::yes;
    if (rest == 1 && is_decimal(digits)) return has_text ? Column::yes : Column::unsure;
    if (rest == 1 && digits[0] == '0' && width >= 4) return Column::unsure;
    return Column::no;
  }

  void take_columns() {
    for (int i = 0; i < 4 && row_.has_run(); ++i) {
      const Column is = column();
      if (is == Column::no) return;
      if (is == Column::unsure) {
        row_.fault = Error{Fault::unsure_column, tokens_[row_.first].from + std::uint64_t{1}};
        return;
      }
      row_.column = row_.first++;
    }
  }

  // The one number before the run, with a colon or another mark between.
  void take_label(std::size_t best) {
    if (row_.column || row_.first == 0) return;
    const std::size_t before = row_.first - 1;
    if (tokens_[before].is_stamp || tokens_[row_.first].after_word) return;
    const bool is_alone_before =
        is_label(before) || (best > 0 && segments_[best - 1].first == before && before == 0);
    if (is_alone_before && !tokens_[before].minus) row_.column = before;
  }

  Row& row_;
  const Hints& hints_;
  const std::vector<Token>& tokens_;
  std::vector<Segment> segments_;
  std::size_t labels_ = 0;
};

bool is_enclosed(const Row& row) {
  const std::string_view line = row.lexed.line;
  const std::size_t from = row.token(row.first).from, to = row.token(row.last - 1).to;
  const std::string_view before = trimmed_back(line.substr(0, from), ""),
                         after = trimmed_front(line.substr(to), " ,");
  if (before.empty() || after.empty()) return false;
  constexpr std::string_view kOpening = "'\"`[({<", kClosing = "'\"`])}>";
  const std::size_t at = kOpening.find(before.back());
  return at != std::string_view::npos && after.front() == kClosing[at];
}

// The numbers over the columns of a dump.
bool is_ruler(const Row& row) {
  const std::size_t count = row.last - row.first;
  if (count != 8 && count != 16 && count != 32) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view digits = row.lexed.digits(row.token(row.first + i));
    std::size_t hex = 0, decimal = 0;
    for (const char c : digits) {
      hex = hex * 16 + static_cast<std::size_t>(std::max(hex_digit(c), 0));
      decimal = decimal * 10 + static_cast<std::size_t>(std::max(hex_digit(c), 0));
    }
    if (digits.size() > 2 || (hex != i && decimal != i)) return false;
  }
  return true;
}

// aa:bb:cc:dd:ee:ff and 550e8400-e29b-41d4-a716-446655440000 in prose.
bool is_address(const Row& row) {
  const std::size_t count = row.last - row.first;
  if (count == 6 && (row.separator == ":" || row.separator == "-")) {
    for (std::size_t i = row.first; i < row.last; ++i) {
      if (row.token(i).width() != 2) return false;
    }
    return true;
  }
  constexpr std::size_t kUuid[] = {8, 4, 4, 4, 12};
  if (count != 5 || row.separator != "-") return false;
  for (std::size_t i = 0; i < 5; ++i) {
    if (row.token(row.first + i).width() != kUuid[i]) return false;
  }
  return true;
}

bool is_row_of_bits(const Row& row) {
  for (std::size_t i = row.first; i < row.last; ++i) {
    const std::string_view digits = row.lexed.digits(row.token(i));
    if (digits.size() != 8 || digits.find_first_not_of("01") != std::string_view::npos)
      return false;
  }
  return true;
}

// Words of two and four bytes behind an offset, with nothing that tells their order: od -x.
bool has_words(const Row& row) {
  if (!row.column || row.has_characters) return false;
  const std::string_view line = row.lexed.line;
  const Token& column = row.token(*row.column);
  if (line.substr(column.to).starts_with(':') || *row.column + 1 != row.first) return false;
  const std::size_t width = row.token(row.first).width();
  if (width != 4 && !(width == 8 && row.last - row.first > 1)) return false;
  for (std::size_t i = row.first; i < row.last; ++i) {
    if (row.token(i).width() != width || row.token(i).mark != Mark::none) return false;
  }
  return true;
}

// [10 … 19], 0..15: which elements a list of a console shows here.
bool is_range(const Lexed& lexed) {
  if (lexed.tokens.size() != 2 || !lexed.words.empty()) return false;
  const std::string_view first = lexed.digits(lexed.tokens[0]),
                         last = lexed.digits(lexed.tokens[1]);
  if (!is_decimal(first) || !is_decimal(last) || last.size() < first.size() ||
      (last.size() == first.size() && last <= first)) {
    return false;
  }
  const std::string_view between = lexed.between(0);
  return is_alone(between) && (between.find("..") != std::string_view::npos ||
                               between.find("\xe2\x80\xa6") != std::string_view::npos);
}

// Bytes that stand before the run and something that is no byte: half of them would be lost.
std::optional<Error> odd_before(const Row& row) {
  std::size_t count = 0;
  const std::size_t end = row.first;
  for (std::size_t i = 0; i < end; ++i) {
    const Token& token = row.token(i);
    const bool is_byte = token.width() == 2 && !token.is_stamp;
    count = is_byte && !token.after_word ? count + 1 : is_byte ? 1 : 0;
    const bool is_mac = count >= 5 && row.lexed.join(i - 1) != " ";
    if (row.column == i) continue;
    const bool ends = i + 1 == end || row.token(i + 1).after_word || row.token(i + 1).width() != 2;
    if (count >= 4 && ends && !is_mac) {
      std::size_t at = token.to;
      while (at < row.lexed.line.size() && sign_at(row.lexed.line, at).length != 0) ++at;
      return Error{
          Fault::not_hex, at + 1, 0,
          static_cast<std::uint8_t>(at < row.lexed.line.size() ? row.lexed.line[at] : ' ')};
    }
  }
  return std::nullopt;
}

// What may not stand behind bytes.
std::optional<Error> odd_behind(const Row& row) {
  const std::string_view suffix = row.suffix();
  const std::size_t start = row.lexed.line.size() - suffix.size();
  std::string_view text = trimmed_front(suffix, "\"'`,;|\\*.:");
  if (is_alone(text) || row.is_enclosed) return std::nullopt;
  const char first = text.front();
  if (first == '(' || first == '[' || first == '<' || first == '{') return std::nullopt;
  if (text.starts_with("--") || text.starts_with("//") || text.starts_with('#')) {
    return std::nullopt;
  }
  if (suffix.starts_with("|+")) return std::nullopt;
  // The string of a JSON object or of a Python dictionary ends, and its other members follow.
  const std::string_view behind = trimmed_front(suffix, "");
  if (row.lexed.line.starts_with('{') && (behind.starts_with('"') || behind.starts_with('\''))) {
    return std::nullopt;
  }
  // Behind an offset and bytes: characters, if none that the bytes would show.
  if (row.column && (suffix.starts_with("  ") || suffix.starts_with('\t') ||
                     suffix.starts_with('|') || suffix.starts_with(" |"))) {
    return std::nullopt;
  }
  // Only times.
  bool stamps = row.lexed.words.empty() || row.lexed.words.back().end <= start;
  for (std::size_t i = row.last; i < row.lexed.tokens.size(); ++i) {
    stamps = stamps && row.token(i).is_stamp;
  }
  if (stamps) return std::nullopt;
  std::size_t at = start;
  while (at < row.lexed.line.size() && sign_at(row.lexed.line, at).length != 0) ++at;
  // The odd character itself, not the hex digits before it.
  while (at < row.lexed.line.size() && hex_digit(row.lexed.line[at]) >= 0) ++at;
  if (at >= row.lexed.line.size()) at = start;
  return Error{Fault::not_hex, at + 1, 0, static_cast<std::uint8_t>(row.lexed.line[at])};
}

// A word that is nearly all hex: bytes without blanks, and something odd in them.
std::optional<Error> odd_word(const Lexed& lexed) {
  for (const Lexed::Word& word : lexed.words) {
    const std::string_view text = lexed.line.substr(word.begin, word.end - word.begin);
    if (text.size() <= kLongestNumber + 2) continue;
    std::size_t run = 0, longest = 0, others = 0, where = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_digit = hex_digit(text[i]) >= 0;
      run = is_digit ? run + 1 : 0;
      longest = std::max(longest, run);
      if (!is_digit && others++ == 0) where = i;
    }
    if (longest >= kLongestNumber && others * 8 <= text.size()) {
      return Error{Fault::not_hex, word.begin + where + 1, 0,
                   static_cast<std::uint8_t>(text[where])};
    }
  }
  return std::nullopt;
}

// Two hex digits with nothing else beside them.
bool is_byte(std::string_view text) {
  return text.size() >= 2 && hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0 &&
         (text.size() == 2 || is_blank(text[2]) || text[2] == '|');
}

// The bytes behind an offset without what stands behind them: cut at "|" or at the double blank
// before the text, whichever comes first. hexdump -C and Wireshark set a double blank after the
// eighth byte too, with another byte or the padding of a short line behind it; behind eight bytes
// of a line that is not padded stands its text.
std::string_view bytes_of_row(std::string_view rest, bool colon) {
  constexpr std::size_t kRowDigits = 16;  // of eight bytes
  std::size_t at = 0, digits = 0;
  while (at < rest.size() && is_blank(rest[at])) ++at;
  while (at < rest.size()) {
    if (rest[at] == '|') return rest.substr(0, at);
    if (!is_blank(rest[at])) {
      ++digits;
      ++at;
      continue;
    }
    std::size_t blanks = 0;
    while (at + blanks < rest.size() && is_blank(rest[at + blanks])) ++blanks;
    const std::string_view behind = rest.substr(at + blanks);
    const bool middle = !colon && digits == kRowDigits && is_byte(behind) &&
                        (blanks == 2 || behind.find_first_not_of("0123456789abcdefABCDEF ") ==
                                            std::string_view::npos);
    if (blanks >= 2 && !middle) return rest.substr(0, at);
    at += blanks;
  }
  return rest;
}

// A row that begins with an offset of four digits and more, set off by a colon or a double blank:
// 0000  0f   data-notification. Its bytes end at a double blank, whatever stands behind it. The
// offset is 0 or as wide as the one before. How much of the line is offset and bytes; 0: it is
// another row.
std::size_t size_of_offset_row(std::string_view line, std::size_t column_width) {
  std::size_t width = 0;
  while (width < line.size() && hex_digit(line[width]) >= 0) ++width;
  if (width < 4 || width > kLongestNumber || width == line.size()) return 0;
  const bool is_zero = line.find_first_not_of('0') >= width;
  if (!is_zero && width != column_width) return 0;
  const bool colon = line.substr(width).starts_with(": ");
  if (!colon && !line.substr(width).starts_with("  ")) return 0;
  const std::string_view rest = line.substr(width + (colon ? 1 : 2));
  const std::string_view bytes = bytes_of_row(rest, colon);
  std::size_t digits = 0, all = 0;
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    if (at < bytes.size() && hex_digit(bytes[at]) >= 0) {
      ++digits;
      ++all;
      continue;
    }
    if (digits % 2 != 0 || (at < bytes.size() && !is_blank(bytes[at]))) return 0;
    digits = 0;
  }
  return all == 0 ? 0 : line.size() - rest.size() + bytes.size();
}

}  // namespace

std::size_t bytes_of(const Token& token) {
  return token.width() <= 3 ? 1 : (token.width() + 1) / 2;
}

std::string_view Row::prefix() const {
  if (!has_run()) return lexed.line;
  const Token& begins = token(column ? *column : first);
  return lexed.line.substr(0, begins.from);
}

std::string_view Row::suffix() const {
  return has_run() ? lexed.line.substr(token(last - 1).to) : std::string_view();
}

std::string shape_of(std::string_view prefix) {
  std::string shape;
  for (std::size_t at = 0; at < prefix.size();) {
    if (sign_at(prefix, at).length != 0) {
      if (!is_blank(prefix[at])) shape += prefix[at];
      ++at;
      continue;
    }
    const std::size_t begin = at;
    bool is_number = true, has_digit = false;
    for (; at < prefix.size() && (at == begin || sign_at(prefix, at).length == 0); ++at) {
      is_number = is_number && hex_digit(prefix[at]) >= 0;
      has_digit = has_digit || (prefix[at] >= '0' && prefix[at] <= '9');
    }
    if (is_number && has_digit) {
      shape += '0';
      continue;
    }
    for (const char c : prefix.substr(begin, at - begin)) {
      const bool is_digit = c >= '0' && c <= '9';
      if (!is_digit || shape.empty() || shape.back() != '0') shape += is_digit ? '0' : c;
    }
  }
  return shape;
}

bool is_gap(std::string_view line) {
  line = trimmed_front(line, "[(<");
  if (!line.starts_with("..") && !line.starts_with("\xe2\x80\xa6")) return false;
  // ... 204 more items
  const std::size_t more = line.find(" more ");
  return is_alone(line) || (more != std::string_view::npos && line.size() - more <= 16);
}

Row take_apart(std::string_view line, const Hints& hints) {
  Row row;
  const std::string_view separator = hints.separator;
  const Characters characters = find_characters(line);
  if (characters.begin != std::string_view::npos && !characters.swapped) {
    row.has_characters = true;
    line = line.substr(0, characters.begin);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  }
  if (const std::size_t size = size_of_offset_row(line, hints.column_width);
      size != 0 && !row.has_characters) {
    row.lexed = lex(trimmed_back(line.substr(0, size), ""), separator);
    row.column = 0;
    row.first = 1;
    row.last = row.lexed.tokens.size();
    row.separator = row.last > 2 ? row.lexed.join(1) : std::string();
    row.is_bare = row.is_sure = true;
    row.has_characters = size < line.size();
    if (characters.swapped) row.fault = Error{Fault::byte_order};
    return row;
  }
  row.lexed = lex(line, separator);
  if (!row.has_characters) {
    if (const std::size_t at = comment_at(row.lexed); at < line.size()) {
      row.lexed = lex(trimmed_back(line.substr(0, at), ""), separator);
    }
  }
  Finder(row, hints).find();
  if (is_range(row.lexed)) row.first = row.last = 0, row.column.reset();
  if (!row.has_run()) {
    row.fault = odd_word(row.lexed);
    row.is_sure = row.fault.has_value();
    return row;
  }
  row.is_enclosed = is_enclosed(row);
  row.is_bare = row.lexed.words.empty() && row.last == row.lexed.tokens.size() && row.first <= 2 &&
                (row.first == 0 || row.column) &&
                row.prefix().find('(') == std::string_view::npos &&
                std::none_of(row.lexed.tokens.begin(), row.lexed.tokens.end(),
                             [](const Token& token) { return token.is_stamp; });
  row.is_ruler = is_ruler(row);
  row.is_sure = is_sure(row) && !(is_address(row) && !row.is_bare);
  const std::string_view behind = trimmed_back(row.suffix(), "");
  row.goes_on = !behind.empty() && (behind.back() == ',' || behind.back() == '\\');
  if (!row.is_sure && !row.is_bare) {
    if (const auto odd = odd_word(row.lexed)) {
      row.fault = odd;
      row.is_sure = true;
    }
    return row;
  }
  if (row.fault) return row;
  if (characters.swapped || (row.first <= 1 && has_words(row) && !is_row_of_bits(row))) {
    row.fault = Error{Fault::byte_order};
  } else if (const std::string_view before = trimmed_back(row.prefix(), "[(<{\"'`,");
             starts_with_dots(row.suffix()) ||
             (before.size() >= 2 && before.ends_with("..") &&
              is_alone(
                  trimmed_back(before, ".").empty()
                      ? std::string_view()
                      : trimmed_back(before, ".").substr(trimmed_back(before, ".").size() - 1))) ||
             before.ends_with("\xe2\x80\xa6")) {
    row.fault = Error{Fault::cut_dump, row.token(row.last - 1).to + std::uint64_t{1}};
  } else if (const auto before_run = odd_before(row); before_run && !row.is_enclosed) {
    row.fault = before_run;
  } else if (row.is_sure) {
    row.fault = odd_behind(row);
  }
  return row;
}

}  // namespace meterpipe::dump
