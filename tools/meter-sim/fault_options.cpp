#include "meter-sim/fault_options.hpp"

#include <fmt/format.h>

#include "io/output.hpp"
#include "os/status.hpp"
#include "sim/fault_check.hpp"

namespace meterpipe::tool {

void add_fault_options(cli::Options& options, FaultOptions& arguments) {
  options.list("--fault", arguments.faults, "NAME[=VALUE][,NAME...]",
               "make something wrong, see --list-faults");
  options.value("--fault-share", arguments.share, "SHARE",
                "to how many of the messages it is done, chosen by the seed (1)");
  options.flag("--list-faults", arguments.list,
               "print the faults, their values and what each does, and exit");
}

void apply_faults(const FaultOptions& arguments, sim::Play& play) {
  sim::Faults& faults = play.settings.faults;
  for (const std::string& text : arguments.faults) {
    if (const auto added = sim::add_faults(faults, text); !added) {
      cli::usage_error("--fault: " + added.error());
    }
  }
  const auto share = sim::parse_share(arguments.share);
  if (!share) {
    cli::usage_error("--fault-share: '{}' is not above 0 and at most 1 (0.05)", arguments.share);
  }
  faults.share_ppm = *share;
  if (!faults.any()) return;
  if (const auto why = sim::why_not(play.settings)) cli::usage_error("--fault " + *why);
  const auto* rate = faults.find(sim::FaultKind::wrong_baud);
  if (rate != nullptr && rate->value == static_cast<std::int64_t>(play.line.baud)) {
    cli::usage_error("--fault wrong-baud: {} sends at {}, that is not wrong",
                     play.settings.meter->name, rate->value);
  }
  const auto* parity = faults.find(sim::FaultKind::parity);
  const bool marks =
      parity != nullptr && parity->value == static_cast<std::int64_t>(sim::ParityFault::marked);
  if (marks && (play.form != sim::Form::json || !play.pty.empty())) {
    cli::usage_error("--fault parity=marked: only JSON records carry marks (-o json)");
  }
}

int list_faults() {
  io::Output output;
  for (const sim::FaultRow& row : sim::fault_rows()) {
    std::string name(row.name);
    if (!row.value.empty()) name += fmt::format("[={}]", row.value);
    const std::string usual = row.usual.empty() ? "" : fmt::format(" ({})", row.usual);
    output.buffer().add(fmt::format("{:<20} {}{}: {}/{}\n", name, row.deed, usual,
                                    doctor::name(doctor::layer_of(row.cause)),
                                    doctor::code_of(row.cause)));
  }
  output.close();
  return os::kOk;
}

}  // namespace meterpipe::tool
