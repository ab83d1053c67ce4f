// What has been put on topics, for whoever describes them to others (Home Assistant).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/reading_record.hpp"
#include "state/meters.hpp"

namespace meterpipe::flow {

// One value as it is published: its unit and its name are those of the topic, not of the record
// (kWh where --energy says so). Without a message of its own its unit is the record's.
struct PublishedValue {
  enum class Kind : std::uint8_t { number, text, time };

  std::string topic;  // empty: it has no message of its own
  std::string key;    // what tells it apart in its reading: "1-0:1.8.0", "pos/34", "net"
  std::string name;   // for people; or empty
  std::string unit;   // or empty
  std::string obis;   // or empty
  Kind kind = Kind::text;
  int decimals = 0;       // of a number: digits behind the point, as the meter sent it
  bool has_unit = false;  // the payload is not a plain number: "229.2 V"
  bool is_json = false;   // the payload is {"value":…}
  bool is_null = false;   // there is no value this time
};

struct PublishedReading {
  state::Meter& meter;
  const record::ReadingRecord& record;
  const std::vector<PublishedValue>& values;  // in the order in which they are sent
  std::string_view json_topic;                // of the whole record, or empty
  bool json_is_record = true;                 // its payload is the record as it is
};

class PublishListener {
 public:
  virtual ~PublishListener() = default;
  virtual void published(const PublishedReading& reading) = 0;
};

}  // namespace meterpipe::flow
