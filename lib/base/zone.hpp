// The zone of this process, TZ or else /etc/localtime, and what a clock in it shows. The C library
// is asked one way only, from UTC to local time; the other way is found from that, so that an
// answer depends on the time that is asked about and on nothing that was asked before (mktime takes
// either of two times as its last call had it).
//
// Twice a year what a clock on the wall shows is not one time:
//
//   the hour that comes twice when summer time ends     the first of the two
//   the hour that is left out when summer time begins   by the offset from before it, as if the
//                                                       clock had not been put forward yet
//
// A P1 telegram that says S (summer) or W tells which of the two it is, and is believed. W while
// summer time is in force is of a clock that stays at winter time all the year, as those of P1
// ports in Sweden and Finland do; S in winter can be of none, and is not believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/timestamp.hpp"

namespace meterpipe {

// Seconds of local minus UTC at a time, in seconds since 1970-01-01T00:00:00Z.
std::int64_t zone_offset(std::int64_t utc);
// CEST; what is in force then.
std::string zone_abbreviation(std::int64_t utc);

// The times for which a clock shows this: one, or two with the first in front.
struct MeantTimes {
  std::int64_t first = 0;
  std::optional<std::int64_t> second;
};

// Of a clock of which `offset` says how far it is from UTC when, as zone_offset() does: less than
// 16 hours, and not changed twice within 32 hours. Seconds.
MeantTimes times_shown_as(std::int64_t shown, std::int64_t (*offset)(std::int64_t) = zone_offset);

// The time that is meant: by its offset, else in the zone of this process.
Micros utc_of(const WallTime& time);

// It has no offset, is of the hour that comes twice, and nothing says which one.
bool stands_for_two_times(const WallTime& time);

// Makes a zone of the zone database, Europe/Vienna, that of this process. To be called at its
// start, when no other thread may look at the environment.
void choose_zone(const std::string& name);
// Reads its file now, and not with the first time: then this program may open nothing any more.
void read_zone();

}  // namespace meterpipe
