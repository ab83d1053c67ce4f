#include "spool/sealed.hpp"

#include <array>

namespace meterpipe::spool {
namespace {

// CRC-32 of IEEE 802.3, reflected.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = crc;
  }
  return table;
}

constexpr auto kTable = make_table();

constexpr std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return ~crc;
}

static_assert(crc32("123456789") == 0xcbf43926);

constexpr std::size_t kChecksum = 4;

}  // namespace

void SealedWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    out_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out_ += static_cast<char>(value);
}

void SealedWriter::text(std::string_view value) {
  number(value.size());
  out_ += value;
}

std::string SealedWriter::take() {
  const std::uint32_t crc = crc32(out_);
  for (int shift = 24; shift >= 0; shift -= 8) out_ += static_cast<char>(crc >> shift);
  return std::move(out_);
}

std::optional<SealedReader> SealedReader::open(std::string_view bytes) {
  if (bytes.size() < 1 + kChecksum) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksum);
  std::uint32_t crc = 0;
  for (const char c : bytes.substr(body.size())) crc = crc << 8 | static_cast<std::uint8_t>(c);
  if (crc != crc32(body)) return std::nullopt;
  return SealedReader(static_cast<std::uint8_t>(body[0]), body.substr(1));
}

std::uint64_t SealedReader::number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70 && !bytes_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  failed_ = true;
  return 0;
}

std::string_view SealedReader::text() {
  const std::uint64_t size = number();
  if (size > bytes_.size()) {
    failed_ = true;
    return {};
  }
  const std::string_view value = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return value;
}

}  // namespace meterpipe::spool
