#include "keys/pasted.hpp"

#include <algorithm>
#include <string>

#include "base/hex.hpp"

namespace meterpipe::keys {
namespace {

constexpr std::size_t kKeyDigits = 32;

bool is_between(char c) {
  return std::string_view(" \t\r,.:;-_|\"'`[](){}<>\\").find(c) != std::string_view::npos;
}

// The digits of a line without what stands between them; nullopt: something else is there.
std::optional<SecretBytes> digits_of(std::string_view line) {
  SecretBytes digits;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at], next = at + 1 < line.size() ? line[at + 1] : ' ';
    const bool begins = at == 0 || is_between(line[at - 1]);
    if ((c == '0' || c == '\\') && (next == 'x' || next == 'X') && (begins || c == '\\')) {
      ++at;
    } else if (const int digit = hex_digit(c); digit >= 0) {
      digits.push_back(static_cast<std::uint8_t>(digit));
    } else if (!is_between(c)) {
      return std::nullopt;
    }
  }
  return digits;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Groups of whole bytes, of eight digits at most, or the key in one piece: longer groups may be a
// title and a part of a key.
bool has_groups_of_key(std::string_view line) {
  std::size_t run = 0, longest = 0;
  bool whole = true;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    if (at < line.size() && hex_digit(line[at]) >= 0) {
      ++run;
      continue;
    }
    const bool is_mark = at < line.size() && (line[at] == 'x' || line[at] == 'X');
    if (!is_mark) {
      whole = whole && run % 2 == 0;
      longest = std::max(longest, run);
    }
    run = 0;
  }
  return whole && (longest <= 8 || longest == kKeyDigits);
}

}  // namespace

std::optional<std::size_t> digits_alone(std::string_view line) {
  const auto digits = digits_of(line);
  if (!digits || digits->empty()) return std::nullopt;
  return digits->size();
}

std::optional<SecretBytes> read_lone_key(std::string_view line) {
  const auto digits = digits_of(line);
  if (!digits || !has_groups_of_key(line) || digits->size() != kKeyDigits) return std::nullopt;
  SecretBytes key;
  for (std::size_t i = 0; i < digits->size(); i += 2) {
    key.push_back(static_cast<std::uint8_t>((*digits)[i] << 4 | (*digits)[i + 1]));
  }
  return key;
}

std::optional<Label> read_label(std::string_view line) {
  // The words are what stands before a colon, an equals sign, or the first long run of digits.
  std::size_t end = line.find_first_of(":=");
  std::size_t value = end == std::string_view::npos ? line.size() : end + 1;
  end = std::min(end, line.size());
  for (std::size_t at = 0, run = 0; at < end; ++at) {
    run = hex_digit(line[at]) >= 0 ? run + 1 : 0;
    if (run < 8) continue;
    end = value = at + 1 - run;
  }
  const std::string_view name = line.substr(0, end);
  const std::string words = lower(name);
  const auto has = [&words](std::string_view part) {
    return words.find(part) != std::string::npos;
  };
  if (has("\"") || has("{")) return std::nullopt;
  const std::string alone = words.substr(0, words.find_last_not_of(" \t") + 1);
  // A short name; ek=… as a field of a line is none, nor is it with others beside it.
  const bool is_field = alone == name && alone != "key" && value > 0 && line[value - 1] == '=';
  if (!is_field && line.find('=', value) == std::string_view::npos) {
    if (alone == "ek" || alone == "key") return Label{Label::Key::encryption, value};
    if (alone == "ak") return Label{Label::Key::authentication, value};
  }
  const bool is_named = has("key") || has("schl") || has("guek") || has("gak");
  if (!is_named || !(has(" ") || has("-") || has("schl") || has("guek") || has("gak"))) {
    return std::nullopt;
  }
  // "Global unicast encryption key", and as it has been misspelt.
  if (has("auth") || has("gak")) return Label{Label::Key::authentication, value};
  if (has("broadcast")) return Label{Label::Key::broadcast, value};
  // In Austria's letters and portals, where there is one key: "Schlüssel" and no more.
  const bool is_the_key = alone == "schl\xc3\xbcssel" || alone == "schluessel";
  if (is_the_key || has("enc") || has("verschl") || has("entschl") || has("guek") || has("decr") ||
      has("unicast")) {
    return Label{Label::Key::encryption, value};
  }
  return std::nullopt;
}

std::optional<SecretBytes> without_typography(std::string_view line) {
  if (std::ranges::none_of(line, [](char c) { return (c & 0x80) != 0; })) return std::nullopt;
  SecretBytes plain(line.begin(), line.end());
  const auto replace = [&plain](std::size_t at, std::size_t length, char by) {
    std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(at), length, std::uint8_t{' '});
    plain[at] = static_cast<std::uint8_t>(by);
  };
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    const std::string_view two = line.substr(at, 2), three = line.substr(at, 3);
    if (two == "\xc2\xa0" || two == "\xc2\xad") replace(at, 2, ' ');
    if (two == "\xc2\xab" || two == "\xc2\xbb") replace(at, 2, '"');
    if (three == "\xef\xbb\xbf" || three == "\xe2\x81\xa0") replace(at, 3, ' ');
    if (three.size() < 3 || two != "\xe2\x80") continue;
    const auto last = static_cast<std::uint8_t>(three[2]);
    if (last <= 0x8f || last == 0xaf) replace(at, 3, ' ');
    if (last >= 0x90 && last <= 0x95) replace(at, 3, '-');
    if (last >= 0x98 && last <= 0x9f) replace(at, 3, '"');
  }
  return plain;
}

namespace {

// "dlms_meter:" with what belongs to it below, "decryption_key: …": no words of a letter.
bool is_yaml(std::string_view line) {
  while (!line.empty() && std::string_view(" \t\r").find(line.back()) != std::string_view::npos) {
    line.remove_suffix(1);
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || read_label(line)) return false;
  const std::string_view name = line.substr(0, colon), rest = line.substr(colon + 1);
  const bool is_name = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  const bool has_value = rest.starts_with(' ');
  const bool is_word = name.find_first_not_of("0123456789abcdef") != std::string_view::npos;
  return is_name && is_word && (rest.empty() || (has_value && name.find('_') != name.npos));
}

}  // namespace

bool is_configuration(std::string_view text) {
  for (;;) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return false;
    text.remove_prefix(first);
    if (text[0] != '#') break;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  if (is_yaml(text.substr(0, text.find('\n')))) return true;
  if (text[0] == '{') {
    // {36C6…} is a key in braces.
    const std::string_view line = text.substr(0, text.find('\n'));
    return !digits_alone(line);
  }
  return text.starts_with("//") || text.starts_with("/*") || text.starts_with("---");
}

}  // namespace meterpipe::keys
