#include "obis-mqtt/raw_options.hpp"

#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/topic_options.hpp"

namespace meterpipe::tool {
void RawOptions::add_to(cli::Options& options) {
  options.group(kRawGroup);
  options.flag("--raw", raw_, "publish any record as it is, of every type, and nothing else");
  options.value("--raw-topic", topic_, "TEMPLATE",
                "with --raw, of {meter} {type} {src} (default " + topic_ + ")");
  options.needs("--raw-topic", {"--raw"});
  // They are about readings on topics, of which there are none.
  options.excludes_groups("--raw", {kTopicsGroup, kScheduleGroup, kCheckGroup, kHomeGroup},
                          "records go out as they are");
}

shape::TopicTemplate RawOptions::topic() const {
  using shape::Placeholder;
  return topic_template("--raw-topic", topic_,
                        {Placeholder::meter, Placeholder::type, Placeholder::src});
}

}  // namespace meterpipe::tool
