// A `reading` record read back from its line: what obis-mqtt and other readers of readings need.
// Numbers stay the JSON text that they were: no digit is lost. Views belong to the Line.
//
//   {"v":1,"t":"reading","ts":…,"src":…,"id":"4b464d1020039534:1234","meter":"1KFM0200234804",
//    "time":"2026-11-22T18:00:00+01:00","invoke":1571480,"auth":"none","layout":"nested",
//    "values":[{"obis":"1-0:32.7.0","name":"Voltage L1","value":232.1,"unit":"V",…},{"pos":34,…}]}
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "record/line.hpp"

namespace meterpipe::record {

struct ReadingValue {
  // "1-0:32.7.0"; of a wired M-Bus meter's value without a code its key, "0c78"; or empty: known by
  // place only.
  std::string_view obis;
  std::string_view pos;     // its place, where there is no obis
  std::string_view name;    // or empty
  std::string_view value;   // JSON text of any type, quotes and all; empty: no value
  std::string_view hex;     // digits, of an octet-string that is no text; or empty
  std::string_view text;    // what the digits of `value` say, of a telegram; or empty
  std::string_view unit;    // or empty
  std::string_view type;    // or empty
  std::string_view scaler;  // digits: value = raw * 10^scaler; or empty
  std::string_view attr;    // digits: which attribute of the object, where an object list says so
  std::string_view at;      // ISO 8601: when the value was taken, where the meter says so; or empty
  std::string_view at_raw;  // the same as a P1 telegram sent it, with S or W; or empty
  bool unchanged =
      false;  // it is as it was published: no message of its own (set by whoever knows)
};

struct ReadingRecord {
  Head head;
  std::string_view id;     // "title:counter", or of the APDU's hash
  std::string_view meter;  // or empty
  std::string_view time;   // ISO 8601, with an offset only where the meter gave one
  std::string_view auth;   // verified | unverified | none | plain | unknown
  bool replayed = false;   // its counter was there before
  std::string_view layout;
  std::string_view invoke;  // digits of the long-invoke-id's number, or empty
  std::uint64_t shape = 0;  // shape_of() all of it, where it is known
  std::vector<ReadingValue> values;
  // When the next one came, of a reading that was held back until then (set by whoever did).
  std::optional<Micros> held_until;

  // The meter's system title, 16 hex digits, as far as `id` tells it; else empty.
  std::string_view title() const;
  // Who the meter is: its title; of a wired M-Bus meter manufacturer, id, version and medium,
  // "kam-12345678-27-heat", since two meters may share an id; empty for one that says none.
  std::string_view identity() const;
};

// What stands beside the number: code or place, unit, type, scaler, attribute. Never 0.
std::uint64_t shape_of(const ReadingValue& value);
// Of all values in their order.
std::uint64_t shape_of(const ReadingRecord& record);

// The keys it does not know are left alone. A record without `values` is an error.
Result<void> read(Line& line, ReadingRecord& record);

}  // namespace meterpipe::record
