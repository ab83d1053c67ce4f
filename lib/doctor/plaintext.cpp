#include "doctor/plaintext.hpp"

#include <algorithm>

#include "apdu/ciphered.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "axdr/tree.hpp"
#include "axdr/types.hpp"
#include "base/ascii.hpp"
#include "cosem/clock.hpp"

namespace meterpipe::doctor {
namespace {

// A telegram without its head: random bytes are text to 38 %.
bool is_text(Bytes plain) {
  if (plain.size() < 32) return false;
  const auto text = std::ranges::count_if(plain, [](std::uint8_t c) {
    return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
  });
  return static_cast<std::size_t>(text) * 20 >= plain.size() * 19;
}

// 0F and C2: what stands in front of the body, so that a wrong key passes once in 65,000 times.
bool begins_as_push(Bytes plain) {
  const auto header = apdu::parse_header(plain);
  if (!header || header->body >= plain.size()) return false;
  if (!header->date_time.empty()) return cosem::is_clock(header->date_time);
  return !header->has_descriptor || header->descriptor.name[5] == 0xff;
}

// Of get-request, set-request and get-response that are no whole ones.
bool begins_as_service(Bytes plain) {
  if (plain.size() < 6 || plain[1] < 1 || plain[1] > 3) return false;
  switch (plain[0]) {
    case 0xc0:
    case 0xc1:  // a class below 256
      return plain[3] == 0;
    case 0xc4: return plain[3] == 0 && axdr::find_type(plain[4]) != nullptr;
    default: return false;
  }
}

bool begins_as_ciphering(Bytes plain) {
  return plain.size() > 16 &&
         (plain[0] == apdu::kGeneralGloCiphering || plain[0] == apdu::kGeneralDedCiphering) &&
         plain[1] == apdu::kTitleLength &&
         std::all_of(plain.begin() + 2, plain.begin() + 5, is_letter_or_digit);
}

}  // namespace

Sense sense_of(Bytes plain) {
  if (plain.empty()) return Sense::none;
  if (apdu::makes_sense(plain)) return Sense::whole;
  const bool begins = begins_as_push(plain) || apdu::begins_as_telegram(plain) ||
                      begins_as_service(plain) || begins_as_ciphering(plain) || is_text(plain);
  return begins ? Sense::begins : Sense::none;
}

// Measured on random bytes of 6 to 200, where one in 70,000 is whole at worst (a tag and one length
// byte), and one in 4,000,000 a push of one value; each further node's tag is one of 20.
std::size_t proof_of(Bytes plain) {
  constexpr std::size_t kAtLeast = 15, kPush = 16, kResponse = 20, kNode = 4;
  if (apdu::begins_as_telegram(plain)) return std::max(kAtLeast, plain.size());
  axdr::Nodes nodes;
  if (apdu::parse_notification(plain, nodes)) return kPush + kNode * nodes.size();
  // get-response-normal with data
  const bool response = plain.size() > 4 && plain[0] == 0xc4 && plain[1] == 1 && plain[3] == 0;
  if (response && axdr::parse_all(plain, 4, nodes)) return kResponse + kNode * nodes.size();
  return kAtLeast;
}

bool may_begin(Bytes first) {
  if (first.size() < 6) return !first.empty();
  switch (first[0]) {
    case apdu::kDataNotification: return first[5] == 0 || first[5] == 0x0c || first[5] == 0x09;
    case apdu::kEventNotification: return first[1] <= 1;
    case '/': return apdu::begins_as_telegram(first);
    default: return apdu::find_apdu_tag(first[0]) != nullptr;
  }
}

}  // namespace meterpipe::doctor
