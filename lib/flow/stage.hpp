// What a record passes through before it is published, one stage after another:
//
//   Intake -> MeterNames -> Plausibility -> Schedule -> ChangeFilter -> Publisher -> Outlet
//
// Each does one thing to a reading (refuses it, holds it back, puts it on topics) and hands it on.
// MeterNames looks the meter up; the others find what they keep of it by that. Who only wants to
// know what became of a reading is an Observer (observer.hpp). Stages are pure but for the
// Publisher's Outlet: what a stage decides follows from the records, so a replay decides the same.
#pragma once

#include <string_view>

#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "state/meters.hpp"

namespace meterpipe::flow {

class Stage {
 public:
  virtual ~Stage() = default;
  // reading.meter is the name of `meter`. A stage may change the reading for those behind it. Views
  // are good for the duration of the call.
  virtual void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) = 0;
  // meter: whose it is, as far as that is known; else one named by the title or the source.
  virtual void error(record::Line& line, state::Meter& meter) = 0;
  // A reading that is not to be believed; `reason` is for people.
  virtual void refused(record::Line& line, const record::ReadingRecord& reading,
                       state::Meter& meter, std::string_view reason) = 0;
  // The input has ended: what is held back comes now.
  virtual void end() = 0;
};

// Hands all on; for stages that care for one kind only.
class PassingStage : public Stage {
 public:
  explicit PassingStage(Stage& next) : next_(next) {}
  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override {
    next_.reading(line, reading, meter);
  }
  void error(record::Line& line, state::Meter& meter) override { next_.error(line, meter); }
  void refused(record::Line& line, const record::ReadingRecord& reading, state::Meter& meter,
               std::string_view reason) override {
    next_.refused(line, reading, meter, reason);
  }
  void end() override { next_.end(); }

 protected:
  Stage& next() { return next_; }

 private:
  Stage& next_;
};

}  // namespace meterpipe::flow
