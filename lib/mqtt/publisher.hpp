// From records to messages: which topics, which payloads, retained or not. The last stage.
//
//   reading -> the whole record, then one message per value, in the meter's order
//              (values marked unchanged have none)
//   error   -> one message, never retained
//   refused -> one message on the quarantine topic, never retained
//
// The record goes first: whoever takes it has all values in one, and does not wait for the others.
// Two values of one reading never share a topic: the second gets its code as a further level, then
// a number.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "mqtt/message.hpp"
#include "mqtt/published.hpp"
#include "mqtt/stage.hpp"
#include "mqtt/topics.hpp"
#include "record/timestamp.hpp"

namespace meterpipe::mqtt {

struct PublishPlan {
  std::optional<TopicTemplate> value_topic;  // none: no message per value
  std::optional<TopicTemplate> json_topic;   // none: no whole records
  TopicTemplate error_topic;
  TopicTemplate quarantine_topic;
  bool retain = true;      // values and whole records
  bool allow_old = false;  // retain what is older than kOld, too
};

class Publisher : public Stage {
 public:
  static constexpr record::Micros kOld = 3600LL * 1'000'000;

  // clock: the wall clock, which is asked for a reading's age only.
  Publisher(PublishPlan plan, Outlet& outlet, std::function<record::Micros()> clock);

  void reading(record::Line& line, const record::ReadingRecord& reading) override;
  void error(record::Line& line, std::string_view meter) override;
  void refused(record::Line& line, const record::ReadingRecord& reading,
               std::string_view reason) override;
  void end() override {}

  void set_listener(PublishListener* listener) { listener_ = listener; }

 private:
  bool is_old(const record::ReadingRecord& record);
  void look_for_shared_topics(std::string_view meter);
  void make_unique(std::string& topic, const TopicParts& parts);

  PublishPlan plan_;
  Outlet& outlet_;
  std::function<record::Micros()> clock_;
  PublishListener* listener_ = nullptr;
  std::unordered_set<std::string> used_;  // topics of the present reading
  std::vector<PublishedValue> published_;
  std::string only_meter_;
  std::string topic_, payload_;
  bool said_old_ = false, said_ageless_ = false, said_shared_ = false;
};

}  // namespace meterpipe::mqtt
