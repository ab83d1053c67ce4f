#include "meterpipe/importing.hpp"

#include <fmt/format.h>

#include "config/json5.hpp"
#include "config/predecessor.hpp"
#include "meterpipe/configuration.hpp"
#include "meterpipe/new_files.hpp"
#include "os/log.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {
int import_file(const std::string& file, const std::string& name_or_file, bool dry_run,
                const SettingsCheck& check) {
  const std::string text = read_settings(file);
  const auto document = config::parse_json5(text);
  if (!document) {
    throw os::Fatal(os::kConfig, "{}:{}:{}: no JSON5: {}", file, document.error().place.line,
                    document.error().place.column, document.error().text);
  }
  NewFiles files;
  files.conf = NewFiles::path_of(name_or_file);
  auto imported = config::import_predecessor(*document, NewFiles::name_of(files.conf));
  files.text = std::move(imported.text);
  files.keys = std::move(imported.keys);
  files.password = std::move(imported.password);
  for (const auto& remark : imported.remarks) {
    os::log_warning("{}:{}:{}: {}: {}", file, remark.place.line, remark.place.column, remark.key,
                    remark.text);
  }
  if (files.keys.empty()) {
    os::log_warning("{}: no key in it: ciphered messages want one (keys = \"FILE\", meter-keys(5))",
                    file);
  }
  if (!dry_run) {
    files.write(check);
    return os::kOk;
  }
  files.show();
  check(files.conf, files.text);
  return os::kOk;
}

}  // namespace meterpipe::runner
