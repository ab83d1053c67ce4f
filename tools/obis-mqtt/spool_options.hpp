// Whether what is not acknowledged outlives the process, and within which bounds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "spool/spool.hpp"

namespace meterpipe::tool {

class SpoolOptions {
 public:
  void add_to(cli::Options& options);
  // nullopt: no spool. Usage errors are thrown here.
  std::optional<spool::SpoolSettings> settings() const;
  // It and what SQLite keeps beside it.
  std::vector<std::string> files() const;
  // Throws a usage error where one of the files is the spool.
  void keep_apart(const std::vector<std::string>& files) const;
  // Between two syncs; 0: each commit is synced.
  long long sync_ms() const;

 private:
  std::string file_, size_ = "100M", age_ = "30d", sync_ = "60s";
};

}  // namespace meterpipe::tool
