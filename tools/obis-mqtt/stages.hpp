// The stages that a record passes through (lib/publish/stage.hpp), as the options ask for them.
#pragma once

#include <optional>
#include <vector>

#include "home_assistant/home_assistant.hpp"
#include "obis-mqtt/arguments.hpp"
#include "publish/change_filter.hpp"
#include "publish/intake.hpp"
#include "publish/meter_names.hpp"
#include "publish/meter_stats.hpp"
#include "publish/plausibility.hpp"
#include "publish/publisher.hpp"
#include "publish/raw_publisher.hpp"
#include "publish/schedule.hpp"

namespace meterpipe::tool {

class Stages {
 public:
  Stages(const Arguments& given, mqtt::Outlet& outlet);

  publish::Stage& first() { return *names_; }
  // With --raw, what is no reading takes another way.
  void wire(publish::Intake& intake);
  // nullptr: nothing is described to it, nobody watches over the meters.
  home::HomeAssistant* home_assistant() { return home_assistant_ ? &*home_assistant_ : nullptr; }
  publish::MeterStats& meter_stats() { return *meter_stats_; }
  // What must outlive the process.
  const std::vector<publish::Persistent*>& persistent() const { return persistent_; }

 private:
  template <class Kind, class... Settings>
  publish::Stage* chain(std::optional<Kind>& stage, publish::Stage* next, Settings&&... settings) {
    Kind& made = stage.emplace(*next, std::forward<Settings>(settings)...);
    persistent_.push_back(&made);
    return &made;
  }

  std::vector<publish::Persistent*> persistent_;
  mqtt::NoOutlet nowhere_;
  publish::Publisher publisher_;
  std::optional<publish::ChangeFilter> changes_;
  std::optional<publish::Schedule> schedule_;
  std::optional<publish::MeterStats> meter_stats_;
  std::optional<publish::Plausibility> check_;
  std::optional<home::RefusalWatch> refusals_;
  std::optional<home::HomeAssistant> home_assistant_;
  std::optional<publish::RawPublisher> raw_;
  std::optional<publish::MeterNames> names_;
};

}  // namespace meterpipe::tool
