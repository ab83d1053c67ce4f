// What became of the APDUs: ciphering headers and keys (cipher_evidence.hpp), plaintexts, layouts
// (layout_evidence.hpp), times (clock_evidence.hpp) and counters (sequence_evidence.hpp). A message
// is looked at when it comes; of those that fail a few are kept for a closer look.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "apdu/open.hpp"
#include "decode/reading_maker.hpp"
#include "doctor/finding.hpp"
#include "keys/keys.hpp"
#include "readings/profile.hpp"
#include "record/records.hpp"

namespace meterpipe::doctor {

struct MessageSettings {
  const keys::KeyRing* keys = nullptr;  // never nullptr; may be empty
  apdu::AuthMode auth = apdu::AuthMode::check;
  apdu::Title title;              // of meters that send none
  std::string unreadable_keys{};  // why the key file could not be read; or empty
};

class MessageEvidence {
 public:
  MessageEvidence(const MessageSettings& settings, readings::ProfileSet profiles);
  ~MessageEvidence();

  // An APDU as it came off the line (or deciphered before: record.security is set). head.ts is when
  // it came, where that is known.
  void apdu(const record::ApduRecord& record);
  // An error record of a later tool in the input, by its code.
  void error(std::string_view by, std::string_view code);
  std::uint64_t messages() const;

  // To be asked once, in this order, when all is in. A layer that nothing reached is not_reached.
  Finding judge_cipher();
  Finding judge_key();
  Finding judge_apdu();
  Finding judge_layout();
  Finding judge_clock();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace meterpipe::doctor
