// Files of settings (lib/config): whatever bytes, what is read of them is a command line of options
// that there are, or mistakes with their places that repeat no key; and what is made of a file of
// the predecessor is a file of ours.
#include <algorithm>
#include <string>
#include <vector>

#include "base/key_like.hpp"
#include "config/json5.hpp"
#include "config/operators.hpp"
#include "config/predecessor.hpp"
#include "config/settings.hpp"
#include "fuzz/fuzz.hpp"

namespace meterpipe::fuzz {
namespace {

const std::vector<config::Program>& programs() {
  static const std::vector<config::Program> all{
      {"meterpipe", config::parse_options("log\ttext\tFILE\tkeep\nverbose\tcount\t\tmore\n")},
      {"mbus-read", config::parse_options("port\ttext\tPORT\tport\nwait\tflag\t\twait\n"
                                          "count\tnumber\tN\trecords\nverbose\tcount\t\tmore\n")},
      {"obis-mqtt",
       config::parse_options("json\ttoggle\t\tjson\nqos\tchoice\t0|1|2\tqos\nat\ttext\tLIST\tat\n"
                             "count\tnumber\tN\treadings\nstats\tflag-or-time\t[TIME]\tstats\n"
                             "profile\tlist\tFILE|NAME\tprofiles\nverbose\tcount\t\tmore\n")}};
  return all;
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
}

void check_settings(std::string_view text) {
  const auto document = config::parse_document(text);
  if (!document) {
    REQUIRE(document.error().place.line <= lines_of(text));
    return;
  }
  config::Settings settings(programs());
  const auto problems = settings.take(*document, {"file", "folder/"});
  for (const config::Problem& problem : problems) {
    REQUIRE(problem.place.line <= lines_of(text));
    for (const config::Entry& entry : document->entries) {
      for (const std::string& secret : {entry.key, entry.value.text}) {
        if (looks_like_key(secret)) REQUIRE(problem.text.find(secret) == std::string::npos);
      }
    }
  }
  for (const config::Program& program : programs()) {
    for (const std::string& word : settings.words(program.name)) {
      REQUIRE(word.starts_with("--"));
      std::string name = word.substr(2, word.find('=') - 2);
      if (name.starts_with("no-")) name.erase(0, 3);
      REQUIRE(program.find(name) != nullptr);
    }
  }
}

void check_import(std::string_view text) {
  const auto old = config::parse_json5(text);
  if (!old) {
    REQUIRE(old.error().place.line <= lines_of(text));
    return;
  }
  const auto imported = config::import_predecessor(*old, "name");
  REQUIRE(config::parse_document(imported.text).has_value());
}

}  // namespace

void check(Bytes input) {
  const std::string_view text = as_text(input);
  check_settings(text);
  check_import(text);
  (void)config::parse_operator("name", text);
  (void)config::parse_value(std::string(text));
}

}  // namespace meterpipe::fuzz
