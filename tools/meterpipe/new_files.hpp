// The files of a meter that is new: NAME.conf, and beside it the keys and the password that it
// names.
#pragma once

#include <functional>
#include <string>

namespace meterpipe::runner {

// Throws a Fatal where the programs would not take a file of settings: its path, and its text.
using SettingsCheck = std::function<void(const std::string& path, const std::string& text)>;

struct NewFiles {
  std::string conf;  // its path
  std::string text;
  std::string keys, password;  // empty: none. Secrets

  // Of a NAME, in /etc/meterpipe, which is made if it is not there; or as it stands.
  static std::string path_of(const std::string& name_or_file);
  static std::string name_of(const std::string& path);

  // A Fatal where they cannot be made.
  void check_folder() const;
  // Writes them: the first for all to read, the others for the owner alone. Nothing is overwritten:
  // a Fatal where one is there already, or where `check` throws one, and nothing is written then.
  void write(const SettingsCheck& check) const;
  // What write() would do, without the secrets; on standard output.
  void show() const;

 private:
  std::string beside(const std::string& ending) const;
};

}  // namespace meterpipe::runner
