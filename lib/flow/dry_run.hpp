// Prints messages instead of publishing them: topic, tab, payload, one line each. Control
// characters in a payload are shown as \n, \t or \x1b, so that a line stays a line.
#pragma once

#include "flow/outlet.hpp"
#include "io/output.hpp"

namespace meterpipe::flow {

class DryRun : public Outlet {
 public:
  explicit DryRun(io::Output& output) : output_(output) {}
  void put(Batch batch) override;

 private:
  void print(const Message& message);

  io::Output& output_;
};

}  // namespace meterpipe::flow
