// What of the counters goes where: the topic of each meter, a file of metrics. (--stats itself is
// every tool's.)
#pragma once

#include <string>
#include <vector>

#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/replaced_file.hpp"

namespace meterpipe::tool {

class StatsOptions {
 public:
  void add_to(cli::Options& options) {
    options_ = &options;
    options.value("--metrics", metrics_, "FILE",
                  "write the counters to this file, for Prometheus (textfile collector)");
  }
  const std::string& metrics() const { return metrics_; }
  // Throws a usage error where the file, or what is written beside it first, is one of these.
  void keep_apart(const std::vector<std::string>& files) const {
    if (metrics_.empty()) return;
    for (const std::string& ours : {metrics_, metrics_ + ".tmp"}) {
      for (const std::string& file : files) {
        if (!io::is_same_file(ours, file)) continue;
        cli::usage_error("--metrics: " + metrics_ + " would overwrite " + file +
                         ", which is used otherwise: give it a file of its own");
      }
    }
  }
  void check() const {
    if (options_->given("--metrics") && (metrics_.empty() || metrics_.back() == '/')) {
      cli::usage_error("--metrics: '" + metrics_ + "' is no name of a file");
    }
  }
  // Somebody asked for them: then the topics have them at the end, and of files, too.
  bool asked() const { return options_->given("--stats") || options_->given("--stats-topic"); }

  static std::uint64_t topic_ms(const cli::Common& common) {
    return common.stats.every_ms != 0 ? common.stats.every_ms : 60'000;
  }
  static std::uint64_t metrics_ms(const cli::Common& common) {
    return common.stats.every_ms != 0 ? common.stats.every_ms : 15'000;
  }

 private:
  const cli::Options* options_ = nullptr;
  std::string metrics_;
};

}  // namespace meterpipe::tool
