#include "dump/base64.hpp"

#include <algorithm>
#include <array>

#include "apdu/extent.hpp"
#include "link/framer.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::size_t kShortest = 20;
constexpr std::size_t kLongestWord = std::size_t{1} << 20;

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  table['-'] = 62;
  table['_'] = 63;
  return table;
}();

int value_of(char c) { return kValues[static_cast<std::uint8_t>(c)]; }

std::optional<ByteVector> decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  ByteVector bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return bytes;
}

// Whether every byte is in a frame, and every frame has a check or a whole APDU.
class Checked final : public link::FrameSink {
 public:
  static bool all_of(Bytes bytes) {
    if (apdu::is_whole(bytes)) return true;
    Checked checked;
    link::Framer framer;
    framer.push(bytes, checked);
    framer.gap(checked);
    return checked.good_ && checked.frames_ > 0;
  }

 private:
  void on_frame(const link::Frame& frame) override {
    ++frames_;
    using link::FrameKind;
    const bool has_check = frame.kind == FrameKind::mbus_long || frame.kind == FrameKind::hdlc ||
                           frame.kind == FrameKind::hdlc_fill || frame.kind == FrameKind::p1 ||
                           frame.kind == FrameKind::sml;
    good_ = good_ && (has_check || apdu::is_whole(frame.data));
  }
  void on_skipped(const link::Skipped&) override { good_ = false; }

  bool good_ = true;
  std::size_t frames_ = 0;
};

}  // namespace

std::string_view base64_word(std::string_view line) {
  std::string_view longest;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && value_of(line[end]) >= 0) ++end;
    std::size_t padded = end;
    while (padded < line.size() && line[padded] == '=' && padded < end + 2) ++padded;
    if (padded - at > longest.size()) longest = line.substr(at, padded - at);
    at = std::max(padded, at + 1);
  }
  return longest.size() >= kShortest ? longest : std::string_view();
}

std::optional<ByteVector> read_base64(std::string_view words) {
  if (words.size() > kLongestWord) return std::nullopt;
  auto bytes = decode(words);
  if (!bytes || bytes->empty() || !Checked::all_of(*bytes)) return std::nullopt;
  return bytes;
}

}  // namespace meterpipe::dump
