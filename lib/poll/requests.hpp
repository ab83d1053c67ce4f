// All that is ever sent to a bus (EN 13757-2, 5.7; -3, 11 and 12):
//
//   10 40 A CS 16                            SND_NKE: begin anew; to FD: deselect
//   10 7B A CS 16, 10 5B A CS 16             REQ_UD2: give data, with FCB 1 or 0
//   68 0B 0B 68 73 FD 52 ID MAN VER MED CS 16    select by secondary address
//   68 06 06 68 53 A 51 01 7A NEW CS 16      set the primary address (--set-address alone)
#pragma once

#include "base/bytes.hpp"
#include "poll/address.hpp"

namespace meterpipe::poll {

ByteVector begin_anew(std::uint8_t address);
ByteVector give_data(std::uint8_t address, bool fcb);
ByteVector select_meter(const SecondaryAddress& address);
ByteVector set_primary(std::uint8_t address, std::uint8_t primary);

}  // namespace meterpipe::poll
