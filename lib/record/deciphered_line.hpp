// The line of a deciphered APDU, written like the one before: the same text but for the time, the
// numbers that count up and the bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apdu/security.hpp"
#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "record/line_pattern.hpp"
#include "record/records.hpp"

namespace meterpipe::record {

class DecipheredLine {
 public:
  // Of a line that was read, and of the record that write() has written of it as `text`.
  static std::optional<DecipheredLine> of(Line& line, const ApduRecord& record,
                                          std::string_view text);

  bool fits(std::string_view line, LinePattern::Parts& parts) const {
    return pattern_.fits(line, parts);
  }
  // What became of it is what became of the first, but for the counter.
  bool fits(const apdu::Security& security) const;
  std::string_view src() const { return src_; }
  void write(Buffer& out, const LinePattern::Parts& parts, std::uint32_t counter,
             Bytes plain) const;

 private:
  LinePattern pattern_;
  apdu::Security security_;
  std::string src_;
  // The fixed text in front of the time, the sequence number, the counter, the hex; and behind it.
  std::string to_ts_, to_seq_, to_counter_, to_hex_, rest_;
};

}  // namespace meterpipe::record
