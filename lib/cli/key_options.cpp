#include "cli/key_options.hpp"
#include "os/secrets.hpp"

namespace meterpipe::cli {

void KeyOptions::add_to(Options& options) {
  options.value("-k,--keys", file_, "FILE",
                "key file, see meter-keys(5) (-: standard input; default: the credential `keys`)");
  options.flag("--insecure-key-file", insecure_, "take a key file that others may read");
  options.value("--system-title", system_title_, "TITLE",
                "system title of a meter that sends none: 16 hex digits, or ascii: and 8 "
                "characters");
}

void KeyOptions::check(const Options& options, bool reads_stdin) {
  if (options.given("--system-title")) {
    const auto title = keys::parse_title(system_title_);
    if (!title) usage_error("--system-title: no title (16 hex digits, or ascii: and 8 characters)");
    title_ = *title;
  }
  if (file_ == "-" && reads_stdin) {
    usage_error("--keys -: standard input cannot be both keys and data: name a FILE");
  }
}

keys::KeyRing KeyOptions::load() const {
  os::forbid_core_dumps();
  return keys::load_keys(file_, insecure_);
}

}  // namespace meterpipe::cli
