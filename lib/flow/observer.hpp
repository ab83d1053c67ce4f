// Who hears what becomes of each record: stages decide, observers watch. An observer changes
// nothing of a record and holds nothing back; what it publishes itself stands beside the stages'
// messages.
//
//   reading -> arrived, then one of believed, refused, duplicate, then settled
//   error   -> error
//   the end of the input -> end
#pragma once

#include <string_view>
#include <vector>

#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "state/meters.hpp"

namespace meterpipe::flow {

class Observer {
 public:
  virtual ~Observer() = default;
  // A reading has come; no stage has seen it.
  virtual void arrived(const record::ReadingRecord&, state::Meter&) {}
  // It goes on to what publishes it, now or later.
  virtual void believed(const record::ReadingRecord&, state::Meter&) {}
  // It has been put on the quarantine topic; `reason` is for people. A duplicate does no harm.
  virtual void refused(const record::ReadingRecord&, state::Meter&, std::string_view /*reason*/) {}
  virtual void duplicate(const record::ReadingRecord&, state::Meter&) {}
  // All stages are done with it.
  virtual void settled(const record::ReadingRecord&, state::Meter&) {}
  // An error record, which has been put on its topic.
  virtual void error(record::Line&, state::Meter&) {}
  // What was held back has been published.
  virtual void end() {}
};

class Observers {
 public:
  void add(Observer& one) { all_.push_back(&one); }

  // tell(&Observer::arrived, reading, meter)
  template <class Heard, class... Args>
  void tell(Heard heard, Args&&... args) const {
    for (Observer* one : all_) (one->*heard)(args...);
  }

 private:
  std::vector<Observer*> all_;
};

}  // namespace meterpipe::flow
