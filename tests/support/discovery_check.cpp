// Holds Home Assistant's rules against discovery messages, one a line: topic, tab, payload.
//
//   obis-mqtt --discovery-dump readings.jsonl | discovery-check
//
// Prints what breaks a rule, then counts. 0: nothing does, and there was a message.
#include <iostream>

#include "support/discovery_schema.hpp"

int main() {
  std::vector<meterpipe::test::DiscoveryMessage> messages;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.find('\t');
    messages.push_back({line.substr(0, tab), tab == std::string::npos ? "" : line.substr(tab + 1)});
  }
  const auto report = meterpipe::test::check_discovery(messages);
  for (const auto& finding : report.findings) {
    std::cout << finding.rule << ": " << finding.where << '\n';
  }
  std::cout << messages.size() << " messages, " << report.entities << " entities, "
            << report.findings.size() << " against the rules\n";
  return report.findings.empty() && report.entities > 0 ? 0 : 1;
}
