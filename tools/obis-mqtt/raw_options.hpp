// --raw: every record as it is, and nothing else.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "shape/topics.hpp"

namespace meterpipe::tool {

class RawOptions {
 public:
  void add_to(cli::Options& options);
  bool on() const { return raw_; }
  // Usage errors are thrown here; those about options that mean nothing beside --raw by check().
  shape::TopicTemplate topic() const;
  void check(const cli::Options& options) const;

 private:
  bool raw_ = false;
  std::string topic_ = "meterpipe/{meter}/raw/{type}";
};

}  // namespace meterpipe::tool
