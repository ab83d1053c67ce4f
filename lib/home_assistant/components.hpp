// From one published value to its entity, and from a reading to what its meter is.
#pragma once

#include <cstdint>
#include <optional>

#include <string>
#include "flow/published.hpp"
#include "home_assistant/discovery.hpp"

namespace meterpipe::home {

// How times stand in the payloads of values.
enum class TimeForm : std::uint8_t {
  as_meter,       // ISO 8601, an offset only where the meter gives one
  with_zone,      // ISO 8601 or RFC 3339, always with an offset or Z
  without_zone,   // no offset, whatever the meter gives
  epoch_seconds,  // since 1970, UTC
  epoch_ms,
};

// Nothing where there is nothing to show: no topic to read it from, or no value yet (null).
std::optional<Component> make_component(TimeForm form, const flow::PublishedReading& reading,
                                        const flow::PublishedValue& value);

// When the value of a sub-meter was read: gas and water send theirs once an hour, or not for days.
// Nothing where the record does not say so, or is not published as it is.
std::optional<Component> make_reading_time(const flow::PublishedReading& reading,
                                           const flow::PublishedValue& value);
// Its Component::source, for a value that may have one.
bool may_have_reading_time(const flow::PublishedValue& value);
std::string reading_time_source(const flow::PublishedValue& value);

// Home Assistant takes it for a number: it has a unit or a class. Of each message that says
// something else it logs an error.
bool is_numeric(const Component& component);

// What the broker's message says in place of a value that is null, for Home Assistant: a number is
// unknown then, a text empty. False: it reads that as it is.
bool reads_null(Component& component);
bool has_read_null(const Component& component);
// The same of a number in whose place there is a text at times, 1.8.0((ER11)): unknown then.
bool reads_text(Component& component);
bool has_read_text(const Component& component);

// What the reading says of its meter: fills what is empty, true if there was something.
bool describe(const record::ReadingRecord& reading, Device& device);

}  // namespace meterpipe::home
