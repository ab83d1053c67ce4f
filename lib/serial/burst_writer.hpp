// A burst of bytes as the line that goes out.
#pragma once

#include <string>

#include "base/buffer.hpp"
#include "serial/assembler.hpp"

namespace meterpipe::serial {

enum class OutputForm { json, hex, bin };

class BurstWriter {
 public:
  // `line`: what was set, or empty where this program set nothing.
  BurstWriter(OutputForm form, std::string source, std::string line)
      : form_(form), source_(std::move(source)), line_(std::move(line)) {}

  // ts: RFC 3339, or empty where unknown.
  void write(Buffer& out, const Burst& burst, std::string_view ts);
  // What stands for dropped records: an error record, or a line on stderr and nothing.
  std::string overrun(std::uint64_t count, std::string_view ts) const;

 private:
  OutputForm form_;
  std::string source_;
  std::string line_;
  std::uint64_t seq_ = 0;
};

}  // namespace meterpipe::serial
