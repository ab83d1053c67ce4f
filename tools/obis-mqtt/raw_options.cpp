#include "obis-mqtt/raw_options.hpp"

#include "obis-mqtt/topic_options.hpp"

namespace meterpipe::tool {
namespace {

// They are about readings on topics, of which there are none.
constexpr const char* kOfReadings[] = {"--topic",
                                       "--json-topic",
                                       "--error-topic",
                                       "--quarantine-topic",
                                       "--values",
                                       "--json",
                                       "--retain",
                                       "--allow-old",
                                       "--expire",
                                       "--preset",
                                       "--topic-base",
                                       "--history-topic",
                                       "--stats-topic",
                                       "--language",
                                       "--name-format",
                                       "--umlauts",
                                       "--topic-invalid",
                                       "--topic-replacement",
                                       "--value-format",
                                       "--with-unit",
                                       "--time-format",
                                       "--zone",
                                       "--energy",
                                       "--derive",
                                       "--json-format",
                                       "--min-interval",
                                       "--every",
                                       "--at-seconds",
                                       "--at-minutes",
                                       "--aggregate",
                                       "--on-change",
                                       "--dead-band",
                                       "--refresh",
                                       "--check",
                                       "--power-limit",
                                       "--clock-limit",
                                       "--accept-after",
                                       "--discovery",
                                       "--discovery-dump",
                                       "--discovery-remove",
                                       "--diagnostics",
                                       "--backlog",
                                       "--offline-after",
                                       "--interval",
                                       "--birth-topic",
                                       "--discovery-prefix",
                                       "--discovery-style",
                                       "--availability-topic",
                                       "--diagnostics-topic"};

}  // namespace

void RawOptions::add_to(cli::Options& options) {
  options.flag("--raw", raw_, "publish any record as it is, of every type, and nothing else");
  options.value("--raw-topic", topic_, "TEMPLATE",
                "with --raw, of {meter} {type} {src} (default " + topic_ + ")");
}

shape::TopicTemplate RawOptions::topic() const {
  using shape::Placeholder;
  return topic_template("--raw-topic", topic_,
                        {Placeholder::meter, Placeholder::type, Placeholder::src});
}

void RawOptions::check(const cli::Options& options) const {
  topic();
  if (!raw_) {
    if (options.given("--raw-topic")) cli::usage_error("--raw-topic is for --raw");
    return;
  }
  for (const char* const name : kOfReadings) {
    if (options.given(name)) {
      cli::usage_error(options.typed(name) +
                       " says nothing about --raw: records go out as they are");
    }
  }
}

}  // namespace meterpipe::tool
