// Prints messages instead of publishing them: topic, tab, payload, one line each. Control
// characters in a payload are shown as \n, \t or \x1b, so that a line stays a line.
#pragma once

#include "io/output.hpp"
#include "mqtt/message.hpp"

namespace meterpipe::flow {

class DryRun : public mqtt::Outlet {
 public:
  explicit DryRun(io::Output& output) : output_(output) {}
  void put(mqtt::Batch batch) override;

 private:
  io::Output& output_;
};

}  // namespace meterpipe::flow
