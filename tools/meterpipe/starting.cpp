#include "meterpipe/starting.hpp"

#include <unistd.h>

#include <vector>

#include <fmt/format.h>

#include "base/shell.hpp"
#include "base/whole_number.hpp"
#include "cli/options.hpp"
#include "config/operators.hpp"
#include "config/predecessor.hpp"
#include "keys/keys.hpp"
#include "meterpipe/asking.hpp"
#include "meterpipe/configuration.hpp"
#include "meterpipe/new_files.hpp"
#include "meterpipe/printing.hpp"
#include "mqtt/broker_url.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"
#include "serial/list.hpp"

namespace meterpipe::runner {
namespace {

std::string ask_port() {
  const auto ports = serial::list_ports();
  std::vector<std::string> names;
  for (const serial::PortInfo& port : ports) {
    // The name that stays when ports are plugged in another order.
    names.push_back(port.by_id.empty() ? port.path : port.by_id.front());
    say(fmt::format("  {}  {}  {} {}", names.size(), names.back(), port.manufacturer,
                    port.product));
  }
  if (ports.empty()) say("  (no serial port is plugged in)");
  const std::string answer =
      ask(fmt::format("1. Which port has the adapter? a number of these, a path, or "
                      "tcp://HOST:PORT{}: ",
                      names.empty() ? "" : " [1]"),
          names.empty() ? "" : "1", [&names](const std::string& text) -> std::string {
            const auto number = whole_number<std::size_t>(text);
            if (number && (*number == 0 || *number > names.size()))
              return "   there is none of this number";
            return text.empty() ? "   a port is needed" : "";
          });
  const auto number = whole_number<std::size_t>(answer);
  return number ? names[*number - 1] : answer;
}

const config::Operator* ask_operator() {
  const std::string answer =
      ask("2. Which operator? a name of `meterpipe operators`, ? to see them, nothing for another "
          "one: ",
          "", [](const std::string& text) -> std::string {
            if (text.empty()) return "";
            if (text == "?") return config::table_of(config::operators());
            const config::Operator* const one = config::find_operator(text);
            if (one == nullptr) {
              return fmt::format("   there is none of this name{}", config::operator_meant(text));
            }
            return one->works() ? "" : fmt::format("   it cannot be read yet: {}", one->reason);
          });
  const config::Operator* const one = config::find_operator(answer);
  if (one != nullptr) print(config::described(*one));
  return one;
}

// The line of a key file, or empty.
std::string ask_keys(const config::Operator* operator_) {
  if (operator_ != nullptr && operator_->most_keys == 0) {
    say("3. No key: the messages are not ciphered.");
    return "";
  }
  os::forbid_core_dumps();
  const bool is_needed = operator_ != nullptr && operator_->fewest_keys != 0;
  const auto needed = [is_needed](const std::string& text) {
    return text.empty() && is_needed ? "   without it nothing can be read" : wrong_key(text);
  };
  const std::string first = ask(fmt::format("3. The key (EK), 32 hex digits{}; it does not show: ",
                                            is_needed ? "" : ", nothing for none"),
                                "", needed, Echo::hidden);
  if (first.empty()) return "";
  const unsigned most = operator_ == nullptr ? 2 : operator_->most_keys;
  const bool two = operator_ != nullptr && operator_->fewest_keys == 2;
  const std::string second =
      most < 2
          ? ""
          : ask(
                fmt::format("   The authentication key (AK){}: ", two ? "" : ", nothing for none"),
                "",
                [two](const std::string& text) {
                  return text.empty() && two
                             ? "   this operator sends tags, and they are checked with it"
                             : wrong_key(text);
                },
                Echo::hidden);
  return fmt::format("* {}{}{}\n", first, second.empty() ? "" : " ", second);
}

struct Broker {
  std::string url, password;
};

Broker ask_broker() {
  Broker broker;
  broker.url =
      ask("4. Which broker? [mqtt://localhost], mqtts:// for TLS, with its user: "
          "mqtt://USER@HOST: ",
          "mqtt://localhost", [](const std::string& text) -> std::string {
            const auto url = mqtt::parse_broker_url(text);
            return url ? "" : "   " + url.error();
          });
  if (!mqtt::parse_broker_url(broker.url)->user.empty()) {
    broker.password =
        ask("   The password; it does not show, nothing for none: ", "", nullptr, Echo::hidden);
  }
  return broker;
}

bool ask_home_assistant() {
  const std::string answer =
      ask("5. For Home Assistant? [y], n: ", "y", [](const std::string& text) -> std::string {
        return text == "y" || text == "n" || text == "yes" || text == "no" ? "" : "   y or n";
      });
  return answer.starts_with('y');
}

}  // namespace

std::string wrong_key(const std::string& text) {
  if (text.empty()) return "";
  std::vector<std::string> warnings;
  try {
    const auto ring = keys::KeyRing::parse("* " + text, "key", warnings);
    return ring.size() == 1 ? "" : "   this is no key";
  } catch (const os::Fatal&) {
    // Its words would be about a file; and what was typed is not repeated.
    return "   this is no key: 32 hex digits";
  }
}

int init(const std::string& name_or_file, bool dry_run, const SettingsCheck& check) {
  NewFiles files;
  files.conf = NewFiles::path_of(name_or_file);
  const std::string name = NewFiles::name_of(files.conf);
  // Before somebody has answered all for nothing.
  if (::access(files.conf.c_str(), F_OK) == 0) {
    throw os::Fatal(os::kIoError, "{}: is there already (remove it, or take another name)",
                    files.conf);
  }
  if (!dry_run) files.check_folder();
  const std::string port = ask_port();
  const config::Operator* const operator_ = ask_operator();
  files.keys = ask_keys(operator_);
  Broker broker = ask_broker();
  const bool discovery = ask_home_assistant();
  files.text = fmt::format("# Made by meterpipe init; meterpipe.conf(5) has all keys.\nport = {}\n",
                           config::quoted(port));
  if (operator_ != nullptr) files.text += fmt::format("operator = \"{}\"\n", operator_->name);
  if (operator_ == nullptr) {
    files.text +=
        "# `mbus-read --detect` finds out what the line is set to.\nline = \"2400-8E1\"\n";
  }
  if (!files.keys.empty()) files.text += fmt::format("keys = {}\n", config::quoted(name + ".keys"));
  files.text += fmt::format("broker = {}\n", config::quoted(broker.url));
  if (!broker.password.empty()) {
    files.password = broker.password + '\n';
    files.text += fmt::format("password-file = {}\n", config::quoted(name + ".password"));
  }
  if (discovery) files.text += "discovery = true\n";
  dry_run ? files.show() : files.write(check);
  if (!dry_run) {
    say(fmt::format("Next: meterpipe check {0}, meterpipe once {0}, meterpipe run {0}",
                    shell_word(name_or_file)));
  }
  return os::kOk;
}

}  // namespace meterpipe::runner
