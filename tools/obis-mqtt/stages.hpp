// The stages that a record passes through (lib/mqtt/stage.hpp), as the options ask for them.
#pragma once

#include <optional>
#include <vector>

#include "mqtt/change_filter.hpp"
#include "mqtt/home_assistant.hpp"
#include "mqtt/intake.hpp"
#include "mqtt/meter_names.hpp"
#include "mqtt/plausibility.hpp"
#include "mqtt/publisher.hpp"
#include "mqtt/raw_publisher.hpp"
#include "mqtt/schedule.hpp"
#include "obis-mqtt/arguments.hpp"

namespace meterpipe::tool {

class Stages {
 public:
  Stages(const Arguments& given, mqtt::Outlet& outlet);

  mqtt::Stage& first() { return *names_; }
  // With --raw, what is no reading takes another way.
  void wire(mqtt::Intake& intake);
  // nullptr: nothing is described to it, nobody watches over the meters.
  mqtt::HomeAssistant* home_assistant() { return home_assistant_ ? &*home_assistant_ : nullptr; }
  // What must outlive the process.
  const std::vector<mqtt::Persistent*>& persistent() const { return persistent_; }

 private:
  template <class Kind, class... Settings>
  mqtt::Stage* chain(std::optional<Kind>& stage, mqtt::Stage* next, Settings&&... settings) {
    Kind& made = stage.emplace(*next, std::forward<Settings>(settings)...);
    persistent_.push_back(&made);
    return &made;
  }

  std::vector<mqtt::Persistent*> persistent_;
  mqtt::NoOutlet nowhere_;
  mqtt::Publisher publisher_;
  std::optional<mqtt::ChangeFilter> changes_;
  std::optional<mqtt::Schedule> schedule_;
  std::optional<mqtt::Plausibility> check_;
  std::optional<mqtt::RefusalWatch> refusals_;
  std::optional<mqtt::HomeAssistant> home_assistant_;
  std::optional<mqtt::RawPublisher> raw_;
  std::optional<mqtt::MeterNames> names_;
};

}  // namespace meterpipe::tool
