// --raw: every record as it is, and nothing else.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "flow/raw_publisher.hpp"
#include "obis-mqtt/connection_options.hpp"
#include "obis-mqtt/topic_options.hpp"

namespace meterpipe::tool {

class RawOptions {
 public:
  void add_to(cli::Options& options) {
    options.group(kRawGroup);
    options.flag("--raw", raw_, "publish any record as it is, of every type, and nothing else");
    options.value("--raw-topic", topic_, "TEMPLATE",
                  "with --raw, of {meter} {type} {src} (default " + topic_ + ")");
    options.needs("--raw-topic", {"--raw"});
    options.choice("--raw-order", order_, {"read", "meter"},
                   "of all records; of each meter, also where some are sent again (default read)");
    options.needs("--raw-order", {"--raw"});
    // They are about readings on topics, of which there are none.
    options.excludes_groups("--raw", {kTopicsGroup, kScheduleGroup, kCheckGroup, kHomeGroup},
                            "records go out as they are");
  }
  bool on() const { return raw_; }
  flow::RawPublisher::Order order() const {
    using Order = flow::RawPublisher::Order;
    return order_ == "meter" ? Order::of_meter : Order::as_read;
  }
  // Throws a usage error where the template is none.
  shape::TopicTemplate topic() const {
    using shape::Placeholder;
    return topic_template("--raw-topic", topic_,
                          {Placeholder::meter, Placeholder::type, Placeholder::src});
  }

 private:
  bool raw_ = false;
  std::string order_ = "read";
  std::string topic_ = "meterpipe/{meter}/raw/{type}";
};

}  // namespace meterpipe::tool
