#include "config/predecessor.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/key_like.hpp"
#include "base/utf8.hpp"
#include "base/whole_number.hpp"

namespace meterpipe::config {
namespace {

using Kind = Value::Kind;

// Its keys that need none of ours, and why.
struct Left {
  std::string_view key, reason;
};
constexpr std::array kLeft{
    Left{"obisnamedelimitercharacters",
         "not needed: what stands beside an empty placeholder goes by itself"},
    Left{"topicobisidentifier",
         "it never had an effect: topics are by name; `topic = \"BASE/{obis}\"` would be by code, "
         "with your topicBase for BASE"},
    Left{"rejectunauthorized",
         "it never had an effect: TLS was not spoken. For TLS write broker = \"mqtts://…\", and "
         "`insecure = true` for any certificate"},
    Left{"logserialport", "`mbus-read -o hex`, or the key log keeps all that comes off the line"},
    Left{"logtelegramraw", "`mbus-frame --frames` of what the key log has kept"},
    Left{"logtelegramjson", "`mbus-frame --frames` of what the key log has kept"},
    Left{"logapduraw", "`mbus-frame -o hex` of what the key log has kept"},
    Left{"logapdujson", "`cosem-decode -o tree` of what the key log has kept"},
    Left{"logapduencryptedraw", "`mbus-frame -o hex` of what the key log has kept"},
    Left{"logapdudecryptedraw", "`dlms-decrypt -o hex` of what the key log has kept"},
    Left{"logapducosemjson", "`cosem-decode -o tree` of what the key log has kept"},
    Left{"logapducosemxml", "`cosem-decode -o xml` of what the key log has kept"},
    Left{"logobisvaluesjson", "`cosem-decode` of what the key log has kept"},
    Left{"logobisvaluesplain", "`cosem-decode -o text` of what the key log has kept"},
    Left{"logtimes", "`verbose = 2` says how old each message is in each program"},
};

class Import {
 public:
  explicit Import(std::string_view name) : name_(name) {}

  Imported run(const Document& document) {
    for (const Entry& entry : document.entries) {
      entry_ = &entry;
      is_taken_ = false;
      take(lower_text(entry.key));
      if (!is_taken_) remark("is unknown here and not taken");
    }
    finish();
    std::ranges::sort(out_.remarks, {}, &Imported::Remark::place);
    return std::move(out_);
  }

 private:
  void remark(std::string text) {
    is_taken_ = true;
    const std::string path =
        entry_->section.empty() ? entry_->key : entry_->section + '.' + entry_->key;
    out_.remarks.push_back({path, entry_->key_place, std::move(text)});
  }
  const Value& value() const { return entry_->value; }
  bool is_true() const { return value().kind == Kind::boolean && value().text == "true"; }
  bool is_false() const { return value().kind == Kind::boolean && value().text == "false"; }
  bool is_empty() const { return value().kind != Kind::boolean && value().text.empty(); }

  // A line of ours: of no section, or of one.
  void set(std::string_view section, std::string_view key, std::string_view text,
           std::string_view comment = "") {
    is_taken_ = true;
    // What stands twice there: the later one goes, as in JavaScript.
    std::vector<Line>& lines = sections_[std::string(section)];
    std::erase_if(lines, [key](const Line& line) { return line.key == key; });
    lines.push_back({std::string(key), std::string(text), std::string(comment)});
  }
  void set_text(std::string_view section, std::string_view key, std::string_view text) {
    set(section, key, quoted(text));
  }
  // Taken, and nothing to write: it is what we do without a word.
  void same() { is_taken_ = true; }

  void take(const std::string& key) {
    const auto left = std::ranges::find(kLeft, key, &Left::key);
    if (left != kLeft.end()) {
      const bool is_off = is_false() && key.starts_with("log");
      return is_off ? same() : remark(fmt::format("not taken: {}", left->reason));
    }
    // A password may be of hex digits, too.
    constexpr std::array<std::string_view, 6> kNoKeys{"password", "username",  "user",
                                                      "clientid", "topicbase", "host"};
    const bool may_be_key = std::ranges::find(kNoKeys, key) == kNoKeys.end();
    const bool is_secret = value().kind == Kind::text && looks_like_key(value().text);
    // An example has none.
    if (may_be_key && (is_secret || key.find("key") != key.npos)) return take_key(key);
    if (is_secret && key != "password") {
      return remark("not taken: it looks like a key, and none stands in a file of settings");
    }
    if (value().kind == Kind::array && !key.starts_with("publishinterval")) {
      return remark("not taken: one value was expected, and this is a list");
    }
    line(key) || broker(key) || topics(key) || schedule(key) || limits(key);
  }

  void take_key(const std::string& key) {
    constexpr std::size_t kDigits = 32;
    std::string digits;
    const std::string& text = value().text;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool is_prefix = text[at] == '0' && text.substr(at + 1, 1).find_first_of("xX") == 0;
      if (is_prefix) {
        ++at;
      } else if (hex_digit(text[at]) >= 0) {
        digits += text[at];
      } else if (std::string_view(" -:._,").find(text[at]) == std::string_view::npos) {
        digits.clear();
        break;
      }
    }
    if (digits.size() != kDigits) {
      const std::string found =
          looks_like_key(digits) ? fmt::format("{} in place of ", digits.size()) : "";
      return remark(fmt::format(
          "not taken: this is no key ({}32 hex digits); it belongs into the key file", found));
    }
    const bool authenticates = key.find("auth") != key.npos || key == "ak" || key == "gak";
    (authenticates ? authentication_key_ : encryption_key_) = digits;
    same();
  }

  bool line(const std::string& key) {
    const std::string& text = value().text;
    constexpr std::array<std::string_view, 4> kOfLine{"baudrate", "databits", "parity", "stopbits"};
    if (is_empty() && std::ranges::find(kOfLine, key) != kOfLine.end()) return same(), true;
    if (key == "port" && value().kind == Kind::text &&
        text.find_first_not_of("0123456789") != text.npos) {
      set_text("", "port", text);
    } else if (key == "baudrate") {
      baud_ = text, same();
    } else if (key == "databits") {
      data_bits_ = text, same();
    } else if (key == "parity") {
      parity_ = lower_text(text), same();
      if (parity_ != "none" && parity_ != "even" && parity_ != "odd") {
        remark("is none of none, even and odd: none is written");
      }
    } else if (key == "stopbits") {
      stop_bits_ = text;
      text == "1.5" ? remark("1.5 stop bits are refused: 1 is written") : same();
      if (text == "1.5") stop_bits_ = "1";
    } else {
      return false;
    }
    return true;
  }

  bool broker(const std::string& key) {
    const std::string& text = value().text;
    if (key == "enabled") {
      if (is_false())
        set("obis-mqtt", "dry-run", "true", "mqtt was off: what would be published is printed");
      same();
    } else if (key == "testmode") {
      if (is_true())
        set("obis-mqtt", "dry-run", "true", "testMode: what would be published is printed");
      same();
    } else if (key == "host") {
      host_ = text, same();
    } else if (key == "port") {
      broker_port_ = text, same();
    } else if (key == "username" || key == "user") {
      user_ = text, same();
    } else if (key == "password") {
      password_ = text, password_place_ = entry_->key_place, same();
    } else if (key == "clientid") {
      is_empty() ? same() : set_text("obis-mqtt", "client-id", text);
    } else {
      return false;
    }
    return true;
  }

  bool topics(const std::string& key) {
    std::string text = value().text;
    if (key == "topicbase") {
      while (text.ends_with('/')) text.pop_back();
      text.empty() ? same() : set_text("obis-mqtt", "topic-base", text);
    } else if (key == "topicidentifierreplaceumlauts") {
      set_text("obis-mqtt", "umlauts", is_true() ? "replace" : "keep");
    } else if (key == "topicidentifierinvalidcharsregex") {
      // Nothing is replaced then, and the preset replaces.
      if (value().kind != Kind::text) return same(), true;
      set_text("obis-mqtt", "topic-invalid", is_empty() ? "(?!)" : text);
    } else if (key == "topicidentifierinvalidcharsreplacement") {
      is_empty() ? same() : set_text("obis-mqtt", "topic-replacement", text);
    } else if (key == "publishsinglejson") {
      is_false() ? set("obis-mqtt", "json", "false") : same();
    } else if (key == "publishindividualvalues") {
      is_false() ? set("obis-mqtt", "values", "false") : same();
    } else if (key == "includeunitinindividualvalues") {
      is_true() ? set("obis-mqtt", "with-unit", "true") : same();
    } else if (key == "valuedatetimeformat") {
      const std::string format = lower_text(text);
      is_empty() ? same()
                 : set_text("obis-mqtt", "time-format", format == "epoch" ? "epoch-ms" : format);
    } else if (key == "obislanguage") {
      set_text("obis-mqtt", "language", lower_text(text));
    } else if (key == "obisnameformat") {
      is_empty() ? same() : set_text("obis-mqtt", "name-format", text);
    } else {
      return false;
    }
    return true;
  }

  bool schedule(const std::string& key) {
    std::string text = value().text;
    for (const Value& one : value().items) text += (text.empty() ? "" : ",") + one.text;
    if (key == "minsecondsbetweenmessages") {
      const bool is_off = text.empty() || text == "0";
      is_off ? same() : set_text("obis-mqtt", "min-interval", text + "s");
    } else if (key == "publishintervalseconds") {
      text.empty() ? same() : set_text("obis-mqtt", "at-seconds", text);
    } else if (key == "publishintervalminutes") {
      text.empty() ? same() : set_text("obis-mqtt", "at-minutes", text);
    } else {
      return false;
    }
    return true;
  }

  bool limits(const std::string& key) {
    const auto number = whole_number<std::uint32_t>(value().text);
    const bool is_off = is_empty() || number.value_or(1) == 0;
    const std::string text = std::to_string(number.value_or(0));
    constexpr std::array<std::string_view, 3> kLimits{"maxbytes", "maxtelegrams",
                                                      "maxapplicationdataunits"};
    if (std::ranges::find(kLimits, key) == kLimits.end()) return false;
    if (!number && !is_off) {
      remark("not taken: it is no whole number that can be meant");
    } else if (key == "maxbytes") {
      is_off ? same() : set("mbus-read", "max-bytes", text);
    } else if (key == "maxtelegrams") {
      is_off ? same() : set("mbus-read", "count", text);
    } else {
      // Its template stops after one message, for a look.
      text == "1" ? remark("not taken: one message and then the end is `meterpipe once`")
      : is_off    ? same()
                  : set("cosem-decode", "count", text);
    }
    return true;
  }

  void finish() {
    std::string head = line_text();
    if (!encryption_key_.empty()) {
      head += fmt::format("keys = {}\n", quoted(name_ + ".keys"));
      out_.keys = fmt::format("* {}{}{}\n", encryption_key_, authentication_key_.empty() ? "" : " ",
                              authentication_key_);
    }
    std::string broker = "mqtt://";
    if (!user_.empty()) broker += escaped(user_) + '@';
    const bool is_ipv6 = std::ranges::count(host_, ':') > 1 && !host_.starts_with('[');
    broker += host_.empty() ? "localhost" : is_ipv6 ? fmt::format("[{}]", host_) : host_;
    if (!broker_port_.empty() && broker_port_ != "1883") broker += ':' + broker_port_;
    head += fmt::format("broker = {}\n", quoted(broker));
    if (!password_.empty() && !user_.empty()) {
      head += fmt::format("password-file = {}\n", quoted(name_ + ".password"));
      out_.password = password_ + '\n';
    }
    head +=
        "# Topics and payloads as before; without this key they are ours.\npreset = "
        "\"predecessor\"\n";
    if (!password_.empty() && user_.empty()) {
      out_.remarks.push_back(
          {"password", password_place_, "not taken: there is no user that it is for"});
    }
    out_.text = "# Made by meterpipe import; see meterpipe.conf(5).\n" + lines_of("") + head;
    for (const auto& [section, lines] : sections_) {
      if (!section.empty()) out_.text += fmt::format("\n[{}]\n{}", section, lines_of(section));
    }
  }

  std::string lines_of(const std::string& section) {
    std::string all;
    for (const Line& line : sections_[section]) {
      if (!line.comment.empty()) all += fmt::format("# {}\n", line.comment);
      all += fmt::format("{} = {}\n", line.key, line.text);
    }
    return all;
  }

  // Without a word it reads 2400-8N1.
  std::string line_text() const {
    const std::string parity = parity_.value_or("none");
    const char letter = parity == "even" ? 'E' : parity == "odd" ? 'O' : 'N';
    const std::string line =
        fmt::format("{}-{}{}{}", baud_.value_or("2400"), data_bits_.value_or("8"), letter,
                    stop_bits_.value_or("1"));
    if (line != "2400-8N1") return fmt::format("line = {}\n", quoted(line));
    return "# It was 2400-8N1. Wired M-Bus is 8E1 by the standard: with 8N1 the parity bit is read "
           "as\n"
           "# the stop bit, which costs nothing as long as nobody looks. Here it is looked at. If "
           "no whole\n"
           "# messages come with it, `mbus-read --detect` tells what the line is set to.\n"
           "line = \"2400-8E1\"\n";
  }

  static std::string escaped(std::string_view user) {
    std::string out;
    for (const char c : user) {
      const bool is_plain = std::string_view("@:/%?# ").find(c) == std::string_view::npos;
      out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
  }

  std::string name_;
  const Entry* entry_ = nullptr;
  bool is_taken_ = false;
  Imported out_;
  struct Line {
    std::string key, text, comment;
  };
  std::map<std::string, std::vector<Line>> sections_;
  std::optional<std::string> baud_, data_bits_, parity_, stop_bits_;
  std::string encryption_key_, authentication_key_, host_, broker_port_, user_, password_;
  Place password_place_;
};

}  // namespace

Imported import_predecessor(const Document& document, std::string_view name) {
  return Import(name).run(document);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0, size = 0; at < text.size(); at += size) {
    const char c = text[at];
    size = utf8_sequence(text, at);
    if (size == 0) {  // no character
      size = 1;
      out += "\xef\xbf\xbd";
    } else if (size > 1) {
      out += text.substr(at, size);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace meterpipe::config
