// What a document says to options that there are: values of the wrong kind, and sections.
#include "config/settings.hpp"

#include <doctest/doctest.h>

#include <string>

namespace meterpipe::config {
namespace {

struct Taken {
  std::string problem;
  std::vector<std::string> words;
};

Taken taken(std::string_view text) {
  Settings settings({{"reader",
                      {{"port", "text", "PORT", ""},
                       {"every", "flag-or-time", "TIME", ""},
                       {"wait", "flag", "", ""}}}});
  const auto document = parse_document(text);
  REQUIRE(document);
  const auto problems = settings.take(*document, {"f", ""});
  REQUIRE(problems.size() <= 1);
  return {problems.empty() ? "" : problems[0].line(), settings.words("reader")};
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("settings: a flag that may have a time takes both, and no list") {
  CHECK(taken("every = true").words == Words{"--every"});
  CHECK(taken("every = false").words.empty());
  CHECK(taken("every = \"5m\"").words == Words{"--every=5m"});
  CHECK(taken("every = [\"5m\"]").problem ==
        "f:1:9: every: this is a list, and must be true, false or a time (\"1m\")");
}

TEST_CASE("settings: a section stands once, and a date or a table is no value") {
  CHECK(taken("[reader]\nport = \"a\"").words == Words{"--port=a"});
  CHECK(taken("[[reader]]\nport = \"a\"").problem ==
        "f:1:3: [[reader]]: a section stands once: [reader]");
  CHECK(taken("port = 2026-01-01").problem ==
        "f:1:8: port: this is a date or a time, and must be a string (PORT)");
  CHECK(taken("wait = {a = 1}").problem.starts_with("f:1:"));
  CHECK(taken("port = true").problem ==
        "f:1:8: port: true is a boolean, and must be a string (PORT)");
}

}  // namespace meterpipe::config
