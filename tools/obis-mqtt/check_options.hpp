// Which readings are believed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "cli/options.hpp"
#include "judge/plausibility.hpp"
#include "obis-mqtt/topic_options.hpp"

namespace meterpipe::tool {

class CheckOptions {
 public:
  void add_to(cli::Options& options) {
    options.group(kCheckGroup);
    options.toggle("check", check_, "refuse readings that cannot be true (default)");
    options.value("--power-limit", power_limit_, "POWER",
                  "most that the connection can draw, 50kW, or off (default " + power_limit_ + ")");
    options.value("--clock-limit", clock_limit_, "TIME",
                  "how far a meter's clock may be ahead, or off (default " + clock_limit_ + ")");
    options.number("--accept-after", accept_after_, "N",
                   "accept what is new after N readings that agree, 0 for never (default 3)");
    options.list("--plain-meter", plain_meters_, "METER",
                 "a meter that has ciphered and does not any more (else refused)");
    for (const char* const option :
         {"--power-limit", "--clock-limit", "--accept-after", "--plain-meter"}) {
      options.excludes(option, {"--no-check"});
    }
  }
  // Usage errors are thrown here.
  judge::PlausibilitySettings settings() const {
    judge::PlausibilitySettings settings;
    settings.enabled = check_;
    settings.power_limit.reset();
    settings.clock_limit.reset();
    if (power_limit_ != "off") settings.power_limit = parse_watts("--power-limit", power_limit_);
    if (clock_limit_ != "off") {
      settings.clock_limit = cli::parse_duration_us("--clock-limit", clock_limit_);
      if (*settings.clock_limit > 36'500 * kDay) {
        cli::usage_error("--clock-limit: '{}' is more than 36500d, and not off", clock_limit_);
      }
    }
    if (accept_after_ > 1'000'000) {
      cli::usage_error("--accept-after: {} is more than 1000000", accept_after_);
    }
    settings.accept_after = accept_after_;
    settings.plain_meters = plain_meters_;
    return settings;
  }

 private:
  // power = number [ "W" | "kW" | "MW" | "GW" ]
  //   30000   50kW   1.5MW
  static std::uint64_t parse_watts(const std::string& option, const std::string& text) {
    const std::size_t digits = std::min(text.find_first_not_of(".0123456789"), text.size());
    const std::string unit = text.substr(digits);
    const int prefix = unit.empty() || unit == "W" ? 0
                       : unit == "kW"              ? 3
                       : unit == "MW"              ? 6
                       : unit == "GW"              ? 9
                                                   : -1;
    auto number = parse_decimal(text.substr(0, digits));
    if (!number || prefix < 0) {
      cli::usage_error(option + ": '" + text + "' is no power (30000, 50kW, 1MW, off)");
    }
    number->exponent += prefix;
    using judge::PlausibilitySettings;
    if (compare(*number, Decimal::of(1)) < 0 ||
        compare(*number, Decimal::of_unsigned(PlausibilitySettings::kMostPower)) > 0) {
      cli::usage_error(option + ": '" + text + "' is not from 1W to 1000GW, and not off");
    }
    const std::string watts = to_string(*number);
    return parse_decimal(watts.substr(0, watts.find('.')))->magnitude;  // whole watts
  }

  bool check_ = true;
  std::string power_limit_ = "1MW", clock_limit_ = "1d";
  std::uint64_t accept_after_ = 3;
  std::vector<std::string> plain_meters_;
};

}  // namespace meterpipe::tool
