// A burst of bytes as the line that goes out.
#pragma once

#include <string>

#include "base/buffer.hpp"
#include "serial/assembler.hpp"

namespace meterpipe::serial {

enum class OutputForm { json, hex, bin };

class BurstWriter {
 public:
  // `line`: what was set, or empty where this program set nothing. `by`: the program.
  BurstWriter(OutputForm form, std::string source, std::string line,
              std::string_view by = "mbus-read")
      : form_(form), source_(std::move(source)), line_(std::move(line)), by_(by) {}
  // Of what comes from here on.
  void set_source(std::string source) { source_ = std::move(source); }
  void set_line(std::string line) { line_ = std::move(line); }
  const std::string& source() const { return source_; }

  // ts: RFC 3339, or empty where unknown.
  void write(Buffer& out, const Burst& burst, std::string_view ts);
  // What stands for dropped records: an error record, or a line on stderr and nothing.
  std::string overrun(std::uint64_t count, std::string_view ts) const;

 private:
  OutputForm form_;
  std::string source_;
  std::string line_;
  std::string_view by_;
  std::uint64_t seq_ = 0;
};

}  // namespace meterpipe::serial
