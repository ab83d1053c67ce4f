#include "poll/requests.hpp"

#include <algorithm>
#include <array>

namespace meterpipe::poll {
namespace {

std::uint8_t sum_of(Bytes bytes) {
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  return sum;
}

ByteVector short_request(std::uint8_t c, std::uint8_t a) {
  return {0x10, c, a, static_cast<std::uint8_t>(c + a), 0x16};
}

ByteVector long_request(Bytes fields) {
  const auto length = static_cast<std::uint8_t>(fields.size());
  ByteVector frame;
  for (const std::uint8_t byte : {std::uint8_t{0x68}, length, length, std::uint8_t{0x68}}) {
    frame.push_back(byte);
  }
  for (const std::uint8_t byte : fields) frame.push_back(byte);  // gcc 12 sees overruns in insert()
  frame.push_back(sum_of(fields));
  frame.push_back(0x16);
  return frame;
}

}  // namespace

ByteVector begin_anew(std::uint8_t address) { return short_request(0x40, address); }

ByteVector give_data(std::uint8_t address, bool fcb) {
  return short_request(fcb ? 0x7b : 0x5b, address);
}

ByteVector select_meter(const SecondaryAddress& address) {
  std::array<std::uint8_t, 11> fields{0x73, kSelected, 0x52};
  std::ranges::copy(address.bytes, fields.begin() + 3);
  return long_request(fields);
}

// FCB 0: the reading before it ended with FCB 1.
ByteVector set_primary(std::uint8_t address, std::uint8_t primary) {
  const std::array<std::uint8_t, 6> fields{0x53, address, 0x51, 0x01, 0x7a, primary};
  return long_request(fields);
}

}  // namespace meterpipe::poll
