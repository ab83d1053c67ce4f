// Whether what is not acknowledged outlives the process, and within which bounds.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "io/replaced_file.hpp"
#include "obis-mqtt/topic_options.hpp"
#include "spool/spool.hpp"

namespace meterpipe::tool {

class SpoolOptions {
 public:
  void add_to(cli::Options& options) {
    options.group(kSpoolGroup);
    options.value("--spool", file_, "FILE", "keep in this file what is not acknowledged yet");
    options.value("--spool-size", size_, "BYTES",
                  "the file's bound; the oldest are dropped (default 100M)");
    options.value("--spool-age", age_, "TIME", "drop what is older; 0 for nothing (default 30d)");
    options.value("--spool-sync", sync_, "TIME",
                  "sync the file so often; 0 with each commit (default 60s)");
    for (const char* const option : {"--spool-size", "--spool-age", "--spool-sync"}) {
      options.needs(option, {"--spool"});
    }
  }
  // nullopt: no spool. Usage errors are thrown here.
  std::optional<spool::SpoolSettings> settings() const {
    spool::SpoolSettings settings;
    settings.path = file_;
    settings.most_bytes = parse_bytes("--spool-size", size_);
    if (settings.most_bytes < kLeast) cli::usage_error("--spool-size: '{}' is less than 1M", size_);
    settings.most_age = cli::parse_duration_us("--spool-age", age_);
    settings.sync_each_commit = sync_ms() == 0;
    if (file_.empty()) return std::nullopt;
    if (file_.find('\0') != std::string::npos || file_.back() == '/') {
      cli::usage_error("--spool: '{}' is no name of a file", file_);
    }
    return settings;
  }
  // It and what SQLite keeps beside it.
  std::vector<std::string> files() const {
    if (file_.empty()) return {};
    return {file_, file_ + "-wal", file_ + "-shm", file_ + "-journal"};
  }
  // Throws a usage error where one of the files, which are `what`, is the spool.
  void keep_apart(const std::vector<std::string>& files, const char* what) const {
    if (file_.empty()) return;
    for (const std::string& file : files) {
      if (!file.empty() && io::is_same_file(file, file_)) {
        cli::usage_error("--spool: {} is {}: give it a file of its own", file_, what);
      }
    }
  }
  // Between two syncs; 0: each commit is synced.
  long long sync_ms() const {
    return static_cast<long long>(cli::parse_duration_ms("--spool-sync", sync_));
  }

 private:
  static constexpr std::uint64_t kLeast = 1 << 20;
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 40;

  // bytes = digits [ "k" | "M" | "G" ] [ "B" | "iB" ], in powers of 1024
  static std::uint64_t parse_bytes(const std::string& option, const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    int shift = 0;
    if (!unit.empty()) {
      shift = unit[0] == 'k' || unit[0] == 'K' ? 10 : unit[0] == 'M' ? 20 : unit[0] == 'G' ? 30 : 0;
      if (shift != 0) unit.remove_prefix(1);
      if (unit == "B" || (shift != 0 && unit == "iB")) unit = {};
    }
    if (error != std::errc() || !unit.empty() || value > kMost >> shift) {
      cli::usage_error("{}: '{}' is no number of bytes (500k, 100M, 2G)", option, text);
    }
    return value << shift;
  }

  std::string file_, size_ = "100M", age_ = "30d", sync_ = "60s";
};

}  // namespace meterpipe::tool
