// Runs the real meter-sim and meter-doctor against each other and prints hit rates:
//
//   doctor-check TOOLS FOLDER [SEED]
//
// Every fault that meter-sim knows, with every meter that it can be done to, in every form of
// output: the layer and the cause that the doctor names must be those of the truth. Healthy meters
// and the captures of real meters in FOLDER must be found well, those without a key to lack one.
//
// The two are run as the programs that they are for healthy meters, captures and a tenth of the
// faults; all faults are tried in this process, and what the programs say must be the same.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "base/hex.hpp"
#include "doctor/causes.hpp"
#include "os/log.hpp"
#include "support/capture.hpp"
#include "support/doctor_case.hpp"
#include "support/programs.hpp"

namespace meterpipe::test {
namespace {

constexpr int kByPrograms = 10;  // one fault in so many, too

// So few bytes are hit that a short capture may as well have single bits turned over: what stands
// in the frames' heads does not always tell. Printed, and held to a bound of its own.
constexpr const char* kWeakNoise = "noise=0.15";
constexpr int kWeakNoiseLayer = 90;  // per cent

struct Rate {
  int tried = 0, layer = 0, cause = 0;
};

// What a run of the doctor came to.
struct Verdict {
  int status = -1;
  std::string ok, layer, cause, report;
};

class Check {
 public:
  Check(std::string tools, std::string seed, const Folder& scratch)
      : tools_(std::move(tools)), seed_(std::move(seed)), scratch_(scratch) {
    meters_ = lines_of(run({{tools_ + "/meter-sim", "--list-meters"}}).out);
    for (std::string& meter : meters_) meter = meter.substr(0, meter.find(' '));
    std::erase_if(meters_,
                  [](const std::string& name) { return sim::is_wired(*sim::find_meter(name)); });
    for (const std::string& line : lines_of(run({{tools_ + "/meter-sim", "--list-faults"}}).out)) {
      faults_.push_back(line.substr(0, line.find_first_of(" [=")));
    }
  }

  // Every fault, with a value here and there that is not the default.
  void faults() {
    std::vector<std::string> kinds = faults_;
    for (const char* more :
         {kWeakNoise, "noise=0.5", "parity=dropped", "parity=seven", "wrong-baud=4800",
          "wrong-baud=115200", "bitflip=2", "cut=0.3", "garbled-key=halves", "garbled-key=reversed",
          "garbled-key=transposed", "garbled-key=nibbles", "clock=-5000", "clock=7200",
          "clock-zone=-120"}) {
      kinds.emplace_back(more);
    }
    int n = 0, turn = 0;
    for (const std::string& fault : kinds) {
      // On every second meter, other values than the default on every third, unless there is time
      // for all.
      const bool is_usual = fault.find('=') == std::string::npos;
      const int share = fault == kWeakNoise || std::getenv("METERPIPE_THOROUGH") != nullptr ? 1
                        : is_usual                                                          ? 2
                                                                                            : 3;
      ++turn;
      for (const std::string& meter : meters_) {
        ++n;
        if ((n + turn) % share == 0) one_fault(fault, meter, n);
      }
    }
  }

  void healthy() {
    std::uint64_t n = 0;
    for (const std::string& meter : meters_) {
      for (const auto& [messages, form] :
           {std::pair{1U, sim::Form::hex}, {30U, sim::Form::json}, {7U, sim::Form::bin}}) {
        const DoctorCase one{meter, "", ++n, messages, form};
        const Verdict is = verdict_of(seen_by_programs(tools_, one, scratch_));
        count("healthy", "none", "none", is, text_of(one));
        wrong_state("healthy " + meter, is, 0);
      }
      const DoctorSeen seen =
          seen_by_programs(tools_, {meter, "", 1, 4, sim::Form::hex, false}, scratch_);
      if (!Json::parse(seen.truth.substr(0, seen.truth.find('\n')))["sc"].present()) continue;
      const Verdict is = verdict_of(seen);
      count("no key given", "key", "no-key", is, meter);
      wrong_state("no key " + meter, is, 1);
    }
  }

  void captures(const std::string& folder) {
    const auto captures = load_captures(folder);
    if (captures.empty()) {
      std::printf("skipped: no captures in %s\n", folder.c_str());
      return;
    }
    for (const Capture& capture : captures) {
      Words doctor{tools_ + "/meter-doctor", "--json",
                   scratch_.write("log", to_hex(capture.bytes) + "\n")};
      if (!capture.keys.empty()) {
        doctor.insert(doctor.end(), {"-k", scratch_.write("keys", capture.keys)});
      }
      if (!capture.title.empty()) doctor.insert(doctor.end(), {"--system-title", capture.title});
      const Ran ran = run({doctor});
      const Verdict is = verdict_of({{}, {}, {}, ran.status, ran.out});
      const bool nokey = capture.category == "valid-nokey";
      if (capture.category == "negative") {
        ++negatives_;
        if (is.layer == "none") complain("negative capture", capture.id, is);
      } else if (capture.category == "valid-badfcs") {
        count("captures", "framing", "checksum", is, capture.id);
      } else {
        count("captures", nokey ? "key" : "none", nokey ? "no-key" : "none", is, capture.id);
      }
      wrong_state(capture.id, is, capture.category == "valid" ? 0 : 1);
    }
  }

  int print() {
    Rate all, weak;
    for (const auto& [kind, rate] : rates_) {
      std::printf("%-22s %4d tried, layer %4d, cause %4d\n", kind.c_str(), rate.tried, rate.layer,
                  rate.cause);
      if (kind == kWeakNoise) {
        weak = rate;
        continue;
      }
      all.tried += rate.tried;
      all.layer += rate.layer;
      all.cause += rate.cause;
    }
    const auto percent = [&all](int n) { return all.tried == 0 ? 0.0 : 100.0 * n / all.tried; };
    std::printf(
        "counted: %zu faults, %zu meters: %d cases, layer %.2f %%, cause %.2f %%; %d combinations "
        "do not apply, %d cannot be told, %d negative captures\n",
        faults_.size(), meters_.size(), all.tried, percent(all.layer), percent(all.cause),
        not_applicable_, cannot_tell_, negatives_);
    std::printf("counted: %d cases by the programs, too\n", by_programs_);
    const bool enough = faults_.size() >= 30 && meters_.size() >= 50 && all.tried > 1000 &&
                        by_programs_ * kByPrograms * 2 > all.tried;
    if (!enough) std::printf("FAILED: too few cases\n");
    std::printf("counted: weak noise besides: %d cases, layer %d, cause %d\n", weak.tried,
                weak.layer, weak.cause);
    if (weak.layer * 100 < weak.tried * kWeakNoiseLayer || weak.tried == 0) {
      std::printf("FAILED: weak noise\n");
      ++complaints_;
    }
    return all.layer == all.tried && all.cause * 100 >= all.tried * 95 && complaints_ == 0 && enough
               ? 0
               : 1;
  }

 private:
  static Verdict verdict_of(const DoctorSeen& seen) {
    Verdict verdict{seen.status, {}, {}, {}, seen.report};
    const Json json = Json::parse(seen.report.substr(0, seen.report.find('\n')));
    verdict.ok = json["ok"].text();
    verdict.layer = json["layer"].text();
    verdict.cause = json["cause"].text();
    return verdict;
  }

  static std::string text_of(const DoctorCase& one) {
    constexpr std::array kForms{"hex", "json", "bin"};
    return "--meter " + one.meter + (one.fault.empty() ? "" : " --fault " + one.fault) +
           " --seed " + std::to_string(one.seed) + " -n " + std::to_string(one.messages) + " -o " +
           kForms[static_cast<std::size_t>(one.form)];
  }

  void one_fault(const std::string& fault, const std::string& meter, int n) {
    constexpr std::array kForms{sim::Form::hex, sim::Form::json, sim::Form::bin};
    DoctorCase one{meter, fault};
    one.seed = static_cast<std::uint64_t>(n) * 7 + std::stoul(seed_);
    one.messages = static_cast<std::uint64_t>(3 + n % 9);  // losses show in a stream
    // Only a time of arrival shows what the meter's clock is worth.
    one.form =
        fault.starts_with("clock") ? sim::Form::json : kForms[static_cast<std::size_t>(n % 3)];
    const DoctorSeen seen = seen_in_process(one, scratch_);
    if (n % kByPrograms == 0) {
      ++by_programs_;
      if (seen_by_programs(tools_, one, scratch_) != seen) {
        complain("the programs say something else", text_of(one), verdict_of(seen));
      }
    }
    if (!seen.refused.empty()) {
      if (seen.refused.starts_with("--fault ")) {
        ++not_applicable_;
      } else {
        complain("meter-sim", text_of(one) + ": " + seen.refused, {});
      }
      return;
    }
    const Verdict is = verdict_of(seen);
    std::string layer = "none", cause = "none";
    std::size_t best = doctor::kLayers;
    bool tellable = false;
    for (const std::string& line : lines_of(seen.truth)) {
      const Json done = Json::parse(line)["fault"];
      if (!done || !done["cause"]) continue;
      tellable = true;
      const std::string name = done["layer"].text();
      const auto at = static_cast<std::size_t>(
          std::find(doctor::kLayerNames.begin(), doctor::kLayerNames.end(), name) -
          doctor::kLayerNames.begin());
      if (at < best) {
        best = at;
        layer = name;
        cause = done["cause"].text();
      }
    }
    if (!tellable) {
      ++cannot_tell_;
      return;
    }
    count(fault, layer, cause, is, text_of(one));
  }

  void count(const std::string& kind, const std::string& layer, const std::string& cause,
             const Verdict& is, const std::string& what) {
    Rate& rate = rates_[kind];
    ++rate.tried;
    if (is.layer == layer) ++rate.layer;
    if (is.cause == cause) ++rate.cause;
    if (is.layer == layer && is.cause == cause) return;
    if (++shown_[kind] <= 4 || (is.layer != layer && shown_[kind] < 60)) {
      std::printf("missed %s: %s: expected %s/%s, the doctor says %s/%s (status %d)\n",
                  kind.c_str(), what.c_str(), layer.c_str(), cause.c_str(), is.layer.c_str(),
                  is.cause.c_str(), is.status);
      if (is.layer.empty()) std::printf("  %s\n", is.report.substr(0, 300).c_str());
    }
  }

  void wrong_state(const std::string& what, const Verdict& is, int status) {
    if (is.status == status && is.ok == (status == 0 ? "true" : "false")) return;
    complain("status", what, is);
  }
  void complain(const std::string& kind, const std::string& what, const Verdict& is) {
    ++complaints_;
    std::printf("FAILED %s: %s: %s/%s, ok %s, status %d\n", kind.c_str(), what.c_str(),
                is.layer.c_str(), is.cause.c_str(), is.ok.c_str(), is.status);
  }

  std::string tools_, seed_;
  const Folder& scratch_;
  std::vector<std::string> meters_, faults_;
  std::map<std::string, Rate> rates_;
  std::map<std::string, int> shown_;
  int not_applicable_ = 0, cannot_tell_ = 0, negatives_ = 0, complaints_ = 0, by_programs_ = 0;
};

}  // namespace
}  // namespace meterpipe::test

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: doctor-check TOOLS FOLDER [SEED]\n");
    return 64;
  }
  meterpipe::os::Log::open("doctor-check", meterpipe::os::Level::error);
  const meterpipe::test::Folder scratch;
  meterpipe::test::Check check(argv[1], argc > 3 ? argv[3] : "1", scratch);
  check.healthy();
  check.captures(argv[2]);
  check.faults();
  return check.print();
}
