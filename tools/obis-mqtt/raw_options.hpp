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
  // Throws a usage error where the template is none.
  shape::TopicTemplate topic() const;

 private:
  bool raw_ = false;
  std::string topic_ = "meterpipe/{meter}/raw/{type}";
};

}  // namespace meterpipe::tool
