// Holds Home Assistant's rules against discovery messages, one a line: topic, tab, payload.
//
//   obis-mqtt --discovery-dump readings.jsonl | discovery-check
//   discovery-check FILE...      one dump after the other, each by itself
//
// Prints what breaks a rule, then counts. 0: nothing does, and there was a message in each.
#include <fstream>
#include <iostream>

#include "support/discovery_schema.hpp"

namespace {

bool check(std::istream& in, const std::string& where) {
  std::vector<meterpipe::test::DiscoveryMessage> messages;
  for (std::string line; std::getline(in, line);) {
    const std::size_t tab = line.find('\t');
    messages.push_back({line.substr(0, tab), tab == std::string::npos ? "" : line.substr(tab + 1)});
  }
  const auto report = meterpipe::test::check_discovery(messages);
  for (const auto& finding : report.findings) {
    std::cout << where << finding.rule << ": " << finding.where << '\n';
  }
  std::cout << where << messages.size() << " messages, " << report.entities << " entities, "
            << report.findings.size() << " against the rules\n";
  return report.findings.empty() && report.entities > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return check(std::cin, "") ? 0 : 1;
  bool good = true;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i]);
    good = check(in, std::string(argv[i]) + ": ") && good;
  }
  return good ? 0 : 1;
}
