// Prints the topic of what goes on to the broker, for --discovery-remove.
#pragma once

#include <utility>

#include "io/output.hpp"
#include "mqtt/message.hpp"

namespace meterpipe::tool {

class PrintingOutlet : public mqtt::Outlet {
 public:
  PrintingOutlet(mqtt::Outlet& next, io::Output& output) : next_(next), output_(output) {}
  void put(mqtt::Batch batch) override {
    for (const mqtt::Message& message : batch.messages) {
      output_.buffer().add(message.topic());
      output_.buffer().add('\n');
      output_.record_done();
    }
    next_.put(std::move(batch));
  }

 private:
  mqtt::Outlet& next_;
  io::Output& output_;
};

}  // namespace meterpipe::tool
