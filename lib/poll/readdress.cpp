#include "poll/readdress.hpp"

#include <fmt/format.h>

#include "poll/meter_reader.hpp"
#include "poll/requests.hpp"

namespace meterpipe::poll {
namespace {

using Refusal = tl::unexpected<std::string>;

}  // namespace

tl::expected<SecondaryAddress, std::string> Readdressing::who(const MeterAddress& address,
                                                              bool stays) {
  MeterReader reader(bus_);
  const auto ignore = [](const Answer&) {};
  const MeterReading reading =
      stays ? reader.read_and_stay(address, ignore, 1) : reader.read(address, ignore, 1);
  if (reading.is_lost) return Refusal(bus_.trouble().text);
  if (reading.is_stopped) return Refusal("stopped before anything was changed");
  if (reading.error) return Refusal(text_of(address, reading));
  if (!reading.identity) {
    return Refusal(fmt::format("meter {}: it does not say who it is", to_string(address)));
  }
  return *reading.identity;
}

tl::expected<std::string, std::string> Readdressing::look() {
  const auto there = who(meter_, false);
  if (!there) return Refusal(there.error());
  identity_ = *there;
  const Answer answer = bus_.insist([this] {
    return bus_.ask_data(give_data(primary_, true), primary_, bus_.options().timeout_us);
  });
  if (answer.kind == Answer::Kind::lost) return Refusal(bus_.trouble().text);
  if (answer.kind == Answer::Kind::stopped) return Refusal("stopped before anything was changed");
  if (answer.kind == Answer::Kind::data) {
    const auto other = identity_of(answer.ci(), answer.data());
    const bool is_it = other == identity_;
    return Refusal(
        is_it ? fmt::format("meter {} has address {} already", to_string(identity_), primary_)
              : fmt::format("address {} is taken{}{}", primary_, other ? " by " : "",
                            other ? to_string(*other) : ""));
  }
  if (answer.kind != Answer::Kind::silence) {
    return Refusal(fmt::format(
        "something answers at address {}, or the line is disturbed: nothing is changed", primary_));
  }
  return to_string(identity_);
}

tl::expected<void, std::string> Readdressing::write() {
  const auto there = who(meter_, true);
  if (!there) return Refusal(there.error());
  if (*there != identity_) {
    return Refusal(fmt::format("meter {} is {} now, and was {}: nothing is changed",
                               to_string(meter_), to_string(*there), to_string(identity_)));
  }
  // An acknowledgement that is not heard may be one all the same: what counts is who answers then.
  const Answer answer = bus_.insist([this] {
    return bus_.ask_acknowledge(set_primary(meter_.link(), primary_), bus_.options().timeout_us);
  });
  if (!meter_.primary) MeterReader(bus_).deselect();
  MeterAddress now = meter_;
  now.primary = primary_;
  const auto moved = who(now, false);
  if (moved && *moved == identity_) return {};
  const bool was_heard = answer.kind == Answer::Kind::acknowledge;
  return Refusal(
      fmt::format("meter {} {} the new address, and at {} {}: look with --scan secondary",
                  to_string(identity_), was_heard ? "acknowledged" : "did not acknowledge",
                  primary_, moved ? "is another one" : "it does not answer"));
}

}  // namespace meterpipe::poll
