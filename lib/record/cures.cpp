#include "record/cures.hpp"

#include <array>

#include "base/table.hpp"

namespace meterpipe::record {
namespace {

struct Cure {
  std::string_view code, text;
};

constexpr std::array kCures{
    Cure{"bad-apdu", "once: damaged bytes; always: keep the message and report it"},
    Cure{"bad-checksum", "often: check parity, baud rate, cable, and for a second reader"},
    Cure{"bad-fcs", "often: check parity, baud rate, cable, and for a second reader"},
    Cure{"bad-frame", "keep the message and report it"},
    Cure{"bad-line", "keep the telegram and report it"},
    Cure{"bad-record", "look at the line of the input that the text names"},
    Cure{"block-lost", "often: check the line, and that nobody else reads from the port"},
    Cure{"downgrade", "ask the operator whether the meter's ciphering was turned off"},
    Cure{"no-key",
         "put the meter's key in the key file of dlms-decrypt, or ask the operator for it"},
    Cure{"no-title", "give the meter's title with dlms-decrypt --system-title"},
    Cure{"no-values",
         "the message is of another kind; cosem-decode -o tree shows what one of DLMS says"},
    Cure{"noise", "always: check baud rate, adapter, and that the meter speaks DLMS or P1"},
    Cure{"not-authenticated", "give the authentication key (ak=), or see dlms-decrypt --auth"},
    Cure{"not-dlms",
         "check that mbus-frame is in the pipe, and what the meter sends: meter-doctor"},
    Cure{"overrun", "a program or the broker is too slow: see --stats of each"},
    Cure{"replayed", "was the meter reset? then dlms-decrypt --counter-forget"},
    Cure{"segment-lost", "often: check the line, and that nobody else reads from the port"},
    Cure{"tag-failed", "always: check the AK in the key file; is it swapped with the EK?"},
    Cure{"trailing-bytes", "keep the message and report it"},
    Cure{"truncated", "often: check the line, and that nobody else reads from the port"},
    Cure{"unsupported-cipher", "ask the operator for another security suite"},
    Cure{"wrong-key", "always: check the EK in the key file, its title and that it is not the AK"},
};
static_assert(ascends(kCures, &Cure::code));

}  // namespace

std::string_view cure_of(std::string_view code) {
  const Cure* const found = find_row(kCures, code, &Cure::code);
  return found == nullptr ? std::string_view() : found->text;
}

}  // namespace meterpipe::record
