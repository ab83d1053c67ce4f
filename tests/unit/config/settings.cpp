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

TEST_CASE("a key of very many parts is a mistake, and no end of the stack") {
  std::string parts;
  for (int i = 0; i < 200'000; ++i) parts += "a.";
  for (const std::string& text :
       {parts + "b = 1", "[" + parts + "b]", "x = { " + parts + "b = 1 }"}) {
    const auto document = parse_document("\n" + text);
    REQUIRE_FALSE(document);
    CHECK(document.error().place.line == 2);
    CHECK(document.error().text == "fewer than 65 parts of a key were expected");
  }
  const std::string dots(100, '.');
  CHECK(parse_document("x = \"\\\"" + dots + "\" # " + dots + "\n# " + dots + "\ny = '" + dots +
                       "'"));
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

TEST_CASE("settings: what a program says of its options, in keys of a file") {
  const Settings settings({{"sender",
                            {{"ca", "text", "FILE", ""},
                             {"cert", "text", "FILE", ""},
                             {"key", "text", "FILE", ""},
                             {"mqtt", "choice", "5|3.1.1", ""},
                             {"insecure", "flag", "", ""},
                             {"queue", "number", "N", ""},
                             {"retain", "toggle", "", ""}}}});
  const auto in_keys = [&](std::string_view text) { return settings.in_keys("sender", text); };
  CHECK(in_keys("unknown (--ca FILE names its CA, or itself)") ==
        "unknown (ca = \"FILE\" names its CA, or itself)");
  CHECK(in_keys("certificate: --cert and --key") == "certificate: cert and key");
  CHECK(in_keys("(use --mqtt 3.1.1)") == "(use mqtt = \"3.1.1\")");
  CHECK(in_keys("--queue 5, or --queue") == "queue = 5, or queue");
  CHECK(in_keys("chmod 600 it, or use --insecure") == "chmod 600 it, or use insecure = true");
  CHECK(in_keys("(--retain it)") == "(retain it)");
  // No option of it; a command line; nothing.
  CHECK(in_keys("a -- b --caps --ca") == "a -- b --caps ca");
  CHECK(in_keys("sender --ca FILE makes it") == "sender --ca FILE makes it");
  CHECK(in_keys("").empty());
  CHECK(settings.in_keys("other", "--ca FILE") == "--ca FILE");
}

}  // namespace meterpipe::config
