#include "keys/keys.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/key_like.hpp"
#include "base/pieces.hpp"
#include "base/reader.hpp"
#include "base/utf8.hpp"
#include "keys/pasted.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"

namespace meterpipe::keys {
namespace {

constexpr std::size_t kTitleDigits = 16, kIdDigits = 8;
constexpr std::size_t kLargest = std::size_t{64} << 20;
constexpr std::string_view kAscii = "ascii:";
constexpr std::size_t kAsciiLength = 16;

// 16 or 32 bytes: 22 characters and ==, 43 and =.
bool is_base64_key(std::string_view word) {
  const std::size_t end = word.find_last_not_of('=') + 1;
  const bool has_size = (end == 22 && word.size() == 24) || (end == 43 && word.size() == 44);
  return has_size && std::ranges::all_of(word.substr(0, end), [](char c) {
           return is_letter_or_digit(static_cast<unsigned char>(c)) || c == '+' || c == '/' ||
                  c == '-' || c == '_';
         });
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// One line, field by field; errors carry the column.
class LineParser {
 public:
  LineParser(std::string_view line, const std::string& name, std::size_t number)
      : line_(line), name_(name), number_(number) {}

  // False: nothing on this line.
  bool parse(KeyRing::Entry& entry, std::string& label) {
    skip_blanks();
    if (at_end()) return false;
    entry.title.clear();
    bool named = false, positional = false;
    std::vector<SecretBytes> fields;
    while (!at_end()) {
      refuse_base64(at_);
      const std::size_t word_end = line_.find_first_of("= \t\r#", at_);
      if (word_end != std::string_view::npos && line_[word_end] == '=' &&
          line_.substr(at_, kAscii.size()) != kAscii) {
        named = true;
        parse_named(entry, label, word_end);
      } else {
        positional = true;
        parse_positional(entry, fields);
      }
      if (named && positional) error(at_, "named fields (ek=…) and plain ones do not mix");
      skip_blanks();
    }
    if (positional) {
      if (fields.empty())
        error(line_.size(), "a title without a key: an encryption key is missing");
      entry.encryption = std::move(fields[0]);
      if (fields.size() > 1) entry.authentication = std::move(fields[1]);
    }
    if (entry.title.empty()) entry.title = "*";
    if (entry.encryption.empty()) error(line_.size(), "no encryption key (ek=) on this line");
    check_size(entry.authentication, entry.encryption, "authentication key");
    check_size(entry.broadcast, entry.encryption, "broadcast key");
    if (entry.auth == apdu::AuthMode::require && entry.authentication.empty()) {
      error(line_.size(), "auth=required without an authentication key (ak=) to check tags with");
    }
    return true;
  }

 private:
  bool at_end() const { return at_ >= line_.size() || line_[at_] == '#'; }
  void skip_blanks() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
  }

  template <class... Args>
  [[noreturn]] void error(std::size_t at, fmt::format_string<Args...> what, Args&&... args) const {
    throw os::Fatal(os::kConfig, "{}:{}: column {}: {}", name_, number_, at + 1,
                    fmt::format(what, std::forward<Args>(args)...));
  }

  void check_size(const SecretBytes& key, const SecretBytes& encryption, const char* what) const {
    if (!key.empty() && key.size() != encryption.size()) {
      error(line_.size(),
            "{} of {} bytes beside an encryption key of {}: both must be "
            "of one suite",
            what, key.size(), encryption.size());
    }
  }

  void parse_named(KeyRing::Entry& entry, std::string& label, std::size_t equals) {
    std::string_view name = line_.substr(at_, equals - at_);
    if (name == "EK") name = "ek";
    if (name == "AK") name = "ak";
    const std::size_t name_at = at_;
    at_ = equals + 1;
    if (std::ranges::find(names_, name) != names_.end()) {
      error(name_at, "{}= stands twice on this line", name);
    }
    if (name == "title") {
      parse_title(entry);
    } else if (name == "ek") {
      entry.encryption = parse_key();
    } else if (name == "ak") {
      entry.authentication = parse_key();
    } else if (name == "broadcast") {
      entry.broadcast = parse_key();
    } else if (name == "auth") {
      entry.auth = parse_auth();
    } else if (name == "label") {
      const bool quoted = at_ < line_.size() && line_[at_] == '"';
      if (quoted) ++at_;
      const std::size_t end =
          std::min(line_.find_first_of(quoted ? "\"" : " \t\r", at_), line_.size());
      if (quoted && end == line_.size()) error(at_ - 1, "the quote that begins here never ends");
      label = line_.substr(at_, end - at_);
      at_ = end + (quoted && end < line_.size() ? 1 : 0);
    } else {
      error(name_at, "unknown field before '=' (known: title, ek, ak, broadcast, auth, label)");
    }
    names_.push_back(name);
  }

  apdu::AuthMode parse_auth() {
    const std::size_t start = at_;
    at_ = std::min(line_.find_first_of(" \t\r#", at_), line_.size());
    const std::string_view word = line_.substr(start, at_ - start);
    if (word == "required") return apdu::AuthMode::require;
    if (word == "check") return apdu::AuthMode::check;
    if (word == "none") return apdu::AuthMode::ignore;
    error(start, "auth= is required, check or none");
  }

  void parse_title(KeyRing::Entry& entry) {
    if (at_ < line_.size() && line_[at_] == '*') {
      ++at_;
      entry.title = "*";
      return;
    }
    const std::size_t start = at_;
    SecretBytes bytes;
    parse_digits(bytes);
    // The number on an M-Bus meter stands for its title.
    const bool is_id =
        bytes.size() == kIdDigits / 2 && std::ranges::all_of(bytes, [](std::uint8_t byte) {
          return (byte >> 4) <= 9 && (byte & 0x0f) <= 9;
        });
    if (bytes.size() != kTitleDigits / 2 && !is_id) {
      error(start, "a system title has 16 hex digits, {} are here", 2 * bytes.size());
    }
    entry.title = to_hex(bytes);
  }

  void parse_positional(KeyRing::Entry& entry, std::vector<SecretBytes>& fields) {
    const std::size_t start = at_;
    if (line_[at_] == '*' && entry.title.empty() && fields.empty()) {
      ++at_;
      entry.title = "*";
      return;
    }
    SecretBytes bytes = parse_field();
    if (bytes.size() == kTitleDigits / 2 && entry.title.empty() && fields.empty()) {
      entry.title = to_hex(bytes);
      return;
    }
    check_key(bytes, start);
    if (fields.size() == 2) error(start, "a third key: a line has a title, EK and AK");
    fields.push_back(std::move(bytes));
  }

  void refuse_base64(std::size_t start) const {
    std::string_view word = line_.substr(start, line_.find_first_of(" \t\r", start) - start);
    if (word.size() > 2 && word.front() == '"' && word.back() == '"') {
      word = word.substr(1, word.size() - 2);
    }
    if (is_base64_key(word)) {
      error(start, "a key in base64: its 32 hex digits are wanted (base64 -d | xxd -p)");
    }
  }

  SecretBytes parse_key() {
    const std::size_t start = at_;
    refuse_base64(start);
    SecretBytes bytes = parse_field();
    check_key(bytes, start);
    return bytes;
  }

  void check_key(const SecretBytes& bytes, std::size_t start) const {
    if (bytes.size() != 16 && bytes.size() != 32) {
      error(start, "a key has 32 hex digits (64 in suite 2), {} are here", 2 * bytes.size());
    }
  }

  // A field: digits in one piece, or groups of two digits with blanks between, or ascii:.
  SecretBytes parse_field() {
    if (line_.substr(at_, kAscii.size()) == kAscii) {
      at_ += kAscii.size();
      if (line_.size() - at_ < kAsciiLength) {
        error(at_, "ascii: takes 16 characters, {} are here", line_.size() - at_);
      }
      const Bytes text = as_bytes(line_.substr(at_, kAsciiLength));
      at_ += kAsciiLength;
      if (at_ < line_.size() && !is_blank(line_[at_])) {
        error(at_, "ascii: takes exactly 16 characters, more follow");
      }
      return secret(text);
    }
    const std::size_t start = at_;
    SecretBytes bytes;
    parse_digits(bytes);
    if (bytes.size() != 1) return bytes;
    std::size_t groups = 1;
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      SecretBytes more;
      if (at_end() || !next_is_group()) {
        at_ = before;
        break;
      }
      parse_digits(more);
      bytes.push_back(more[0]);
      ++groups;
    }
    if (groups != 8 && groups != 16) {
      error(start,
            "{} groups of two digits: 16 make a key, 8 a title; write longer "
            "ones without blanks",
            groups);
    }
    return bytes;
  }

  bool next_is_group() const {
    const std::size_t end = std::min(line_.find_first_of(" \t\r#", at_), line_.size());
    return end - at_ == 2 && hex_digit(line_[at_]) >= 0 && hex_digit(line_[at_ + 1]) >= 0;
  }

  // One word of hex digits with "-" or ":" between them.
  void parse_digits(SecretBytes& bytes) {
    const bool quoted = line_.substr(at_, 1) == "\"";
    if (quoted) ++at_;
    if (line_.substr(at_, 2) == "0x" || line_.substr(at_, 2) == "0X") at_ += 2;
    int high = -1;
    for (; at_ < line_.size() && !is_blank(line_[at_]) && line_[at_] != '#'; ++at_) {
      const char c = line_[at_];
      if ((c == '-' || c == ':' || c == '.') && high < 0) continue;
      if (quoted && c == '"' && high < 0) {
        ++at_;
        break;
      }
      const int digit = hex_digit(c);
      if (digit < 0) {
        const std::string shown = c >= 0x20 && c < 0x7f
                                      ? fmt::format("'{}'", c)
                                      : fmt::format("byte {:02x}", static_cast<unsigned char>(c));
        std::string_view meant;
        if (c == 'O' || c == 'o') meant = " (the letter O: is it a zero?)";
        if (c == 'l' || c == 'I') meant = " (a letter: is it a one?)";
        error(at_, "{} is no hex digit{}", shown, meant);
      }
      if (high < 0) {
        high = digit;
      } else {
        bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
        high = -1;
      }
    }
    if (high >= 0) {
      const std::size_t digits = 2 * bytes.size() + 1;
      if (digits == 31 || digits == 33) {
        error(at_, "{} of 32 digits, one is {}", digits, digits == 31 ? "missing" : "too many");
      }
      error(at_, "an odd number of hex digits");
    }
  }

  std::string_view line_;
  const std::string& name_;
  std::size_t number_;
  std::size_t at_ = 0;
  std::vector<std::string_view> names_;  // fields seen, of the known ones
};

// All bytes alike, or counting up or down by the same step: 00…, 000102…, 00112233…, FFEEDD….
bool looks_like_sample(const SecretBytes& key) {
  const auto step = static_cast<std::uint8_t>(key[1] - key[0]);
  for (std::size_t i = 1; i < key.size(); ++i) {
    if (static_cast<std::uint8_t>(key[i] - key[i - 1]) != step) return false;
  }
  return true;
}

}  // namespace

std::span<apdu::Key* const> KeyRing::keys_for(Bytes title) const {
  if (title.size() == apdu::kTitleLength) {
    const auto found = by_title_.find(Reader(title).unsigned_of(apdu::kTitleLength));
    if (found != by_title_.end()) return found->second;
  }
  return any_;
}

namespace {

// The lines of a key file, those of an operator's letter put together.
class FileParser {
 public:
  using Take = std::function<void(KeyRing::Entry entry, std::string label, std::size_t line)>;
  FileParser(std::string name, Take take) : name_(std::move(name)), take_(std::move(take)) {}

  void parse(std::string_view text) {
    if (is_configuration(text)) {
      throw os::Fatal(os::kConfig,
                      name_ +
                          ": a configuration (JSON, JSON5, YAML), as that of "
                          "smart-meter-mbus-dlms, and no key file: write the key alone into a "
                          "file");
    }
    while (!text.empty()) {
      const std::string_view line = take_piece(text, '\n');
      ++number_;
      parse_line(line);
    }
    if (due_) fail(number_, "the key that is announced here is missing");
    end_letter();
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw os::Fatal(os::kConfig, fmt::format("{}:{}: {}", name_, line, what));
  }

  void parse_line(std::string_view line) {
    if (const auto plain = without_typography(line)) {
      return parse_plain_line(as_text(*plain));
    }
    parse_plain_line(line);
  }

  void parse_plain_line(std::string_view line) {
    const std::string_view told = line.substr(0, line.find('#'));
    if (due_) {
      if (told.find_first_not_of(" \t\r") == std::string_view::npos) return;
      return take_key(*std::exchange(due_, std::nullopt), line, 0);
    }
    if (const auto found = read_label(told)) {
      if (told.find_first_not_of(" \t\r", found->value_at) == std::string_view::npos) {
        due_ = found->key;
        return;
      }
      return take_key(found->key, line, found->value_at);
    }
    KeyRing::Entry entry;
    if (auto key = read_lone_key(told)) {
      end_letter();
      entry.title = "*";
      entry.encryption = std::move(*key);
      return take_(std::move(entry), {}, number_);
    }
    std::string label;
    if (!LineParser(line, name_, number_).parse(entry, label)) return;
    end_letter();
    take_(std::move(entry), std::move(label), number_);
  }

  void take_key(Label::Key which, std::string_view line, std::size_t at) {
    const std::string_view value = line.substr(at, line.find('#', at) - at);
    auto key = read_lone_key(value);
    if (!key) {
      // As a field of its own it is refused with the column, or it is of suite 2.
      KeyRing::Entry entry;
      std::string label, blanks(at, ' ');
      blanks += value;
      const bool read = LineParser(blanks, name_, number_).parse(entry, label);
      ::explicit_bzero(blanks.data(), blanks.size());
      if (!read || entry.title != "*" || !entry.authentication.empty()) {
        fail(number_, "one key was expected here");
      }
      key = entry.encryption;
    }
    SecretBytes& place = which == Label::Key::encryption       ? letter_.encryption
                         : which == Label::Key::authentication ? letter_.authentication
                                                               : letter_.broadcast;
    if (!place.empty()) end_letter();
    letter_line_ = number_;
    place = std::move(*key);
  }

  void end_letter() {
    KeyRing::Entry entry = std::exchange(letter_, {});
    if (entry.encryption.empty() && entry.authentication.empty() && entry.broadcast.empty()) return;
    if (entry.encryption.empty()) fail(letter_line_, "no encryption key beside this one");
    for (const SecretBytes* other : {&entry.authentication, &entry.broadcast}) {
      if (!other->empty() && other->size() != entry.encryption.size()) {
        fail(letter_line_, "keys of different lengths: both must be of one suite");
      }
    }
    entry.title = "*";
    take_(std::move(entry), {}, letter_line_);
  }

  std::string name_;
  Take take_;
  std::size_t number_ = 0;
  std::optional<Label::Key> due_;  // announced on the line before
  KeyRing::Entry letter_;
  std::size_t letter_line_ = 0;
};

}  // namespace

KeyRing KeyRing::parse(std::string_view text, const std::string& name,
                       std::vector<std::string>& warnings) {
  KeyRing ring;
  text = without_mark(text);
  FileParser file(name, [&](Entry entry, std::string label, std::size_t number) {
    if (entry.encryption == entry.authentication) {
      warnings.push_back(fmt::format("{}:{}: EK and AK are the same", name, number));
    }
    if (looks_like_sample(entry.encryption)) {
      warnings.push_back(
          fmt::format("{}:{}: the encryption key is a sample, no secret", name, number));
    }
    apdu::Title title;
    if (entry.title != "*") title.assign(*from_hex(entry.title));
    if (label.empty()) {
      // The third line for any meter is `*#3`.
      label = entry.title;
      if (title.empty() && !ring.any_.empty()) {
        label += fmt::format("#{}", ring.any_.size() + 1);
      }
    }
    entry.key = std::make_unique<apdu::Key>(entry.encryption, entry.authentication, entry.broadcast,
                                            std::move(label), title);
    entry.key->set_auth(entry.auth);
    ring.requires_tags_ |= entry.auth == apdu::AuthMode::require;
    if (title.empty()) {
      ring.any_.push_back(entry.key.get());
    } else if (title.size() == apdu::kTitleLength) {
      ring.by_title_[Reader(title).unsigned_of(apdu::kTitleLength)].push_back(entry.key.get());
      ring.titled_.push_back(entry.key.get());
    }
    ring.entries_.push_back(std::move(entry));
  });
  file.parse(text);
  return ring;
}

KeyRing load_keys(const std::string& path, bool insecure) {
  std::string name = path;
  bool credential = false;
  if (path.empty()) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr) return {};
    name = std::string(directory) + "/keys";
    if (::access(name.c_str(), F_OK) != 0) return {};
    credential = true;
  }
  if (!credential && looks_like_key(path) && ::access(name.c_str(), F_OK) != 0) {
    throw os::Fatal(os::kNoInput,
                    "a key stands where the name of a key file is expected (it is not shown here): "
                    "write it into a file that only you can read, and name that");
  }
  const os::Descriptor file(path == "-" ? STDIN_FILENO : os::open_file(name));
  os::check_secret(os::Secret::keys, file.get(), name,
                   insecure     ? os::Guarded::by_user
                   : credential ? os::Guarded::by_systemd
                                : os::Guarded::no);
  std::string text = os::read_all(file.get(), name, kLargest);
  if (text.size() > kLargest) throw os::Fatal(os::kConfig, name + ": larger than 64 MiB");
  std::vector<std::string> warnings;
  KeyRing ring = KeyRing::parse(text, path == "-" ? "standard input" : name, warnings);
  ::explicit_bzero(text.data(), text.size());
  wipe_stack();
  for (const std::string& warning : warnings) os::log_warning("{}", warning);
  if (unlocked_secrets() != 0) {
    os::log_debug("{}: {} bytes could not be locked and may be written to swap (ulimit -l)", name,
                  unlocked_secrets());
  }
  if (ring.empty()) os::log_warning("{}: no key in it", name);
  return ring;
}

std::optional<apdu::Title> parse_title(std::string_view text) {
  apdu::Title title;
  if (text.starts_with(kAscii)) {
    const Bytes bytes = as_bytes(text.substr(kAscii.size()));
    if (bytes.size() != apdu::kTitleLength) return std::nullopt;
    title.assign(bytes);
    return title;
  }
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::string digits;
  bool between = true;  // bytes, not the digits of one
  for (const char c : text) {
    if (hex_digit(c) >= 0) {
      digits += c;
      between = !between;
    } else if (!between || (c != '-' && c != ':' && !is_blank(c))) {
      return std::nullopt;
    }
  }
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != apdu::kTitleLength) return std::nullopt;
  title.assign(*bytes);
  return title;
}

}  // namespace meterpipe::keys
