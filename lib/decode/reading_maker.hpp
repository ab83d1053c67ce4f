// From a plain APDU to a reading: layout, profile, clock, meter number, id. What it gives refers to
// its own memory and to the record, until the next one is made.
#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "apdu/notification.hpp"
#include "apdu/payload.hpp"
#include "axdr/tree.hpp"
#include "cosem/clock.hpp"
#include "decode/reading.hpp"
#include "decode/sml_reading.hpp"
#include "readings/infer.hpp"
#include "readings/p1.hpp"
#include "readings/profile.hpp"
#include "record/records.hpp"

namespace meterpipe::decode {

class ReadingMaker {
 public:
  // Of all values only those of these codes; empty: all.
  ReadingMaker(readings::ProfileSet profiles, std::vector<cosem::ObisPattern> only)
      : profiles_(std::move(profiles)), only_(std::move(only)) {}

  // A push, another service that carries values, or a P1 telegram. `record` must outlive the
  // reading.
  Result<DecodedMessage*> make(const record::ApduRecord& record, apdu::Auth auth);

  // The next reading of the same record: an SML file has one for each of its servers. Null: that
  // was all.
  DecodedMessage* next(const record::ApduRecord& record);

  // Of the message that was made last:
  const readings::Choice& choice() const { return choice_; }
  const std::vector<readings::P1BadLine>& bad_lines() const { return p1_.bad; }

  // For messages without names: a profile to fill in; empty where one fits, where the shape has
  // been seen before, or where there is none.
  Result<std::string> suggest(const record::ApduRecord& record);

 private:
  Result<void> read_body(Bytes apdu);
  Result<DecodedMessage*> make_p1(const record::ApduRecord& record, DecodedMessage& reading);
  DecodedMessage* make_sml(const record::ApduRecord& record, SmlReading& sml);
  readings::Message message(const record::ApduRecord& record) const {
    return {nodes_, record.bytes, inferred_, header_.tagged_time};
  }
  std::optional<cosem::Clock> clock_of(const record::ApduRecord& record, DecodedMessage& reading);
  void correct_deviation(const record::ApduRecord& record, cosem::Clock& clock,
                         DecodedMessage& reading);
  void set_meter(const record::ApduRecord& record);
  void begin(const record::ApduRecord& record, apdu::Auth auth);
  void set_id(const record::ApduRecord& record, bool has_time);
  void keep_wanted(std::vector<readings::Value>& values) const;

  readings::ProfileSet profiles_;
  std::vector<cosem::ObisPattern> only_;
  axdr::Nodes nodes_;
  apdu::Notification header_;
  bool no_head_ = false;  // of the body at hand
  readings::Inferred inferred_;
  std::vector<apdu::Failure> failures_;
  readings::P1Telegram p1_;
  std::vector<SmlReading> sml_;  // of each server in an SML file
  std::size_t next_sml_ = 0;
  readings::Choice choice_;
  DecodedMessage reading_;
  std::array<char, cosem::kIsoChars> time_{};
  std::string meter_, id_;
  std::set<std::string> shapes_;  // suggested already
};

}  // namespace meterpipe::decode
