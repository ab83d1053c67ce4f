// From records to messages: which topics, which payloads, retained or not. The last stage.
//
//   reading -> the whole record, then one message per value, in the meter's order, the date-time
//              last (values marked unchanged have none)
//   error   -> one message, never retained
//   refused -> one message on the quarantine topic, never retained
//
// The record goes first: whoever takes it has all values in one, and does not wait for the others.
// Whoever waits for the date-time has all values that belong to it. Two values never share a topic
// (topic_book.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "base/timestamp.hpp"
#include "flow/published.hpp"
#include "flow/stage.hpp"
#include "mqtt/message.hpp"
#include "shape/payloads.hpp"
#include "shape/shaped_values.hpp"
#include "shape/topic_book.hpp"
#include "shape/topics.hpp"
#include "state/persistent.hpp"

namespace meterpipe::flow {

struct PublishPlan {
  std::optional<shape::TopicTemplate> value_topic;  // none: no message per value
  std::optional<shape::TopicTemplate> json_topic;   // none: no whole readings
  shape::TopicTemplate error_topic;
  shape::TopicTemplate quarantine_topic;
  bool retain = true;      // values and whole readings
  bool allow_old = false;  // retain what is older than kOld, too
  // The whole reading again for who wants those that were late: it takes the place of a batch that
  // a newer one has overtaken. None: no such message.
  std::optional<shape::TopicTemplate> history_topic = std::nullopt;
  std::optional<shape::TopicTemplate> stats_topic =
      std::nullopt;  // of whoever counts (meter_stats.hpp)
  shape::ValueFormat value_format = shape::ValueFormat::plain;
  shape::JsonFormat json_format = shape::JsonFormat::record;
  bool json_last = false;  // the whole reading behind its values
  // Keys of values in line protocol.
  std::optional<shape::TopicTemplate> field = std::nullopt;
  shape::ShapeRules shape = {};
  std::string naming = {};  // all that makes topics, as a text: topics kept from another are void
};

class Publisher : public Stage, public state::Persistent {
 public:
  static constexpr Micros kOld = kHour;

  // clock: the wall clock, which is asked for a reading's age only.
  Publisher(state::Meters& meters, PublishPlan plan, mqtt::Outlet& outlet,
            std::function<Micros()> clock);

  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override;
  void error(record::Line& line, state::Meter& meter) override;
  void refused(record::Line& line, const record::ReadingRecord& reading, state::Meter& meter,
               std::string_view reason) override;
  void end() override {}

  // The topics that were made of names, and the keys.
  void save_changes(const Save& save) override {
    if (topics_) topics_->save_changes(plan_.naming, save);
  }
  void restore(std::string_view key, std::string_view text) override {
    if (topics_) topics_->restore(key, text, plan_.naming);
  }

  void set_listener(PublishListener* listener) { listener_ = listener; }

 private:
  bool is_old(const record::ReadingRecord& record);
  void look_for_shared_topics(std::string_view meter);
  // The payload of the whole reading; empty: nothing to say.
  std::string_view whole_reading(record::Line& line, const record::ReadingRecord& reading,
                                 const state::Meter& meter);
  void add_values(mqtt::Batch& batch, const record::ReadingRecord& reading,
                  const state::Meter& meter, const shape::TopicParts& parts, bool retain);
  const std::vector<const shape::TopicBook::Entry*>& assign(shape::TopicBook& book,
                                                            const state::Meter& meter,
                                                            const shape::TopicParts& parts);
  void tell_listener(const record::ReadingRecord& reading, state::Meter& meter,
                     std::string_view json_topic);

  PublishPlan plan_;
  mqtt::Outlet& outlet_;
  std::function<Micros()> clock_;
  PublishListener* listener_ = nullptr;
  shape::ValueShaper shaper_;
  std::optional<shape::TopicBook> topics_;
  shape::TopicBook fields_;  // keys of values, in line protocol and for the listener
  const std::vector<shape::ShapedValue>* values_ = nullptr;  // of the present reading
  std::vector<shape::TopicBook::Value> identities_;
  std::vector<PublishedValue> published_;
  std::string only_meter_;
  Buffer payload_, whole_;
  bool said_old_ = false, said_ageless_ = false, said_shared_ = false;
};

}  // namespace meterpipe::flow
