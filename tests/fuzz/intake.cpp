// From lines to topics (lib/flow, lib/judge, lib/shape): whatever lines come in, each message has a
// topic that MQTT allows, each payload that is a record is one, and a replay publishes the same.
#include <algorithm>
#include <set>
#include <string>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "flow/intake.hpp"
#include "flow/publisher.hpp"
#include "fuzz/fuzz.hpp"
#include "judge/plausibility.hpp"
#include "support/templates.hpp"

namespace meterpipe::fuzz {

namespace {

struct Kept final : mqtt::Outlet {
  std::vector<std::string> lines;
  void put(mqtt::Batch batch) override {
    std::set<std::string> topics;
    for (const mqtt::Message& message : batch.messages) {
      const std::string topic(message.topic());
      CAPTURE(topic);
      REQUIRE_FALSE(topic.empty());
      REQUIRE(topic.size() <= 65535);
      REQUIRE(topic.find_first_of("#+") == std::string::npos);
      REQUIRE(std::ranges::none_of(topic, [](unsigned char c) { return is_control(c); }));
      for (std::size_t at = 0, size = 0; at < topic.size(); at += size) {
        size = utf8_sequence(topic, at);
        REQUIRE(size != 0);
      }
      REQUIRE(topics.insert(topic).second);  // two values never share a topic
      lines.push_back((message.retain() ? "!" : "") + topic + " " + std::string(message.payload()));
    }
  }
};

std::vector<std::string> published(std::string_view text, const std::vector<std::size_t>& cuts) {
  flow::PublishPlan plan{test::template_of("m/{meter}/{obis}"), test::template_of("m/{meter}/json"),
                         test::template_of("m/{meter}/error"),
                         test::template_of("m/{meter}/quarantine")};
  const Micros now = *parse_timestamp("2026-11-22T17:00:00Z");
  Kept kept;
  state::Meters meters;
  const flow::Observers observers;
  flow::Publisher publisher(meters, std::move(plan), kept, [now] { return now; });
  judge::Plausibility plausibility(meters, publisher, observers, {});
  flow::MeterNames names(meters, plausibility, observers);
  flow::Intake intake(names, std::nullopt, {[] { return true; }, [] {}});
  record::LineSplitter splitter(intake);
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    splitter.push(text.substr(from, cut - from));
    from = cut;
  }
  splitter.push(text.substr(from));
  splitter.finish();
  intake.end();
  return std::move(kept.lines);
}

}  // namespace

void check(Bytes input) {
  const std::vector<std::string> lines = published(as_text(input), {});
  REQUIRE(published(as_text(input), cuts_of(input)) == lines);
}

}  // namespace meterpipe::fuzz
