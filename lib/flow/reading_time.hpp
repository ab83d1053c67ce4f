// The time by which a reading is judged (schedules, gaps, staleness): `ts`, else the reading's own
// time, else none. A meter's time without an offset is taken as local time of this process (TZ); in
// the hour that comes twice when summer time ends, as the first of the two.
#pragma once

#include <optional>

#include "base/timestamp.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::flow {

std::optional<Micros> time_of(const record::ReadingRecord& reading);

// The meter's time is of that hour, and nothing says which of the two.
bool stands_for_two_times(const record::ReadingRecord& reading);

}  // namespace meterpipe::flow
