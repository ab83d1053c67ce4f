#include "poll/more_follows.hpp"

#include "wired/records.hpp"

namespace meterpipe::poll {
namespace {

constexpr std::uint8_t kModeOfBlocks = 5;  // what stands behind its blocks is plain
constexpr std::size_t kBlock = 16;

// Of few records it would be chance.
bool has_moved_on(const std::vector<wired::Record>& records,
                  const std::vector<wired::Record>& before) {
  constexpr std::size_t kFew = 3;
  if (records.size() < kFew || records.size() != before.size()) return false;
  std::size_t unchanged = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!same(records[i].dib, before[i].dib) || !same(records[i].vib, before[i].vib)) return false;
    unchanged += same(records[i].data, before[i].data) ? 1 : 0;
  }
  return 2 * unchanged > records.size();
}

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

bool is_again(std::uint8_t ci, Bytes data, std::uint8_t ci_before, Bytes before) {
  const auto header = wired::parse_header(ci, data);
  if (ci != ci_before || !header || data.size() != before.size()) return false;
  std::size_t others = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool is_access = header->has_access() && i == header->access_at;
    others += data[i] != before[i] && !is_access ? 1 : 0;
  }
  if (others == 0) return true;
  const auto telegram = wired::parse_telegram(ci, data);
  const auto earlier = wired::parse_telegram(ci, before);
  return telegram && earlier && has_moved_on(telegram->records, earlier->records);
}

}  // namespace meterpipe::poll
