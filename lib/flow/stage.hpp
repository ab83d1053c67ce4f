// What a record passes through before it is published, one stage after another:
//
//   Intake -> MeterNames -> HomeAssistant -> Plausibility -> Schedule -> ChangeFilter
//     -> Publisher -> Outlet
//
// Each does one thing to a reading (names its meter, counts it, refuses it, holds it back, puts it
// on topics) and hands it on. Stages are pure but for the Publisher's Outlet: what a stage decides
// follows from the records, so a replay decides the same.
#pragma once

#include <string_view>

#include "record/line.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::flow {

class Stage {
 public:
  virtual ~Stage() = default;
  // reading.meter is never empty behind MeterNames. Views are good for the duration of the call.
  virtual void reading(record::Line& line, const record::ReadingRecord& reading) = 0;
  // meter: whose it is, as far as that is known; else the title or the source.
  virtual void error(record::Line& line, std::string_view meter) = 0;
  // A reading that is not to be believed; `reason` is for people.
  virtual void refused(record::Line& line, const record::ReadingRecord& reading,
                       std::string_view reason) = 0;
  // A refused one that does no harm: another source had brought the same message already.
  virtual void duplicate(record::Line& line, const record::ReadingRecord& reading,
                         std::string_view reason) {
    refused(line, reading, reason);
  }
  // The input has ended: what is held back comes now.
  virtual void end() = 0;
};

// Hands all on; for stages that care for one kind only.
class PassingStage : public Stage {
 public:
  explicit PassingStage(Stage& next) : next_(next) {}
  void reading(record::Line& line, const record::ReadingRecord& reading) override {
    next_.reading(line, reading);
  }
  void error(record::Line& line, std::string_view meter) override { next_.error(line, meter); }
  void refused(record::Line& line, const record::ReadingRecord& reading,
               std::string_view reason) override {
    next_.refused(line, reading, reason);
  }
  void duplicate(record::Line& line, const record::ReadingRecord& reading,
                 std::string_view reason) override {
    next_.duplicate(line, reading, reason);
  }
  void end() override { next_.end(); }

 protected:
  Stage& next() { return next_; }

 private:
  Stage& next_;
};

}  // namespace meterpipe::flow
