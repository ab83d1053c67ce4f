#include "record/deciphered_line.hpp"

#include <charconv>
#include <cstring>

#include "base/hex.hpp"

namespace meterpipe::record {

std::optional<DecipheredLine> DecipheredLine::of(Line& line, const ApduRecord& record,
                                                 std::string_view text) {
  auto pattern = LinePattern::of(line);
  LinePattern::Parts parts;
  if (!pattern || !pattern->fits(line.text(), parts) || !record.security ||
      !record.security->has_control) {
    return std::nullopt;
  }
  DecipheredLine made;
  made.pattern_ = std::move(*pattern);
  made.security_ = *record.security;
  made.src_ = record.head.src;
  std::string_view left = text;
  // Quotes inside texts are escaped, so that none of these can be part of one.
  const auto take = [&left](std::string_view key, std::size_t size, std::string& before) {
    const std::size_t at = left.find(key) + key.size();
    before = left.substr(0, at);
    left.remove_prefix(at + size);
  };
  if (!parts.ts.empty()) take("\"ts\":\"", parts.ts.size(), made.to_ts_);
  if (!parts.seq.empty()) take("\"seq\":", parts.seq.size(), made.to_seq_);
  std::string to_security;
  take("\"security\":{", 0, to_security);
  take("\"counter\":", std::to_string(record.security->counter).size(), made.to_counter_);
  made.to_counter_.insert(0, to_security);
  take("\"hex\":\"", 2 * record.bytes.size(), made.to_hex_);
  made.rest_ = left;
  Buffer again;
  made.write(again, parts, record.security->counter, record.bytes);
  if (again.view() != text) return std::nullopt;
  return made;
}

bool DecipheredLine::fits(const apdu::Security& security) const {
  const Bytes title = security.title, own = security_.title;
  return security.has_control && security.control == security_.control &&
         security.auth == security_.auth && security.replayed == security_.replayed &&
         security.title_given == security_.title_given && security.service == security_.service &&
         security.inside == security_.inside && security.key == security_.key &&
         title.size() == own.size() && std::equal(title.begin(), title.end(), own.begin()) &&
         security.signature == security_.signature;
}

void DecipheredLine::write(Buffer& out, const LinePattern::Parts& parts, std::uint32_t counter,
                           Bytes plain) const {
  char* to = out.room(to_ts_.size() + to_seq_.size() + to_counter_.size() + to_hex_.size() +
                      rest_.size() + parts.ts.size() + parts.seq.size() + 10 + 2 * plain.size());
  const auto put = [&to](std::string_view text) {
    std::memcpy(to, text.data(), text.size());
    to += text.size();
  };
  if (!parts.ts.empty()) {
    put(to_ts_);
    put(parts.ts);
  }
  if (!parts.seq.empty()) {
    put(to_seq_);
    put(parts.seq);
  }
  put(to_counter_);
  to = std::to_chars(to, to + 10, counter).ptr;
  put(to_hex_);
  to = write_hex(to, plain);
  put(rest_);
  out.set_end(to);
}

}  // namespace meterpipe::record
