// The time by which a reading is judged (schedules, gaps, staleness): `ts`, else the reading's own
// time, else none. A meter's time without an offset is local time of this process, as base/zone.hpp
// says.
#pragma once

#include <optional>

#include "base/time.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::flow {

std::optional<Micros> time_of(const record::ReadingRecord& reading);
// The meter's own.
std::optional<Micros> meter_time_of(const record::ReadingRecord& reading);
// `ts`, else the meter's time where it has an offset: for what must not hang on a zone.
std::optional<Micros> sure_time_of(const record::ReadingRecord& reading);

// The meter's time is of that hour, and nothing says which of the two.
bool stands_for_two_times(const record::ReadingRecord& reading);

}  // namespace meterpipe::flow
