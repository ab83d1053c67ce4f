#include "config/operators.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "config/operator_texts.hpp"

namespace meterpipe::config {
namespace {

using Kind = Value::Kind;

constexpr std::array kInterfaces{
    Interface{"mbus-rj12", "a USB M-Bus slave (no master), powered from USB",
              "RJ12 socket of the meter, pins 3 and 4 to the M-Bus terminals, either way round"},
    Interface{"mbus", "a USB M-Bus slave (no master), powered from USB",
              "the two M-Bus terminals or pins of the meter, either way round"},
    Interface{
        "p1", "a P1 cable (USB, 5 V, inverted signal)",
        "RJ12 socket of the meter; the cable asks for data on pin 2 (5 V), data are on pin 5, "
        "ground on pin 6"},
    Interface{"infrared", "an infrared head with a magnet (USB, IEC 62056-21)",
              "onto the optical interface of the meter; turned until values come"},
    Interface{"rs485", "a USB RS-485 adapter",
              "A and B of the meter's RJ12 or terminals; exchanged "
              "if nothing comes"},
    Interface{"network", "none: the meter or gateway sends over the network", "none"},
};
constexpr std::array<std::string_view, 6> kLinks{"mbus", "hdlc", "wrapper", "p1", "llc", "none"};

constexpr std::string_view kOmsMode5 = "oms-5";

struct Proof {
  std::string_view name, text;
};
constexpr std::array kProofs{
    Proof{"capture", "a capture of such a meter is decoded in the tests"},
    Proof{"sample", "a published sample is decoded in the tests"},
    Proof{"simulation", "a simulated meter alone"},
    Proof{"none", "nothing"},
};

std::vector<std::string> names_of(const auto& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(row.name);
  return names;
}

// One file on its way in.
class OperatorFile {
 public:
  explicit OperatorFile(const Document& document) : document_(document) {}

  tl::expected<Operator, SyntaxError> read(std::string_view name) {
    Operator one;
    one.name = name;
    one.title = text("title");
    one.country = text("country");
    one.meters = text("meters");
    one.interface = text("interface");
    one.line = text("line");
    one.link = text("link");
    one.ciphering = texts("ciphering");
    keys(one);
    one.key = text("key", one.most_keys != 0);
    one.interval = text("interval");
    one.answer = truth("answer");
    one.profile = text("profile", false);
    one.proof = text("proof");
    one.note = text("note", false);
    one.reason = text("reason", false);
    one.simulated = texts("simulated");
    one_of("interface", one.interface, names_of(kInterfaces));
    one_of("link", one.link, kLinks);
    one_of("proof", one.proof, names_of(kProofs));
    for (const std::string& control : one.ciphering) {
      if (control == kOmsMode5) continue;
      if (control.size() != 2 || control.find_first_not_of("0123456789abcdef") != control.npos) {
        bad("ciphering", fmt::format("'{}' is no security control byte in hex", control));
      }
    }
    if (one.most_keys != 0 && one.ciphering.empty()) bad("keys", "keys, and nothing is ciphered");
    if (one.fewest_keys == 0 && one.most_keys == 0 && !one.ciphering.empty()) {
      bad("keys", "ciphered, and no key");
    }
    if (one.works() && one.simulated.empty()) bad("simulated", "a meter to test it with");
    if (!one.works() && one.proof != "none") bad("proof", "none, where there is a reason");
    for (const Section& section : document_.sections) fail(section.place, "there are no sections");
    for (const Entry& entry : document_.entries) {
      if (std::ranges::find(known_, entry.key) == known_.end()) {
        fail(entry.key_place,
             fmt::format("{}: there is no such key{}", entry.key, did_you_mean(entry.key, known_)));
      }
    }
    if (error_) return tl::unexpected(*error_);
    return one;
  }

 private:
  void fail(Place place, std::string text) {
    if (!error_) error_ = SyntaxError{place, std::move(text)};
  }
  void bad(std::string_view key, std::string_view text) {
    const Entry* const entry = document_.find("", key);
    fail(entry == nullptr ? Place{} : entry->value_place, fmt::format("{}: {}", key, text));
  }

  const Entry* entry(std::string_view key, bool is_needed) {
    known_.emplace_back(key);
    const Entry* const found = document_.find("", key);
    if (found == nullptr && is_needed) bad(key, "is missing");
    return found;
  }
  std::string text(std::string_view key, bool is_needed = true) {
    const Entry* const found = entry(key, is_needed);
    if (found == nullptr) return {};
    if (found->value.kind != Kind::text || found->value.text.empty()) bad(key, "a string");
    return found->value.text;
  }
  std::vector<std::string> texts(std::string_view key) {
    const Entry* const found = entry(key, true);
    if (found == nullptr) return {};
    std::vector<std::string> all;
    if (found->value.kind != Kind::array) bad(key, "a list of strings");
    for (const Value& value : found->value.items) {
      if (value.kind != Kind::text) bad(key, "a list of strings");
      all.push_back(value.text);
    }
    return all;
  }
  bool truth(std::string_view key) {
    const Entry* const found = entry(key, false);
    if (found != nullptr && found->value.kind != Kind::boolean) bad(key, "true or false");
    return found != nullptr && found->value.text == "true";
  }
  void keys(Operator& one) {
    const Entry* const found = entry("keys", true);
    if (found == nullptr) return;
    const auto count = [this](const Value& value) {
      const bool fits = value.kind == Kind::integer && value.text.size() == 1 &&
                        value.text[0] >= '0' && value.text[0] <= '2';
      if (!fits) bad("keys", "0, 1 or 2, or a list of the fewest and the most");
      return fits ? static_cast<unsigned>(value.text[0] - '0') : 0U;
    };
    const Value& value = found->value;
    if (value.kind == Kind::array && value.items.size() == 2) {
      one.fewest_keys = count(value.items[0]);
      one.most_keys = count(value.items[1]);
      if (one.fewest_keys >= one.most_keys) bad("keys", "the fewest first");
    } else {
      one.fewest_keys = one.most_keys = count(value);
    }
  }
  void one_of(std::string_view key, const std::string& word, const auto& words) {
    if (std::ranges::find(words, word) != words.end()) return;
    bad(key, fmt::format("'{}' is none of {}{}", word, fmt::join(words, ", "),
                         did_you_mean(word, words)));
  }

  const Document& document_;
  std::vector<std::string> known_;
  std::optional<SyntaxError> error_;
};

std::string keys_text(const Operator& one) {
  constexpr std::array<std::string_view, 3> kCounts{"no key", "one key (EK)", "two keys (EK, AK)"};
  if (one.fewest_keys == one.most_keys) return std::string(kCounts[one.most_keys]);
  return fmt::format("{} to {} keys, by the operator", one.fewest_keys, one.most_keys);
}

}  // namespace

const Interface* find_interface(std::string_view name) {
  const auto found = std::ranges::find(kInterfaces, name, &Interface::name);
  return found == kInterfaces.end() ? nullptr : &*found;
}

Document Operator::settings() const {
  Document document;
  const auto set = [&document](std::string_view section, std::string_view option,
                               std::string_view value) {
    document.entries.push_back(
        {std::string(section), std::string(option), {Kind::text, std::string(value), {}}, {}, {}});
  };
  set("mbus-read", "line", line);
  if (answer)
    document.entries.push_back({"mbus-read", "answer", {Kind::boolean, "true", {}}, {}, {}});
  set("mbus-frame", "expect-link", link);
  if (fewest_keys >= 1) set("dlms-decrypt", "plain", "refuse");
  if (fewest_keys == 2) set("dlms-decrypt", "auth", "require");
  if (!profile.empty()) set("cosem-decode", "profile", profile);
  return document;
}

tl::expected<Operator, SyntaxError> parse_operator(std::string_view name, std::string_view text) {
  const auto document = parse_document(text);
  if (!document) return tl::unexpected(document.error());
  return OperatorFile(*document).read(name);
}

const std::vector<Operator>& operators() {
  static const std::vector<Operator> all = [] {
    std::vector<Operator> read;
    for (const auto& [name, text] : operator_texts()) {
      auto one = parse_operator(name, text);
      if (!one) {
        throw std::logic_error(fmt::format("operators/{}.operator:{}: {}", name,
                                           one.error().place.line, one.error().text));
      }
      read.push_back(std::move(*one));
    }
    std::ranges::sort(read, {}, &Operator::name);
    return read;
  }();
  return all;
}

const Operator* find_operator(std::string_view name) {
  for (const Operator& one : operators()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string operator_meant(std::string_view name) {
  const auto lowered = [](std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), lower<char>);
    return small;
  };
  const std::string small = lowered(name);
  std::vector<std::string> names, titled;
  for (const Operator& one : operators()) {
    names.push_back(one.name);
    const std::string title = lowered(one.title);
    const std::size_t at = title.find(small), end = at + small.size();
    const bool is_word = at != title.npos && (at == 0 || !is_letter_or_digit(title[at - 1])) &&
                         (end == title.size() || !is_letter_or_digit(title[end]));
    if (is_word) titled.push_back(one.name);
  }
  constexpr std::size_t kShortest = 3;
  if (small.size() >= kShortest && titled.size() == 1) {
    return fmt::format(": did you mean {}?", titled.front());
  }
  return did_you_mean(small, names);
}

std::string table_of(const std::vector<Operator>& operators) {
  std::string text;
  for (const Operator& one : operators) {
    text += fmt::format("{:<28} {:<2}  {:<10}  {:<10}  {}: {}\n", one.name, one.country, one.line,
                        one.works() ? one.proof : "not yet", one.title, one.meters);
  }
  return text;
}

std::string described(const Operator& one) {
  const Interface& interface = *find_interface(one.interface);
  std::string text = fmt::format("{}: {} ({})\n", one.name, one.title, one.country);
  const auto row = [&text](std::string_view what, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {:<10} {}\n", what, value);
  };
  if (!one.works()) row("not yet", one.reason);
  row("meters", one.meters);
  row("adapter", interface.adapter);
  row("wiring", interface.wiring);
  row("line", fmt::format("{}, link {}, a message every {}{}", one.line, one.link, one.interval,
                          one.answer ? ", each wants an answer" : ""));
  if (one.works())
    row("ciphering", one.ciphering.empty()
                         ? "none"
                         : fmt::format("{}: {}", fmt::join(one.ciphering, ", "), keys_text(one)));
  row("key", one.key);
  row("profile", one.profile);
  row("note", one.note);
  const auto proof = std::ranges::find(kProofs, one.proof, &Proof::name);
  row("proof", proof->text);
  if (!one.works()) return text;
  text += fmt::format("\n  operator = \"{}\"\n", one.name);
  return text;
}

}  // namespace meterpipe::config
