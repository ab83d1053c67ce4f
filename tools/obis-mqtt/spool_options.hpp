// Whether what is not acknowledged outlives the process, and within which bounds.
#pragma once

#include <optional>
#include <string>

#include "cli/options.hpp"
#include "spool/spool.hpp"

namespace meterpipe::tool {

class SpoolOptions {
 public:
  void add_to(cli::Options& options);
  // nullopt: no spool. Usage errors are thrown here.
  std::optional<spool::SpoolSettings> settings() const;
  // Between two syncs; 0: each commit is synced.
  long long sync_ms() const;

 private:
  std::string file_, size_ = "100M", age_ = "30d", sync_ = "60s";
};

}  // namespace meterpipe::tool
