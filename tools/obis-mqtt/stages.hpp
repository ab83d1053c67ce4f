// The stages that a record passes through (lib/publish/stage.hpp), as the options ask for them.
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

  flow::Stage& first() { return *names_; }
  // With --raw, what is no reading takes another way.
  void wire(flow::Intake& intake);
  // nullptr: nothing is described to it, nobody watches over the meters.
  home::HomeAssistant* home_assistant() { return home_assistant_ ? &*home_assistant_ : nullptr; }
  count::MeterStats& meter_stats() { return *meter_stats_; }
  // What must outlive the process.
  const std::vector<state::Persistent*>& persistent() const { return persistent_; }

 private:
  template <class Kind, class... Settings>
  flow::Stage* chain(std::optional<Kind>& stage, flow::Stage* next, Settings&&... settings) {
    Kind& made = stage.emplace(*next, std::forward<Settings>(settings)...);
    persistent_.push_back(&made);
    return &made;
  }

  std::vector<state::Persistent*> persistent_;
  mqtt::NoOutlet nowhere_;
  flow::Publisher publisher_;
  std::optional<flow::ChangeFilter> changes_;
  std::optional<flow::Schedule> schedule_;
  std::optional<count::MeterStats> meter_stats_;
  std::optional<judge::Plausibility> check_;
  std::optional<home::RefusalWatch> refusals_;
  std::optional<home::HomeAssistant> home_assistant_;
  std::optional<flow::RawPublisher> raw_;
  std::optional<flow::MeterNames> names_;
};

}  // namespace meterpipe::tool
