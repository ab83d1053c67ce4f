// What stands in a message.
//
// Of a value:
//   plain   232.1                                   nothing around it
//   unit    232.1 V
//   json    {"value":232.1,"unit":"V","name":"Voltage L1","obis":"1-0:32.7.0","time":…,"ts":…,
//            "id":…,"auth":…}                       what is absent is left out
//
// Plain, by what the record has:
//   {"value":232.0}              232.0       all digits that the meter sent
//   {"value":"1KFM0200234804"}   1KFM0200234804
//   {"value":null}               null
//   {"value":{"a":[1]}}          {"a":[1]}   a structure stays JSON
//   {"hex":"00ff"}               00ff        bytes that are no text
//
// Of a whole reading, besides the record as it is: the array of smart-meter-mbus-dlms (every value
// a string, the date-time last, then the invoke-id), and InfluxDB's line protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/buffer.hpp"
#include "base/timestamp.hpp"
#include "record/reading_record.hpp"
#include "shape/shaped_values.hpp"

namespace meterpipe::shape {

enum class ValueFormat : std::uint8_t { plain, unit, json };
enum class JsonFormat : std::uint8_t { record, predecessor, influx };

// What a value's payload tells of its reading; `time` in the form asked for.
struct PayloadContext {
  const record::ReadingRecord& reading;
  std::string_view time;
  bool times_are_numbers = false;
};

void append_payload(Buffer& out, const ShapedValue& value, ValueFormat format,
                    const PayloadContext& context);

void append_predecessor_json(Buffer& out, const std::vector<ShapedValue>& values,
                             std::string_view invoke);

// One line; nothing where no value is left. field: the key of a value. Times are left out: the
// line has one of its own.
//
//   meter,meter=1KFM0200234804,src=ttyUSB0 1-0:1.8.0=1327456,0-0:96.1.0="…" 1668268440000000000
void append_influx_line(Buffer& out, const record::ReadingRecord& reading,
                        const std::vector<ShapedValue>& values,
                        const std::vector<std::string_view>& fields, std::optional<Micros> time);

}  // namespace meterpipe::shape
