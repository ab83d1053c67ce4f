// From records to messages: which topics, which payloads, retained or not.
//
//   reading -> the whole record, then one message per value, in the meter's order
//   error   -> one message, never retained
//
// The record goes first: whoever takes it has all values in one, and does not wait for the others.
// Two values of one reading never share a topic: the second gets its code as a further level, then
// a number. {meter} is the reading's meter, else its source, else "unknown"; an error has the meter
// that was seen with its system title, else the title, else its source.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "mqtt/message.hpp"
#include "mqtt/topics.hpp"
#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "record/timestamp.hpp"

namespace meterpipe::mqtt {

struct PublishPlan {
  std::optional<TopicTemplate> value_topic;  // none: no message per value
  std::optional<TopicTemplate> json_topic;   // none: no whole records
  TopicTemplate error_topic;
  bool retain = true;      // values and whole records
  bool allow_old = false;  // retain what is older than kOld, too
};

class Publisher {
 public:
  static constexpr record::Micros kOld = 3600LL * 1'000'000;

  // clock: the wall clock, which is asked for a reading's age only.
  Publisher(PublishPlan plan, Outlet& outlet, std::function<record::Micros()> clock);

  void reading(record::Line& line, const record::ReadingRecord& record);
  void error(record::Line& line);

 private:
  bool is_old(const record::ReadingRecord& record);
  void learn_meter(const record::ReadingRecord& record, std::string_view meter);
  void make_unique(std::string& topic, const TopicParts& parts);

  PublishPlan plan_;
  Outlet& outlet_;
  std::function<record::Micros()> clock_;
  std::map<std::string, std::string, std::less<>> meter_of_title_;
  std::unordered_set<std::string> used_;  // topics of the present reading
  std::string only_meter_;
  std::string topic_, payload_;
  bool said_old_ = false, said_ageless_ = false, said_shared_ = false;
};

}  // namespace meterpipe::mqtt
