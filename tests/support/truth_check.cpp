// Holds readings against what meter-sim says it encoded, message by message:
//
//   truth-check TRUTH READINGS [TRUTH READINGS]...   (.truth of --truth, JSON lines of
//   cosem-decode)
//
// Every value must be there, in order, and nothing else. A value is right if it says what the truth
// says was sent; where the truth has `means`, it may say that instead, in whole: that is what a
// profile adds. Prints what is wrong and ends with 1.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "support/json_tree.hpp"

using meterpipe::test::Json;

namespace {

int wrong = 0;

void differ(std::size_t message, const std::string& where, const std::string& is,
            const std::string& should) {
  if (++wrong <= 20) {
    std::printf("message %zu: %s: is %s, truth %s\n", message, where.c_str(), is.c_str(),
                should.c_str());
  }
}

std::vector<Json> lines_of(const char* path, bool readings) {
  std::vector<Json> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    Json json = Json::parse(line);
    if (!readings || json["t"].text() == "reading") result.push_back(std::move(json));
  }
  return result;
}

// What `wanted` has of these keys, `got` has too, and the other way round.
bool same(const Json& got, const Json& wanted, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (got[key].raw() != wanted[key].raw()) return false;
  }
  return true;
}

// As sent, or as meant: a code that was not sent, a unit that was not sent. A name in front of a
// list by place may stand as the code of the first value (0-6:25.9.0), as no profile knows better.
bool is_right(const Json& got, const Json& wanted) {
  const Json means = wanted["means"];
  // Of a telegram the truth has numbers, and texts as they stand there.
  if (got["type"].text() == "p1") {
    return same(got, wanted, {"obis", "value", "unit"}) ||
           (got["obis"].raw() == wanted["obis"].raw() && got["raw"].raw() == wanted["value"].raw());
  }
  if (wanted["key"].present()) {
    return same(got, wanted, {"key", "obis", "value", "unit", "raw"});
  }
  if (got["raw"].raw() != wanted["raw"].raw() || got["hex"].raw() != wanted["hex"].raw()) {
    return false;
  }
  if (wanted["type"].present() && got["type"].raw() != wanted["type"].raw()) return false;
  const bool as_sent = same(got, wanted, {"value", "unit"});
  const bool as_meant = means["value"].present() ? got["value"].raw() == means["value"].raw() &&
                                                       got["unit"].raw() == means["unit"].raw()
                                                 : as_sent;
  if (wanted["obis"].present()) {
    return got["obis"].raw() == wanted["obis"].raw() && (as_sent || as_meant);
  }
  if (!got["obis"].present()) return as_sent;
  if (got["obis"].raw() == means["obis"].raw()) return as_sent || as_meant;
  return as_sent && got["obis"].text() == "0-6:25.9.0";
}

void compare(std::size_t n, const Json& truth, const Json& reading) {
  if (truth["sc"].present()) {
    const std::string id = truth["title"].text() + ":" + truth["counter"].text();
    if (reading["id"].text() != id) differ(n, "id", reading["id"].text(), id);
  }
  if (truth["id"].present() && reading["id"].raw() != truth["id"].raw()) {
    differ(n, "id", reading["id"].raw(), truth["id"].raw());
  }
  if (truth["meter"].present() && reading["meter"].present() &&
      reading["meter"].raw() != truth["meter"].raw() &&
      reading["meter"].raw() != truth["title"].raw()) {
    differ(n, "meter", reading["meter"].raw(), truth["meter"].raw());
  }
  if (reading["time"].present() && reading["time"].raw() != truth["time"].raw()) {
    differ(n, "time", reading["time"].raw(), truth["time"].raw());
  }
  if (truth["invoke"].present() && reading["invoke"].raw() != truth["invoke"].raw()) {
    differ(n, "invoke", reading["invoke"].raw(), truth["invoke"].raw());
  }
  const std::vector<Json> got = reading["values"].elements(), wanted = truth["values"].elements();
  if (got.size() != wanted.size()) {
    differ(n, "values", std::to_string(got.size()), std::to_string(wanted.size()));
  }
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
    if (!is_right(got[i], wanted[i])) {
      differ(n, "value " + std::to_string(i), got[i].raw(), wanted[i].raw());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc % 2 != 1) {
    std::fprintf(stderr, "usage: truth-check TRUTH READINGS [TRUTH READINGS]...\n");
    return 64;
  }
  for (int i = 1; i < argc; i += 2) {
    const int before = wrong;
    const std::vector<Json> truths = lines_of(argv[i], false),
                            readings = lines_of(argv[i + 1], true);
    if (truths.size() != readings.size() || truths.empty()) {
      differ(0, "messages", std::to_string(readings.size()), std::to_string(truths.size()));
    }
    for (std::size_t n = 0; n < std::min(truths.size(), readings.size()); ++n) {
      compare(n, truths[n], readings[n]);
    }
    if (wrong != before) std::printf("that was %s\n", argv[i + 1]);
  }
  return wrong == 0 ? 0 : 1;
}
