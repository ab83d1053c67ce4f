#include "obis-mqtt/stages.hpp"

#include "io/clock.hpp"

namespace meterpipe::tool {

// The last one first.
Stages::Stages(const Arguments& given, mqtt::Outlet& outlet)
    : publisher_(given.topics.plan(), outlet, io::wall_clock) {
  if (given.raw.on()) {
    chain(names_, &raw_.emplace(given.raw.topic(), outlet));
    return;
  }
  mqtt::Stage* next = &publisher_;
  if (const auto settings = given.schedule.changes()) next = chain(changes_, next, *settings);
  if (const auto settings = given.schedule.settings()) next = chain(schedule_, next, *settings);
  next = chain(check_, next, given.check_data.settings());
  chain(names_, next);
}

void Stages::wire(mqtt::Intake& intake) {
  if (!raw_) return;
  intake.pass_on_others([this](record::Line& line) { raw_->other(line, names_->meter_of(line)); });
}

}  // namespace meterpipe::tool
