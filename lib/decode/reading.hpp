// A decoded message, as the views write it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apdu/notification.hpp"
#include "apdu/payload.hpp"
#include "apdu/security.hpp"
#include "axdr/tree.hpp"
#include "readings/infer.hpp"
#include "record/line.hpp"
#include "record/records.hpp"

namespace meterpipe::decode {

// The quirk of a push's body that came without its head.
inline constexpr std::string_view kNoHead = "no-head";

// What an SML value has besides: the meter's status, and whether its sign may be wrong.
struct SmlExtra {
  std::optional<std::uint64_t> status;
  bool doubtful_sign = false;
};

// A message with all that is known of it. Views and pointers are borrowed.
struct DecodedMessage {
  record::Head head;
  std::string_view id, meter;
  std::string_view time;  // ISO 8601, or empty
  Bytes clock;            // the twelve bytes of the APDU that say it; of a telegram none
  bool doubtful_dst = false;
  bool doubtful_deviation = false;  // it is wrong, and nothing shows which one is right
  std::string_view quirk;           // what is against the book in the message and was put right
  bool no_head = false;             // the body of a push alone
  std::optional<std::uint32_t> invoke;
  apdu::Auth auth = apdu::Auth::unknown;
  bool replayed = false;                    // its counter was there before
  const apdu::Descriptor* event = nullptr;  // what an event-notification is about
  std::string_view layout;
  const cosem::Obis* list = nullptr;  // the list's own name
  std::string_view profile;           // that was applied
  std::string_view profile_refused;   // that fitted and contradicts the sums
  const readings::Inferred::Misfit* misfit = nullptr;
  std::span<const apdu::Failure> failures;  // results of a list that are no values
  bool doubtful = false;                    // descriptors stand by place: perhaps entries of a list
  std::string_view ident;                   // of a P1 telegram
  // On the record's time, or through a profile on its numbers: another message of its kind may be
  // read in another way.
  bool depends_on_more = false;
  Bytes apdu;                          // what the nodes refer to
  const axdr::Nodes* nodes = nullptr;  // none of a P1 telegram
  const std::vector<readings::Value>* values = nullptr;
  // Of an SML file: what each value has besides, the seconds that the meter has been running, and
  // the file as it came, where `apdu` is what was made of it.
  const std::vector<SmlExtra>* extras = nullptr;
  std::optional<std::uint32_t> running_s;
  Bytes sent;
  bool keep_apdu = false;
  const std::vector<json::Field>* unknown = nullptr;  // keys of the apdu record to hand on
};

}  // namespace meterpipe::decode
