// Standard input as a line: `socat … | mbus-read -p -`. Its end is a regular end.
#pragma once

#include "serial/port.hpp"

namespace meterpipe::serial {

class StdinPort : public Port {
 public:
  tl::expected<Progress, Trouble> open() override { return Progress::opened; }
  pollfd waits_for() const override;
  tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) override;
  void close() override {}
  const std::string& name() const override { return name_; }
  std::string source() const override { return "stdin"; }
  bool can_reopen() const override { return false; }
  bool is_live() const override;
  int slack_ms() const override { return 1000; }  // there may be a network behind it

 private:
  std::string name_ = "standard input";
};

}  // namespace meterpipe::serial
