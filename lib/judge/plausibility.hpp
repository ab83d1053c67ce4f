// Whether a reading is to be believed, before it reaches any topic of state: one spike, and the
// energy of a year is wrong on a dashboard.
//
//   good:     goes on
//   refused:  to `refused` of the next stage, with all that is wrong with it in one text
//
// What is wrong with a reading by itself (judged in baseline.hpp) is never accepted. What does not
// fit the readings before it may be a new beginning: another meter, a reset, a new key, a clock
// that was set. After `accept_after` such readings in a row that fit each other the newest is taken
// and becomes what the next ones are compared with. One that fits what was known before ends the
// row, if it says anything about what had failed: a meter with a long list every hour sends short
// ones in between, which vouch for nothing.
//
// A meter that two sources read (two boards on one output, a gateway and a cable) says all twice:
// what the other source has brought already is refused as a duplicate, which is said once.
#pragma once

#include <cstdint>
#include <string>

#include "flow/observer.hpp"
#include "flow/stage.hpp"
#include "judge/baseline.hpp"
#include "judge/check_state.hpp"
#include "judge/consistency.hpp"
#include "state/per_meter.hpp"
#include "state/persistent.hpp"

namespace meterpipe::judge {

class Plausibility : public flow::PassingStage, public state::Persistent {
 public:
  Plausibility(state::Meters& meters, flow::Stage& next, const flow::Observers& observers,
               PlausibilitySettings settings);
  void reading(record::Line& line, record::ReadingRecord& reading, state::Meter& meter) override;

  // Keys are check/METER.
  void save_changes(const Save& save) override;
  void restore(std::string_view key, std::string_view text) override;

 private:
  struct Known : CheckState {
    std::string src;          // where the last good one came from; not saved
    Consistency consistency;  // not saved
    // For the log alone.
    std::uint64_t refused = 0, since_said = 0;
    bool refusing = false, said = false, said_sources = false, said_unset = false;
  };
  struct Judgement {
    std::string reason;  // empty: to be believed
    bool new_beginning = false;
    bool duplicate = false;
  };

  Judgement judge_next(const std::string& name, Known& meter, std::string_view src);
  void check_ciphering(const std::string& name, Known& meter);
  void check_unset_clock(const Known& meter);
  bool is_duplicate(const Known& meter, std::string_view src, const Verdict& verdict) const;
  bool join_candidate(Known& meter, const Verdict& verdict);
  bool vouches_for(const Candidate& candidate) const;
  void say_refused(const std::string& name, Known& meter, std::string_view reason);
  void say_accepted(const std::string& name, Known& meter, bool new_beginning);
  static void say_sources(const std::string& name, Known& meter, std::string_view src);

  const flow::Observers& observers_;
  PlausibilitySettings settings_;
  state::SavedPerMeter<Known> meters_;
  JudgedValues known_;
  Sample sample_;
  bool said_timeless_ = false;
  std::uint64_t agreeing_ = 0;  // readings of the last new beginning
  std::string refused_for_;     // why its last one would have been refused
};

}  // namespace meterpipe::judge
