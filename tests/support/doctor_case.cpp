#include "support/doctor_case.hpp"

#include <unistd.h>
#include <array>

#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "cli/options.hpp"
#include "cli/profile_files.hpp"
#include "doctor/examination.hpp"
#include "doctor/report.hpp"
#include "keys/keys.hpp"
#include "meter-doctor/patient.hpp"
#include "meter-sim/fault_options.hpp"
#include "os/status.hpp"

namespace meterpipe::test {
namespace {

constexpr std::array kForms{"hex", "json", "bin"};  // by sim::Form
constexpr const char* kStart = "2026-03-02T06:00:00Z";

// As --print-keys gives them: also of a meter that does not encipher.
std::string keys_of(const sim::Meter& meter) {
  const sim::CipherKeys keys = sim::own_keys(meter, meter.control.value_or(0));
  return "title=" + to_hex(meter.title) + " ek=" + to_hex(keys.ek) +
         (keys.ak.empty() ? "" : " ak=" + to_hex(keys.ak)) + "\n";
}

sim::Play play_of(const DoctorCase& one) {
  sim::Play play;
  sim::SimSettings& settings = play.settings;
  settings.meter = sim::find_meter(one.meter);
  settings.seed = one.seed;
  settings.start = parse_timestamp(kStart).value() / 1'000'000;
  settings.control = settings.meter->control;
  settings.keys = sim::own_keys(*settings.meter, settings.control.value_or(0));
  play.count = one.messages;
  play.line = serial::parse_line_settings(settings.meter->line).value();
  play.form = one.form;
  if (!one.fault.empty()) tool::apply_faults({.faults = {one.fault}}, play);
  return play;
}

// What a function writes to standard output.
template <class Function>
std::string written_by(Function function, const std::string& file) {
  const int before = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
  const int into = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::fflush(stdout);
  ::dup2(into, 1);
  ::close(into);
  function();
  ::dup2(before, 1);
  ::close(before);
  return read_file(file);
}

doctor::Diagnosis diagnosis_of(const DoctorCase& one, const std::string& log) {
  static const readings::ProfileSet profiles = cli::load_profiles({});
  std::vector<std::string> warnings;
  const std::string keys = one.has_keys ? keys_of(*sim::find_meter(one.meter)) : "";
  const keys::KeyRing ring = keys::KeyRing::parse(keys, "keys", warnings);
  doctor::Examination examination({}, {&ring, apdu::AuthMode::check, {}}, profiles);
  tool::Patient patient(examination, {});
  record::InputSplitter splitter(
      one.form == sim::Form::bin ? record::Form::binary : record::Form::automatic, patient);
  patient.set_source("log");
  splitter.push(log);
  splitter.finish();
  examination.end_of_source();
  splitter.finish();
  patient.say_bad_lines();
  return examination.diagnose();
}

}  // namespace

DoctorSeen seen_in_process(const DoctorCase& one, const Folder& scratch) {
  DoctorSeen seen;
  const std::string truth = scratch.path() + "/truth";
  try {
    sim::Play play = play_of(one);
    play.truth = truth;
    seen.log = written_by([&] { sim::Player(std::move(play)).run(); }, scratch.path() + "/log");
  } catch (const cli::Exit& exit) {
    seen.refused = exit.text;
    return seen;
  }
  seen.truth = read_file(truth);
  try {
    const doctor::Diagnosis diagnosis = diagnosis_of(one, seen.log);
    Buffer report;
    write_json(report, diagnosis);
    seen.status = diagnosis.ok ? os::kOk : os::kNo;
    seen.report = report.view();
  } catch (const os::Fatal& fatal) {
    seen.status = fatal.status();
  }
  return seen;
}

DoctorSeen seen_by_programs(const std::string& tools, const DoctorCase& one,
                            const Folder& scratch) {
  DoctorSeen seen;
  const std::string truth = scratch.path() + "/truth", said = scratch.path() + "/said";
  Words sim{tools + "/meter-sim",
            "--meter",
            one.meter,
            "--seed",
            std::to_string(one.seed),
            "-n",
            std::to_string(one.messages),
            "-o",
            kForms[static_cast<std::size_t>(one.form)],
            "--truth",
            truth};
  if (!one.fault.empty()) sim.insert(sim.end(), {"--fault", one.fault});
  const Ran made = run({sim}, {.err = said});
  if (made.status != 0) {
    const std::string start = "meter-sim: error: ", end = " (see meter-sim --help)\n";
    seen.refused = read_file(said);
    if (seen.refused.starts_with(start) && seen.refused.ends_with(end)) {
      seen.refused.resize(seen.refused.size() - end.size());
      seen.refused.erase(0, start.size());
    }
    return seen;
  }
  seen.log = made.out;
  seen.truth = read_file(truth);
  Words doctor{tools + "/meter-doctor", "--json", scratch.write("log", seen.log)};
  if (one.form == sim::Form::bin) doctor.insert(doctor.end(), {"-i", "bin"});
  if (one.has_keys) {
    const std::string keys = keys_of(*sim::find_meter(one.meter));
    doctor.insert(doctor.end(), {"-k", scratch.write("keys", keys)});
  }
  const Ran ran = run({doctor}, {.err = said});
  seen.status = ran.status;
  seen.report = ran.out;
  return seen;
}

}  // namespace meterpipe::test
