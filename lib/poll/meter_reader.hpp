// Reads one meter: all telegrams of what it has to say.
//
//   primary     SND_NKE A        E5 or nothing      the FCB begins anew
//               REQ_UD2 A, 7B    RSP_UD             the first telegram
//               REQ_UD2 A, 5B    RSP_UD             the next one, as long as the last ended in 1F
//   secondary   SND_NKE FD, select, then the same with FD for A, then SND_NKE FD
//
// Without the first SND_NKE a meter goes on where another master stopped, or sends its last
// telegram again (libmbus #90, #105, #127, #180). So it is repeated, too, but for meters that are
// known to leave it without an answer. A request that gets no answer is repeated with the same FCB:
// a meter that answered, and was not heard, then sends the same telegram.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/error.hpp"
#include "poll/address.hpp"
#include "poll/bus.hpp"

namespace meterpipe::poll {

inline constexpr unsigned kMostTelegrams = 64;

struct MeterReading {
  std::optional<Error> error;  // why it ended before its end
  std::size_t stray = 0;       // bytes beside the answers, where none came
  ByteVector other;            // an answer from another address, where each request had one
  bool is_lost = false, is_stopped = false;
  bool is_noise = false;         // they are all that came
  bool is_acknowledged = false;  // it is there, and gave no data
  bool was_asked = false;        // for data: it counts as a reading of its battery
  unsigned telegrams = 0;
  std::optional<SecondaryAddress> identity;
  ByteVector last;  // telegram

  bool is_whole() const { return !error && !is_lost && !is_stopped; }
};

// What a failure says for people: "meter 5: no answer to 3 requests within 2000 ms each".
std::string text_of(const MeterAddress& address, const MeterReading& reading);

class MeterReader {
 public:
  explicit MeterReader(Bus& bus) : bus_(bus) {}

  // The bus is open at the meter's rate. Each telegram goes to `give` as it comes. `most`: where
  // one is enough.
  MeterReading read(const MeterAddress& address, const std::function<void(const Answer&)>& give,
                    unsigned most = kMostTelegrams);
  // For who goes on with a selected meter: read(), but it stays selected.
  MeterReading read_and_stay(const MeterAddress& address,
                             const std::function<void(const Answer&)>& give,
                             unsigned most = kMostTelegrams);
  void deselect();

 private:
  bool begin(const MeterAddress& address, MeterReading& reading);
  bool fails(const Answer& answer, MeterReading& reading) const;

  Bus& bus_;
  std::set<std::uint8_t> mute_;  // give data, and no E5 to SND_NKE
};

}  // namespace meterpipe::poll
