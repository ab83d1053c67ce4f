// Any record as it is, one message each, never retained: in place of the Publisher.
//
//   {"v":1,"t":"apdu","src":"ttyUSB0",…}  ->  meterpipe/ttyUSB0/raw/apdu
//
// A reading goes to its meter, any other record to the meter with its system title, else to the
// title, which is in the APDU before it is deciphered, an M-Bus answer to its identification
// number, what has none of them to its source.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "flow/stage.hpp"
#include "mqtt/message.hpp"
#include "shape/topics.hpp"

namespace meterpipe::flow {

class RawPublisher : public Stage {
 public:
  // as_read: all in the order in which they were read, but for what is sent again after a lost
  // connection. of_meter: of each meter one record is on its way at a time, so that what is sent
  // again follows nothing newer of it.
  enum class Order : std::uint8_t { as_read, of_meter };

  // topic: of {meter}, {src} and {type}.
  RawPublisher(shape::TopicTemplate topic, Order order, mqtt::Outlet& outlet)
      : topic_(std::move(topic)), order_(order), outlet_(outlet) {}

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
  Order order_;
  mqtt::Outlet& outlet_;
};

}  // namespace meterpipe::flow
