// From the messages of wired M-Bus meters to readings: several telegrams (DIF 1F) make one, a meter
// is told from another by manufacturer, id, version and medium.
//
// A reading is given with its last telegram. One that says that others follow, and none does, is
// given with the next message of its source that is no part of it, or at the end: `unfinished`.
//
// The access number counts the telegrams. Meters whose number stays as it is: what comes soon and
// has other records than those before it goes on, what has the same ones begins anew.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apdu/security.hpp"
#include "cosem/obis.hpp"
#include "readings/profile.hpp"
#include "record/records.hpp"
#include "wired/records.hpp"

namespace meterpipe::decode {

struct WiredReading {
  std::string ts, src;  // of the first telegram
  std::string id, meter;
  std::string time;  // ISO 8601, without an offset; or empty
  apdu::Auth auth = apdu::Auth::plain;
  wired::Header header;  // of the first telegram
  std::size_t telegrams = 0;
  bool unfinished = false;
  bool repeated = false;                 // a telegram came twice
  std::vector<ByteVector> frames, data;  // what records refer to
  std::vector<wired::Record> records;
  std::vector<std::optional<cosem::Obis>> codes;             // of each record
  ByteVector maker;                                          // the makers' bytes behind 0F and 1F
  std::vector<std::pair<std::string, std::string>> unknown;  // keys to hand on, as JSON

  record::Head head() const { return {ts, src, std::nullopt}; }
};

class WiredMaker {
 public:
  using Give = std::function<void(WiredReading&)>;
  // `profiles`: what makers mean by their records; nullptr: those that are compiled in.
  explicit WiredMaker(Give give, readings::ProfileSet* profiles = nullptr)
      : give_(std::move(give)), profiles_(profiles) {}

  // What is wrong with it, or what the meter says is wrong.
  Result<void> push(const record::MbusMessage& message);
  // The end of all sources: what is unfinished is given.
  void finish();

 private:
  static constexpr std::size_t kMostHeld = 256, kMostMeters = 10'000, kMostTelegrams = 256;

  struct Held {
    WiredReading reading;
    std::string identity;
    std::string ts;                   // of its last telegram
    std::uint8_t next = 0;            // access number of the telegram that is due
    std::vector<std::size_t> begins;  // where the records of each telegram begin
  };

  static bool continues(const Held& held, const wired::Telegram& telegram, std::string_view ts);
  const readings::Profile* profile_of(const wired::Header& header);
  void complete(WiredReading& reading);
  void end(std::list<Held>::iterator held);

  Give give_;
  readings::ProfileSet own_profiles_;
  readings::ProfileSet* profiles_;
  std::list<Held> held_;
  // Of a source, the last telegram of a reading of several, until another one comes: who asked may
  // not have heard it, and ask again.
  std::map<std::string, ByteVector, std::less<>> last_;
  // The first meter with an id has it for its name.
  std::unordered_map<std::string, std::string> owners_;
};

}  // namespace meterpipe::decode
