#include "poll/more_follows.hpp"

#include "wired/records.hpp"

namespace meterpipe::poll {
namespace {

constexpr std::uint8_t kModeOfBlocks = 5;  // what stands behind its blocks is plain
constexpr std::size_t kBlock = 16;

}  // namespace

// Old meters have anything in the field that says whether they cipher: what does not fit mode 5 is
// read as plain.
bool more_follows(std::uint8_t ci, Bytes data) {
  const auto header = wired::parse_header(ci, data);
  if (!header) return false;
  const std::size_t plain_from = header->size + header->blocks() * kBlock;
  if (header->mode() == kModeOfBlocks && plain_from <= data.size()) {
    wired::Telegram rest;
    rest.header = *header;
    return wired::parse_records(data, plain_from, rest) && rest.more;
  }
  const auto telegram = wired::parse_telegram(ci, data);
  return telegram && telegram->more;
}

}  // namespace meterpipe::poll
