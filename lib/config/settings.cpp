#include "config/settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/key_like.hpp"
#include "base/nearest.hpp"

namespace meterpipe::config {
namespace {

using Kind = Value::Kind;

// What others call it, and what stands for it here.
struct OtherName {
  std::string_view name, instead;
};
constexpr std::array kOtherNames{
    OtherName{"baud", "line = \"2400-8E1\""},
    OtherName{"baudrate", "line = \"2400-8E1\""},
    OtherName{"parity", "line = \"2400-8E1\""},
    OtherName{"device", "port = \"/dev/ttyUSB0\""},
    OtherName{"ek", "a key file: keys = \"FILE\""},
    OtherName{"ak", "a key file: keys = \"FILE\""},
    OtherName{"guek", "a key file: keys = \"FILE\""},
    OtherName{"gak", "a key file: keys = \"FILE\""},
    OtherName{"host", "broker = \"mqtt://HOST\""},
    OtherName{"user", "broker = \"mqtt://USER@HOST\""},
    OtherName{"username", "broker = \"mqtt://USER@HOST\""},
    OtherName{"password", "a file that holds it: password-file = \"FILE\""},
    OtherName{"passwd", "a file that holds it: password-file = \"FILE\""},
    OtherName{"secret", "a file that holds it: password-file = \"FILE\""},
    OtherName{"topic-prefix", "topic-base = \"BASE\""},
    OtherName{"tls", "broker = \"mqtts://HOST\""},
};

std::string found(const Value& value) {
  switch (value.kind) {
    case Kind::text: {
      const bool shown = !looks_like_key(value.text) && value.text.size() <= 60;
      return shown ? fmt::format("\"{}\" is a string", value.text) : "this is a string";
    }
    case Kind::integer:
    case Kind::real: return fmt::format("{} is a number", value.text);
    case Kind::boolean: return fmt::format("{} is a boolean", value.text);
    case Kind::date: return "this is a date or a time";
    case Kind::array: return "this is a list";
    case Kind::table: return "this is a table";
  }
  return {};
}

std::string allowed(const Option& option) {
  if (option.kind == "flag" || option.kind == "toggle") return "true or false";
  if (option.kind == "count") return "true, false or a number from 0 to 9";
  if (option.kind == "number") return "a whole number from 0 on";
  if (option.kind == "choice") return fmt::format("one of {}", fmt::join(option.choices(), ", "));
  if (option.kind == "list") return fmt::format("a list of strings ({})", option.value);
  if (option.kind == "flag-or-time") return "true, false or a time (\"1m\")";
  return fmt::format("a string ({})", option.value);
}

// The values of an option as its command line takes them; nothing: not of its kind.
std::optional<std::vector<std::string>> values_of(const Option& option, const Value& value) {
  using Values = std::vector<std::string>;
  const bool is_number = value.kind == Kind::integer || value.kind == Kind::real;
  const bool is_scalar = value.kind == Kind::text || is_number;
  if (option.kind == "flag" || option.kind == "toggle") {
    return value.kind == Kind::boolean ? std::optional(Values{value.text}) : std::nullopt;
  }
  if (option.kind == "count") {
    if (value.kind == Kind::boolean) return Values{value.text == "true" ? "1" : "0"};
    const bool is_small = value.kind == Kind::integer && value.text.size() == 1;
    return is_small ? std::optional(Values{value.text}) : std::nullopt;
  }
  if (option.kind == "number") {
    const bool fits = value.kind == Kind::integer && !value.text.starts_with('-');
    return fits ? std::optional(Values{value.text}) : std::nullopt;
  }
  if (option.kind == "flag-or-time") {
    return is_scalar || value.kind == Kind::boolean ? std::optional(Values{value.text})
                                                    : std::nullopt;
  }
  if (option.kind == "list" || option.value == "LIST") {
    Values values;
    for (const Value& one : value.items) {
      const bool is_number_here = option.value == "LIST" && one.kind == Kind::integer;
      if (one.kind != Kind::text && !is_number_here) return std::nullopt;
      values.push_back(one.text);
    }
    if (value.kind == Kind::array && option.value == "LIST") {
      return Values{fmt::format("{}", fmt::join(values, ","))};
    }
    if (value.kind == Kind::array) return values;
    return is_scalar ? std::optional(Values{value.text}) : std::nullopt;
  }
  // 5 for "5s" and QoS 1, but no number for a path.
  const bool takes_number = option.kind == "choice" || option.value == "TIME" ||
                            option.value == "FACTOR" || option.value == "BYTES" ||
                            option.value == "POWER";
  if (value.kind == Kind::text || (is_number && takes_number)) return Values{value.text};
  return std::nullopt;
}

}  // namespace

std::string Problem::line() const {
  if (place.line == 0) return fmt::format("{}: {}", file, text);
  return fmt::format("{}:{}:{}: {}", file, place.line, place.column, text);
}

// One document on its way in.
class Settings::Taking {
 public:
  Taking(Settings& to, const Origin& origin) : to_(to), origin_(origin) {}

  std::vector<Problem> run(const Document& document) {
    for (const Section& section : document.sections) {
      if (to_.find(section.name) == nullptr) unknown_section(section);
    }
    for (const Entry& entry : document.entries) {
      if (entry.section.empty()) common(entry);
    }
    for (const Entry& entry : document.entries) {
      if (!entry.section.empty()) own(entry);
    }
    std::ranges::sort(problems_);
    if (problems_.empty()) {
      for (auto& [program, options] : taken_) {
        for (auto& [option, setting] : options) {
          to_.set_[program].insert_or_assign(option, std::move(setting));
        }
      }
    }
    return problems_;
  }

 private:
  static std::string named(const Entry& entry) {
    const std::string key = looks_like_key(entry.key) ? "(a key)" : entry.key;
    return entry.section.empty() ? key : fmt::format("[{}] {}", entry.section, key);
  }
  void problem(Place place, std::string text) {
    problems_.push_back({origin_.name, place, std::move(text)});
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Program& program : to_.programs_) all.push_back(program.name);
    return all;
  }

  void unknown_section(const Section& section) {
    const auto all = names();
    problem(section.place, fmt::format("[{}]: there is no such section (there are {}){}",
                                       without_key(section.name), fmt::join(all, ", "),
                                       did_you_mean(section.name, all)));
  }

  void common(const Entry& entry) {
    std::vector<const Program*> having;
    const Option* first = nullptr;
    bool alike = true;
    const bool is_by_itself = std::ranges::any_of(to_.programs_, [&](const Program& program) {
      const Option* const option = program.find(entry.key);
      return option != nullptr && !option->is_of_another();
    });
    for (const Program& program : to_.programs_) {
      const Option* const option = program.find(entry.key);
      if (option == nullptr || (is_by_itself && option->is_of_another())) continue;
      having.push_back(&program);
      if (first == nullptr) first = option;
      alike = alike && *option == *first;
    }
    if (having.empty()) {
      if (entry.value.kind == Kind::array && to_.find(entry.key) != nullptr) {
        return problem(entry.key_place,
                       fmt::format("[[{0}]]: a section stands once: [{0}]", entry.key));
      }
      return unknown(entry, nullptr);
    }
    if (!alike) {
      std::vector<std::string> where;
      for (const Program* program : having) where.push_back("[" + program->name + "]");
      return problem(entry.key_place,
                     fmt::format("{}: means something else in each program: write it in {}",
                                 entry.key, fmt::join(where, " or ")));
    }
    for (const Program* program : having) take(entry, *program, *first);
  }

  void own(const Entry& entry) {
    const Program* const program = to_.find(entry.section);
    if (program == nullptr) return;  // said
    const Option* const option = program->find(entry.key);
    option == nullptr ? unknown(entry, program) : take(entry, *program, *option);
  }

  // Keys that there are: of a program, or of all.
  std::vector<std::string> known(const Program* program) const {
    std::vector<std::string> all;
    for (const Program& one : to_.programs_) {
      if (program != nullptr && &one != program) continue;
      for (const Option& option : one.options) all.push_back(option.name);
    }
    return all;
  }

  void unknown(const Entry& entry, const Program* program) {
    const std::string small = lower_text(entry.key);
    std::string hint;
    const auto all = known(program);
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::ranges::find(names, name) != names.end();
    };
    const auto other = std::ranges::find(kOtherNames, small, &OtherName::name);
    if (looks_like_key(entry.key)) {
      hint = ": a key stands in a file of its own: keys = \"FILE\"";
    } else if (other != kOtherNames.end()) {
      hint = fmt::format(": write {}", other->instead);
    } else if (small.starts_with("no-") && has(all, small.substr(3))) {
      hint = fmt::format(": write {} = false", small.substr(3));
    } else if (has(all, "no-" + small)) {
      hint = fmt::format(": write no-{} = true", small);
    } else if (small == "help" || small == "version") {
      hint = ": only on a command line";
    } else if (program != nullptr) {
      for (const Program& one : to_.programs_) {
        if (hint.empty() && one.find(small) != nullptr) {
          hint = fmt::format(": it belongs to [{}]", one.name);
        }
      }
    }
    if (hint.empty()) hint = did_you_mean(small, all);
    if (hint.empty() && program != nullptr) hint = did_you_mean(small, known(nullptr));
    problem(entry.key_place, fmt::format("{}: there is no such key{}", named(entry), hint));
  }

  void take(const Entry& entry, const Program& program, const Option& option) {
    const Value& value = entry.value;
    const auto is_secret = [](const Value& one) {
      return one.kind == Kind::text && looks_like_key(one.text);
    };
    if (is_secret(value) || std::ranges::any_of(value.items, is_secret)) {
      return problem_once(entry.value_place,
                          fmt::format("{}: this looks like a key; keys stand in a file of their "
                                      "own: keys = \"FILE\"",
                                      named(entry)));
    }
    // A command line ends there.
    const auto has_nul = [](const Value& one) { return one.text.find('\0') != std::string::npos; };
    if (has_nul(value) || std::ranges::any_of(value.items, has_nul)) {
      return problem_once(entry.value_place,
                          fmt::format("{}: \\u0000 cannot stand in it", named(entry)));
    }
    auto values = values_of(option, value);
    if (!values) {
      return problem_once(entry.value_place, fmt::format("{}: {}, and must be {}", named(entry),
                                                         found(value), allowed(option)));
    }
    if (option.kind == "choice") {
      const auto choices = option.choices();
      if (std::ranges::find(choices, values->front()) == choices.end()) {
        return problem_once(
            entry.value_place,
            fmt::format("{}: \"{}\" is none of {}{}", named(entry), values->front(),
                        fmt::join(choices, ", "),
                        values->front().size() < 3 ? "" : did_you_mean(values->front(), choices)));
      }
    }
    // On a command line the next word would be taken for it.
    if (std::ranges::find(*values, "") != values->end()) {
      return problem_once(
          entry.value_place,
          fmt::format("{}: is empty, and must be {}, or not there", named(entry), allowed(option)));
    }
    if (option.is_file() && !origin_.folder.empty()) {
      for (std::string& one : *values) one = placed(option, one);
    }
    taken_[program.name].insert_or_assign(
        option.name, Setting{std::move(*values), named(entry), origin_.name, entry.value_place});
  }

  // A key of no section may be refused by several programs.
  void problem_once(Place place, std::string text) {
    const Problem one{origin_.name, place, std::move(text)};
    if (std::ranges::find(problems_, one) == problems_.end()) problems_.push_back(one);
  }

  // Where a word may also be the name of something else, a file is what has a slash.
  std::string placed(const Option& option, const std::string& name) const {
    const bool is_file = option.value == "FILE" || name.find('/') != std::string::npos;
    if (!is_file || name.empty() || name == "-" || name.starts_with('/')) return name;
    return origin_.folder + name;
  }

  Settings& to_;
  const Origin& origin_;
  std::map<std::string, Of, std::less<>> taken_;
  std::vector<Problem> problems_;
};

const Program* Settings::find(std::string_view program) const {
  for (const Program& one : programs_) {
    if (one.name == program) return &one;
  }
  return nullptr;
}

Document without(const Document& document, const std::vector<Problem>& problems) {
  const auto is_wrong = [&problems](Place place) {
    return std::ranges::find(problems, place, &Problem::place) != problems.end();
  };
  Document rest;
  for (const Section& section : document.sections) {
    if (!is_wrong(section.place)) rest.sections.push_back(section);
  }
  for (const Entry& entry : document.entries) {
    if (!is_wrong(entry.key_place) && !is_wrong(entry.value_place)) rest.entries.push_back(entry);
  }
  return rest;
}

std::vector<Problem> Settings::take(const Document& document, const Origin& origin) {
  return Taking(*this, origin).run(document);
}

std::vector<Problem> Settings::take(const std::string& key, const Value& value,
                                    const Origin& origin) {
  const std::size_t dot = key.find('.');
  Document document;
  Entry entry;
  if (dot != std::string::npos) {
    entry.section = key.substr(0, dot);
    document.sections.push_back({entry.section, {}});
  }
  entry.key = dot == std::string::npos ? key : key.substr(dot + 1);
  entry.value = value;
  document.entries.push_back(std::move(entry));
  return take(document, origin);
}

std::vector<std::string> Settings::words(std::string_view program) const {
  std::vector<std::string> words;
  const Program* const known = find(program);
  const auto set = set_.find(program);
  if (known == nullptr || set == set_.end()) return words;
  for (const auto& [name, setting] : set->second) {
    const Option& option = *known->find(name);
    const bool is_switch =
        option.kind == "flag" || option.kind == "toggle" || option.kind == "flag-or-time";
    for (const std::string& value : setting.values) {
      if (option.kind == "count") {
        words.insert(words.end(), static_cast<std::size_t>(value[0] - '0'), "--" + name);
      } else if (value == "true" && is_switch) {
        words.push_back("--" + name);
      } else if (value == "false" && is_switch) {
        if (option.kind == "toggle") words.push_back("--no-" + name);
      } else {
        words.push_back(fmt::format("--{}={}", name, value));
      }
    }
  }
  return words;
}

std::optional<std::string> Settings::value(std::string_view program,
                                           std::string_view option) const {
  const auto set = set_.find(program);
  if (set == set_.end()) return std::nullopt;
  const auto one = set->second.find(option);
  if (one == set->second.end() || one->second.values.empty()) return std::nullopt;
  return one->second.values.front();
}

std::string Settings::origin(std::string_view program, std::string_view option) const {
  const auto set = set_.find(program);
  if (set == set_.end()) return {};
  const auto one = set->second.find(option);
  return one == set->second.end() ? std::string() : one->second.file;
}

void Settings::set_default(std::string_view program, std::string_view option,
                           const std::string& value) {
  set_[std::string(program)].try_emplace(std::string(option), Setting{{value}, {}, {}, {}});
}

void Settings::forget(std::string_view program, std::string_view option) {
  const auto set = set_.find(program);
  if (set == set_.end()) return;
  const auto one = set->second.find(option);
  if (one != set->second.end()) set->second.erase(one);
}

Problem Settings::located(std::string_view program, const std::string& message,
                          const std::string& file) const {
  const auto set = set_.find(program);
  const Of empty;
  const Of& options = set == set_.end() ? empty : set->second;
  const auto placed = [](const Setting& setting, std::string_view text) {
    return Problem{setting.file, setting.place, fmt::format("{}: {}", setting.key, text)};
  };
  // Of several that it names the first one that somebody has set.
  for (std::size_t at = message.find("--"); at != std::string::npos;
       at = message.find("--", at + 2)) {
    std::string name = message.substr(at + 2);
    name.resize(
        std::min(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), name.size()));
    auto one = options.find(name);
    if (one == options.end() && name.starts_with("no-")) one = options.find(name.substr(3));
    if (one == options.end() || one->second.file.empty()) continue;
    // "--line: …" is its key and the rest.
    const std::string head = fmt::format("--{}: ", name);
    const std::size_t skipped = message.starts_with(head) ? head.size() : 0;
    return placed(one->second, std::string_view(message).substr(skipped));
  }
  // Or a file that is the value.
  for (const auto& [option, setting] : options) {
    const bool is_value = std::ranges::any_of(setting.values, [&message](const std::string& value) {
      return !value.empty() && message.starts_with(value + ": ");
    });
    if (is_value && !setting.file.empty()) return placed(setting, message);
  }
  return {file, {}, fmt::format("[{}] {}", program, message)};
}

std::string Settings::in_keys(std::string_view program, std::string_view message) const {
  const Program* const known = find(program);
  std::string text;
  for (std::size_t at = 0; known != nullptr && at < message.size();) {
    const std::size_t dashes = message.find("--", at);
    text += message.substr(at, dashes - at);
    at = std::min(dashes, message.size());
    if (dashes == message.npos) break;
    const std::size_t name_at = dashes + 2;
    const std::size_t end =
        std::min(message.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", name_at),
                 message.size());
    const std::string_view name = message.substr(name_at, end - name_at);
    const Option* const option = known->find(name);
    // Behind a program's name it is a command line.
    const bool is_command = std::ranges::any_of(
        programs_, [&text](const Program& one) { return text.ends_with(one.name + " "); });
    if (option == nullptr || is_command) {
      text += message.substr(at, end - at);
      at = end;
      continue;
    }
    text += name;
    at = end;
    if (option->kind == "flag") text += " = true";
    const bool has_value = option->kind == "text" || option->kind == "list" ||
                           option->kind == "choice" || option->kind == "number";
    if (!has_value || !message.substr(end).starts_with(' ')) continue;
    // A word that stands for a value, or a number.
    const std::size_t value_end =
        std::min(message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.", end + 1),
                 message.size());
    if (value_end == end + 1) continue;
    const std::string_view value = message.substr(end + 1, value_end - end - 1);
    const std::string_view quote = option->kind == "number" ? "" : "\"";
    text += fmt::format(" = {0}{1}{0}", quote, value);
    at = value_end;
  }
  return known == nullptr ? std::string(message) : text;
}

}  // namespace meterpipe::config
