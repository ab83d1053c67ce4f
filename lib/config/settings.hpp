// What a configuration file says to programs, held against what each of them takes
// (meterpipe.conf(5)):
//
//   line = "2400-8E1"       of no section: for every program that has the option, if it means the
//   [obis-mqtt]             same in all of them
//   discovery = true        for this program alone; goes before the one of no section
//
// Layers are taken one after the other, and a later one goes before an earlier one: an operator's
// preset, the file, the command line. What comes out is a command line for each program.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/options.hpp"

namespace meterpipe::config {

// FILE:LINE:COLUMN: KEY: what was found, what is allowed. Never the text of what may be a secret.
struct Problem {
  std::string file;
  Place place;  // nowhere: not shown
  std::string text;

  std::string line() const;
  auto operator<=>(const Problem&) const = default;
};

// What is left without what they are about.
Document without(const Document& document, const std::vector<Problem>& problems);

// Where a document comes from.
struct Origin {
  std::string name;    // as messages call it
  std::string folder;  // relative names of files are meant from here; empty: as they stand
};

class Settings {
 public:
  explicit Settings(std::vector<Program> programs) : programs_(std::move(programs)) {}

  // What is wrong in it; nothing of it is taken then.
  std::vector<Problem> take(const Document& document, const Origin& origin);
  // One setting, as SECTION.KEY or KEY and a value; the later one goes before.
  std::vector<Problem> take(const std::string& key, const Value& value, const Origin& origin);

  // The command line of a program: --port=/dev/ttyUSB0 --wait.
  std::vector<std::string> words(std::string_view program) const;
  // What an option is set to; nothing where it is not. Of a flag "true" or "false".
  std::optional<std::string> value(std::string_view program, std::string_view option) const;
  // The name of the origin that set it; empty where nobody has.
  std::string origin(std::string_view program, std::string_view option) const;
  // A value where nobody has set one.
  void set_default(std::string_view program, std::string_view option, const std::string& value);
  void forget(std::string_view program, std::string_view option);
  // What a program says of its command line ("--line: '2400-9E1' is …"), with the place of the
  // option that it names first.
  Problem located(std::string_view program, const std::string& message,
                  const std::string& file) const;

  // The same for who has a file and no command line: its options become keys.
  //   (--ca FILE names its CA)   (ca = "FILE" names its CA)
  //   --cert and --key           cert and key
  std::string in_keys(std::string_view program, std::string_view message) const;

  const std::vector<Program>& programs() const { return programs_; }
  const Program* find(std::string_view program) const;

 private:
  struct Setting {
    std::vector<std::string> values;  // of a list several
    std::string key;                  // as it was written, with its section
    std::string file;
    Place place;
  };
  using Of = std::map<std::string, Setting, std::less<>>;  // by option

  class Taking;

  std::vector<Program> programs_;
  std::map<std::string, Of, std::less<>> set_;  // by program
};

}  // namespace meterpipe::config
