// The stages that a record passes through (lib/flow/stage.hpp), and who watches, as the options ask
// for them.
#pragma once

#include <optional>
#include <vector>

#include "count/meter_stats.hpp"
#include "flow/change_filter.hpp"
#include "flow/intake.hpp"
#include "flow/meter_names.hpp"
#include "flow/publisher.hpp"
#include "flow/raw_publisher.hpp"
#include "flow/schedule.hpp"
#include "home_assistant/home_assistant.hpp"
#include "judge/plausibility.hpp"
#include "obis-mqtt/arguments.hpp"

namespace meterpipe::tool {

class Stages {
 public:
  Stages(const Arguments& given, mqtt::Outlet& outlet);

  flow::MeterNames& first() { return *names_; }
  // With --raw, what is no reading takes another way.
  void wire(flow::Intake& intake);
  // nullptr: nothing is described to it, nobody watches over the meters.
  home::HomeAssistant* home_assistant() { return home_assistant_ ? &*home_assistant_ : nullptr; }
  count::MeterStats& meter_stats() { return meter_stats_; }
  // The last word of a run.
  void say_forgotten() const { names_->say_forgotten(); }
  // What must outlive the process.
  const std::vector<state::Persistent*>& persistent() const { return persistent_; }

 private:
  template <class Kind>
  Kind* keep(Kind& made) {
    persistent_.push_back(&made);
    return &made;
  }

  state::Meters meters_;
  flow::Observers observers_;
  std::vector<state::Persistent*> persistent_;
  mqtt::NoOutlet nowhere_;
  flow::Publisher publisher_;
  count::MeterStats meter_stats_;
  std::optional<flow::ChangeFilter> changes_;
  std::optional<flow::Schedule> schedule_;
  std::optional<judge::Plausibility> check_;
  std::optional<home::HomeAssistant> home_assistant_;
  std::optional<flow::RawPublisher> raw_;
  std::optional<flow::MeterNames> names_;
};

}  // namespace meterpipe::tool
