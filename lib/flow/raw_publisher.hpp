// Any record as it is, one message each, never retained: in place of the Publisher.
//
//   {"v":1,"t":"apdu","src":"ttyUSB0",…}  ->  meterpipe/ttyUSB0/raw/apdu
//
// A reading goes to its meter, any other record to the meter with its system title, else to the
// title, an M-Bus answer to its identification number, what has none of them to its source.
#pragma once

#include <string_view>

#include "flow/stage.hpp"
#include "mqtt/message.hpp"
#include "shape/topics.hpp"

namespace meterpipe::flow {

class RawPublisher : public Stage {
 public:
  // topic: of {meter}, {src} and {type}.
  RawPublisher(shape::TopicTemplate topic, mqtt::Outlet& outlet)
      : topic_(std::move(topic)), outlet_(outlet) {}

  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override;
  void error(record::Line& line, state::Meter& meter) override;
  void refused(record::Line& line, const record::ReadingRecord& reading, state::Meter& meter,
               std::string_view reason) override;
  void end() override {}

  // A record of another type, or of a higher version. meter: as MeterNames::meter_of has it.
  void other(record::Line& line, std::string_view meter);

 private:
  void publish(record::Line& line, std::string_view meter, std::string_view id,
               std::string_view auth);

  shape::TopicTemplate topic_;
  mqtt::Outlet& outlet_;
};

}  // namespace meterpipe::flow
